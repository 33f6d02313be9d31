"""Inputs: how things are reported and paid over time: pauses, papers, corrections, and what rules found before."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.payer_pause": declare(
        "pledges transfers", platform="text", payer="text", currency="text", amount="bigint", pause_days="bigint",
    ),
    "v1.filing": declare(
        "filings campaigns pledges", amended_position="bigint", platform="text", disclosure="text", about="text",
        about_kind="text", category="text", late_days="bigint", change_bp="numeric", raised_bp="numeric",
    ),
    "v1.waiting_correction": declare("", platform="text", event="text", approval="text"),
    "v1.finding": declare(
        "alerts", platform="text", rule="text", typology="text", alert="text", severity="text", band="bigint",
        score="bigint", subject="text",
    ),
}  # fmt: skip
