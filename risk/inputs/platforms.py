"""Inputs: platforms, their custody against the books, and signs of life."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.custody_line": declare(
        "platforms", platform="text", currency="text", accounts="bigint", reported="numeric", derived="numeric",
        unsettled="numeric", line="text", account="text", amount="bigint",
    ),
    "v1.activity": declare("platforms", platform="text", standing="text", gap="bigint"),
}  # fmt: skip
