"""Inputs: what platforms offer to lenders: listings, what they cost, what follows what, who borrows."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.listing": declare(
        "loans investors", platform="text", loan="text", borrower="text", owner="text", borrower_kind="text",
        jurisdiction="text", currency="text", amount="bigint", rate="bigint", term="bigint", need="text",
        outcome="text", market="bigint", fill_seconds="bigint",
    ),
    "v1.borrower_trait": declare(
        "loans investors transfers pledges", listed_position="bigint", platform="text", loan="text", borrower="text",
        trait="text", value="text", amount="bigint", age="bigint", roles="bigint",
    ),
    "v1.rollover": declare(
        "loans investors", next_position="bigint", link_position="bigint", platform="text", borrower="text",
        loan="text", next_borrower="text", next_loan="text", currency="text", paid="bigint", next_amount="bigint",
        term="bigint", next_term="bigint", same_need="bigint",
    ),
    "v1.loan_cost": declare(
        "loans", platform="text", loan="text", borrower="text", jurisdiction="text", currency="text", basis="text",
        contract_day="bigint", lender_bp="bigint", all_bp="bigint",
    ),
    "v1.funding": declare(
        "loans", platform="text", loan="text", borrower="text", lender="text", currency="text", amount="numeric",
    ),
}  # fmt: skip
