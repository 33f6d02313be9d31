"""Inputs: platforms, their custody against the books, and signs of life."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.custody_line": declare(
        "platforms", platform="text", currency="text", accounts="bigint", reported="numeric", derived="numeric",
        unsettled="numeric", line="text", account="text", amount="bigint",
    ),
    "v1.activity": declare("platforms", platform="text", standing="text", gap="bigint"),
    "v1.custody_step": declare(
        "platforms", platform="text", currency="text", run="text", balance="numeric", turnover="numeric", net="numeric",
    ),
    "v1.control_step": declare(
        "platforms investors loans", platform="text", act="text", party="text", detail="text", amount="bigint",
        rate="bigint", age="bigint",
    ),
}  # fmt: skip
