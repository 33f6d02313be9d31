"""The page docs/events.md, written from the classes: `python -m ledger.events.reference > docs/events.md`."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from ledger.events.base import Data
from ledger.events.catalogue import FAMILIES, TYPES
from ledger.events.schemas import describe, json_schema

_SAID_BY = {
    "platform": "a platform",
    "registry": "the registry",
    "either": "a platform or the registry",
    "system": "the system or the registry",
}
_HEAD = """# Events

*Written from the classes in `ledger/events/` by `python -m ledger.events.reference`; a test holds it to them.*

Every event is a CloudEvent 1.0 whose `data` has the fields below. Ids are 1 to 128 characters of `A-Za-z0-9._:-`,
chosen by the platform and unique within it per kind. Money is an integer in minor units of the ISO 4217 `currency`;
rates, shares and prices per unit are decimal strings; dates are `YYYY-MM-DD`. Unknown fields are refused, but every
`data` may carry `extra`, an object of strings of at most 4 KiB that is kept and given back. A field marked `?` may
be left out; `null` is no value. `GET /v1/schemas/{type}` gives the same as JSON Schema. What each event moves is in
`ledger/accounts.py`; why one is refused is in [refusals.md](refusals.md).
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD, *(_family(family) for family in FAMILIES)])


def _family(family: ModuleType) -> str:
    name, _, about = (family.__doc__ or "").partition("\n")[0].partition(": ")
    types = [data for data in TYPES.values() if data.__module__ == family.__name__]
    about = f"{about[:1].upper()}{about[1:]}\n" if about else ""
    return "\n".join([f"## {name.rstrip('.')}\n", about, *map(_type, types)])


def _type(data: type[Data]) -> str:
    definitions = json_schema(data.TYPE)["$defs"]
    own = definitions[data.__name__]
    lines = [f"### {data.TYPE}\n", f"{describe(data)}\n", f"Sender: {_SAID_BY[data.SENDER]}.\n"]
    lines += ["| field | value | meaning |", "|---|---|---|"]
    for name, schema in own["properties"].items():
        if name != "extra":
            mark = "" if name in own["required"] else "?"
            meaning = schema.get("description", "").replace("|", "\\|")
            lines.append(f"| `{name}`{mark} | {_value(schema, definitions)} | {meaning} |")
    return "\n".join([*lines, ""])


def _value(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """What a value may be, in few words."""
    if "$ref" in schema:
        inner = definitions[schema["$ref"].rpartition("/")[2]]
        fields = (name + ("" if name in inner.get("required", ()) else "?") for name in inner["properties"])
        kinds = inner["properties"].get("kind", {}).get("enum")
        return "{" + ", ".join(fields) + "}" + (f", kind {_choices(kinds)}" if kinds else "")
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_value(each, definitions) for each in schema["anyOf"]))
    if "enum" in schema:
        return _choices(schema["enum"])
    if schema["type"] == "array":
        return f"list of {_value(schema['items'], definitions)}"
    if schema["type"] == "object":
        return f"object of {_value(schema['additionalProperties'], definitions)}"
    return _bounded(schema)


def _bounded(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if schema["type"] == "integer" and low is not None:
        return f"integer from {low}" + (f" to {high}" if high and high < 10**6 else "")
    if "maxLength" in schema:
        return f"string, at most {schema['maxLength']}"
    return str(schema["type"])


def _choices(values: list[str]) -> str:
    return " ".join(f"`{value}`" for value in values)


if __name__ == "__main__":
    sys.stdout.write(page())
