"""Inputs: what is done with money on a platform, by whom, and how close that is to whoever runs it."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.platform_act": declare(
        "platforms investors loans transfers campaigns filings", platform="text", act="text", party="text", loan="text",
        borrower="text", amount="bigint", par="bigint", currency="text", hops="bigint", insider="text",
        inside="bigint", first_link="bigint", second_link="bigint", third_link="bigint", overdue="bigint",
        due_gap="bigint", distressed="bigint", funded="bigint", lender="bigint", suspended="bigint", noticed="bigint",
        held="numeric",
    ),
}  # fmt: skip
