"""Inputs: what was reported and waits."""

from __future__ import annotations

from risk.inputs.form import declare

INPUTS = {
    "v1.parked": declare("", platform="text", event="text", type="text", missing="text"),
}
