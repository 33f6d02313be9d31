"""Inputs: what campaigns ask for, and how they ended."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.raise": declare(
        "campaigns investors pledges", platform="text", campaign="text", issuer="text", owner="text",
        campaign_kind="text", jurisdiction="text", currency="text", offered="bigint", outcome="text", pledged="numeric",
    ),
    "v1.close": declare(
        "campaigns pledges", platform="text", campaign="text", issuer="text", campaign_kind="text", funding="text",
        jurisdiction="text", currency="text", outcome="text", goal="bigint", pledged="numeric",
    ),
}  # fmt: skip
