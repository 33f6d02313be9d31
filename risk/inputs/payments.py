"""Inputs: money that parties moved."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.payment": declare(
        "pledges transfers", platform="text", act="text", payer="text", payee="text", amount="bigint", currency="text",
    ),
}  # fmt: skip
