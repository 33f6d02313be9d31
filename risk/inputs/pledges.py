"""Inputs: pledges, who made them, through what, and how close to the issuer."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.pledge": declare(
        "pledges campaigns", platform="text", pledge="text", campaign="text", investor="text", issuer="text",
        campaign_kind="text", jurisdiction="text", campaign_day="bigint", amount="bigint", currency="text",
        cancelled_day="bigint",
    ),
    "v1.backing": declare("pledges", platform="text", campaign="text", investor="text", backers="bigint"),
    "v1.channel": declare(
        "pledges transfers", platform="text", act="text", investor="text", campaign="text", channel="text",
        value="text",
    ),
    "v1.related_pledge": declare(
        "pledges campaigns investors", link_position="bigint", second_position="bigint", platform="text", pledge="text",
        campaign="text", investor="text", issuer="text", link="text", amount="bigint", currency="text", goal="bigint",
        raised="numeric",
    ),
    "v1.owed_back": declare(
        "pledges campaigns", collected="bigint", platform="text", pledge="text", campaign="text", currency="text",
        change="bigint",
    ),
}  # fmt: skip
