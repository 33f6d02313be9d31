"""JSON Schema 2020-12 of every event, read off the classes: what a sender can check before sending."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from ledger.events.base import EXTRA_BYTES_MAX, ID_PATTERN, Data
from ledger.events.catalogue import TYPES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REF = "#/$defs/{name}"
_SOURCES = {
    "platform": ["platform:"],
    "registry": ["registry"],
    "either": ["platform:", "registry"],
    "system": ["system", "registry"],
}


@cache
def json_schema(type_name: str) -> dict[str, Any]:
    """The schema of a whole event of one type, CloudEvents envelope included. Raises KeyError for an unknown type."""
    data = TYPES[type_name]
    (reference,), definitions = msgspec.json.schema_components([data], ref_template=_REF)
    definitions[data.__name__]["properties"]["extra"]["description"] = (
        f"Kept and given back, not interpreted; at most {EXTRA_BYTES_MAX} bytes of JSON."
    )
    schema = {
        "$schema": DIALECT,
        "$id": f"/v1/schemas/{type_name}",
        "title": type_name,
        "description": describe(data),
        "type": "object",
        "properties": _envelope(type_name, data.SENDER) | {"data": reference},
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "patternProperties": {"^[a-z0-9]{1,20}$": {"description": "A CloudEvents extension attribute."}},
        "additionalProperties": False,
        "$defs": definitions,
    }
    portable: dict[str, Any] = _portable(schema)
    return portable


def schemas() -> dict[str, dict[str, Any]]:
    """All of them, by type, in the order of the catalogue."""
    return {name: json_schema(name) for name in TYPES}


def describe(data: type[Data]) -> str:
    """The class's docstring as one paragraph."""
    return " ".join((data.__doc__ or "").split())


def _envelope(type_name: str, sender: str) -> dict[str, Any]:
    sources = [
        {"const": source} if source != "platform:" else {"pattern": "^platform:" + ID_PATTERN.removeprefix("^")}
        for source in _SOURCES[sender]
    ]
    return {
        "specversion": {"const": "1.0"},
        "id": {
            "type": "string",
            "pattern": "^[!-~]{1,128}$",
            "description": "Chosen by the sender. (source, id) is the idempotency key, for ever.",
        },
        "source": {"type": "string", "description": "Who says it.", "anyOf": sources},
        "type": {"const": type_name},
        "time": {"type": "string", "format": "date-time", "description": "When it happened, with its UTC offset."},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string"},
        "subject": {"type": "string"},
    }


def _portable(value: Any) -> Any:
    r"""Patterns as JSON Schema spells them (its `$` is Python's `\Z`), descriptions on one line."""
    if isinstance(value, dict):
        return {name: _text(name, item) if isinstance(item, str) else _portable(item) for name, item in value.items()}
    return [_portable(item) for item in value] if isinstance(value, list | tuple) else value


def _text(name: str, value: str) -> str:
    if name == "pattern":
        return value.replace(r"\Z", "$")
    return " ".join(value.split()) if name == "description" else value
