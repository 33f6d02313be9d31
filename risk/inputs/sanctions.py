"""Inputs: what the supervisor imposed."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.sanction": declare(
        "sanctions", platform="text", sanction="text", subject="text", kind="text", until_day="bigint",
        lifted_day="bigint", lifted_position="bigint", limit_minor="bigint", currency="text",
    ),
}  # fmt: skip
