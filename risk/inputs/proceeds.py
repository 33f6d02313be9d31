"""Inputs: what became of a campaign: insiders who left, a late push, money back, money out, a promise kept."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.insider_pledge": declare(
        "pledges campaigns investors", link_position="bigint", cancelled_position="bigint", platform="text",
        pledge="text", campaign="text", investor="text", link="text", amount="bigint", currency="text",
        elapsed_bp="numeric", cancelled_day="bigint", outsiders="bigint",
    ),
    "v1.late_pledge": declare(
        "pledges campaigns investors", platform="text", pledge="text", campaign="text", issuer="text", investor="text",
        currency="text", amount="bigint", elapsed_bp="numeric", payer_rank="bigint", payer_days="bigint",
        link="text", goal="bigint", raised="numeric", raised_early="numeric", cancelled_day="bigint",
    ),
    "v1.refund": declare(
        "pledges campaigns", made_position="bigint", platform="text", pledge="text", campaign="text", issuer="text",
        investor="text", currency="text", amount="bigint", goal="bigint", usual_goal="bigint", outcome="text",
    ),
    "v1.proceeds": declare(
        "campaigns transfers investors", link_position="bigint", platform="text", campaign="text", issuer="text",
        recipient="text", role="text", payee="text", link="text", currency="text", amount="bigint", hours="bigint",
    ),
    "v1.twin": declare(
        "campaigns loans investors", platform="text", offer="text", owner="text", basis="text", mark="text",
        currency="text", amount="bigint", until_day="bigint",
    ),
    "v1.promise": declare(
        "campaigns filings", platform="text", campaign="text", issuer="text", campaign_kind="text", currency="text",
        role="text", share_bp="bigint", closed_day="bigint", released="numeric",
    ),
    "v1.receipt": declare(
        "pledges campaigns investors", platform="text", campaign="text", issuer="text", investor="text",
        currency="text", amount="bigint", country="text", country_day="bigint",
    ),
    "v1.launch": declare(
        "campaigns investors", registered_position="bigint", platform="text", campaign="text", issuer="text",
        campaign_kind="text", currency="text", goal="bigint", usual_goal="bigint", issuer_days="bigint",
        verified="bigint", earlier="bigint", promised_bp="bigint",
    ),
    "v1.party_country": declare(
        "campaigns transfers investors", registered_position="bigint", platform="text", campaign="text", role="text",
        party="text", country="text", currency="text", amount="bigint",
    ),
}  # fmt: skip
