"""Inputs: facts that broke a limit of the law."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.breach": declare(
        "breaches", evidence="bigint", platform="text", about="text", subject="text", contract="text",
        limit_rule="text", citation="text", unit="text", currency="text", figure="numeric",
        limited_to="bigint", over_bp="bigint",
    ),
}  # fmt: skip
