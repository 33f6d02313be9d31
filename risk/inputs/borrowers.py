"""Inputs: borrowers and lenders: who asks where, who repays for whom, what claims go round, who comes back."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.loan_need": declare(
        "loans investors", platform="text", loan="text", borrower="text", person="text", role="text", currency="text",
        amount="bigint",
    ),
    "v1.repayment": declare(
        "loans investors", platform="text", loan="text", borrower="text", payer="text", link="text", currency="text",
        amount="bigint",
    ),
    "v1.early_settlement": declare(
        "loans investors", platform="text", loan="text", borrower="text", payer="text", currency="text",
        amount="bigint", usual_high="bigint", elapsed_bp="numeric", payer_days="bigint",
    ),
    "v1.claim_round": declare(
        "loans investors", first_position="bigint", link_position="bigint", platform="text", loan="text", one="text",
        other="text", link="text", currency="text", principal="bigint", price_bp="numeric", first_price_bp="numeric",
    ),
    "v1.track_record": declare(
        "campaigns loans investors", platform="text", party="text", owner="text", role="text", about="text",
    ),
}  # fmt: skip
