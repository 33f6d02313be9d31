"""Inputs: who dealt with whom for the first time."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.first_transfer": declare(
        "transfers", platform="text", payer="text", payee="text", amount="bigint", currency="text", times="bigint",
    ),
}  # fmt: skip
