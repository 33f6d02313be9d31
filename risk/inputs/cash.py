"""Inputs: money of investors on its way in and out, and of borrowers past the books."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.withdrawal": declare(
        "transfers", ended="bigint", platform="text", withdrawal="text", investor="text", amount="bigint",
        currency="text", step="text", ended_day="bigint", ended_epoch="bigint",
    ),
    "v1.lender_swap": declare(
        "transfers loans", swapped="bigint", swap="bigint", rare="bigint", platform="text", act="text", taker="text",
        giver="text", amount="bigint", currency="text",
    ),
    "v1.kept_repayment": declare(
        "transfers loans investors", loan_position="bigint", platform="text", borrower="text", loan="text",
        paid="bigint", passed_on="numeric", missing="numeric", currency="text",
    ),
    "v1.cash_day": declare(
        "transfers loans", platform="text", currency="text", deposits="numeric", payouts="numeric", repaid="numeric",
        last_deposit="bigint", last_payout="bigint",
    ),
}  # fmt: skip
