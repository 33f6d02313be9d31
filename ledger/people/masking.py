"""A refused body for those who may read everything but whose eyes people's data is not for."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ledger.events.catalogue import TYPES
from ledger.kernel.canonical import canonical

WITHHELD: Final = "(withheld)"
_PERSONAL: Final = frozenset({"name", "identity", "scheme", "number", "extra", "text", "note", "reason"})
_KNOWN: Final = frozenset(field for data in TYPES.values() for field in data.__struct_fields__) - _PERSONAL
_ENVELOPE: Final = frozenset({"specversion", "id", "source", "type", "time", "datacontenttype", "dataschema"})
_loads = msgspec.json.Decoder().decode


def masked(body: bytes) -> bytes | None:
    """The event with every string withheld that is not in a field of the vocabulary; None where it is no JSON object.

    A field that the vocabulary doesn't know may be called anything and hold anybody's name.
    """
    try:
        event = _loads(body)
        if not isinstance(event, dict):
            return None
        shown = {name: value if name in _ENVELOPE else WITHHELD for name, value in event.items() if name != "data"}
        if "data" in event:
            shown["data"] = _mask(event["data"], known=False)
        return canonical(shown)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _mask(value: Any, *, known: bool) -> Any:
    if isinstance(value, dict):
        return {name: _mask(item, known=name in _KNOWN) for name, item in value.items()}
    if isinstance(value, list):
        return [_mask(item, known=known) for item in value]
    return value if known or value is None or isinstance(value, bool) else WITHHELD
