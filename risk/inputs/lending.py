"""Inputs: loans, and what borrowers owe."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.debt": declare(
        "loans investors", disbursed="bigint", platform="text", loan="text", borrower="text", borrower_kind="text",
        jurisdiction="text", currency="text", change="bigint",
    ),
}  # fmt: skip
