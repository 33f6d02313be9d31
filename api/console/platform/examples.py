"""An example of each event: the platform's own newest one with fresh ids, else one made from the schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from api.console.platform.body import parsed
from ledger.events.schemas import json_schema

# What reads better than the least that a schema takes.
_VALUES: Final[Mapping[str, Any]] = {
    "amount": 50_000, "goal": 1_000_000, "cap": 2_000_000, "balance": 1_000_000, "principal": 40_000, "interest": 1_000,
    "price": 40_000, "currency": "CNY", "jurisdiction": "CN", "country": "CN", "annual_rate": "0.12", "term_months": 12,
    "share": "0.5", "title": "A lamp", "reason": "typed wrong", "method": "id_card", "scheme": "cn-id",
    "number": "110101199003070000",
    "name": "Li Wei", "category": "annual_report", "account": "6222-01", "month": "2026-01", "metrics": {"users": 100},
    "digest": "sha256:" + "0" * 64, "text": "No word since March.", "minimum": 100, "rate": "7.1",
}  # fmt: skip
# Ids that the event makes, beside the thing that it is named after.
_MAKES: Final = {
    "campaign.opened": "campaign", "pledge.made": "pledge", "loan.listed": "loan", "bid.placed": "bid",
    "party.registered": "party", "deposit.received": "deposit", "withdrawal.requested": "withdrawal",
    "repayment.received": "repayment", "disclosure.filed": "disclosure", "transfer.reported": "transfer",
    "complaint.filed": "complaint",
}  # fmt: skip
# What may be left out by itself, but not all of it.
_ALSO: Final[Mapping[str, Mapping[str, Any]]] = {"fee.charged": {"campaign": "C-1", "payer": "issuer"}}
_ENDS: Final = ("deadline", "raise_until")


def example(kind: str, source: str, newest: bytes | None, now: datetime, fresh: str) -> dict[str, Any]:
    """A whole event. `newest` is the body of the platform's newest one of this type, `fresh` a part of new ids."""
    event = (parsed(newest.decode()) if newest else None) or {"specversion": "1.0", "type": kind, "source": source}
    data = event.get("data") or {**_object(json_schema(kind), _data_of(json_schema(kind)), now), **_ALSO.get(kind, {})}
    made = _MAKES.get(kind)
    if made is not None and made in data:
        data = {**data, made: f"try-{made}-{fresh}"}
    data = {**data, **{end: (now + timedelta(days=30)).date().isoformat() for end in _ENDS if end in data}}
    data = {name: value for name, value in data.items() if name not in {"asked_by", "person"}}
    return {**event, "id": f"try-{fresh}", "time": now.isoformat(timespec="seconds"), "data": data}


def _data_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    name = schema["properties"]["data"]["$ref"].rpartition("/")[2]
    found: dict[str, Any] = schema["$defs"][name]
    return found


def _object(schema: Mapping[str, Any], shape: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The members that are required, each with a value that its schema takes."""
    wanted = shape.get("required", ())
    return {name: _value(schema, name, shape["properties"][name], now) for name in wanted}


def _value(schema: Mapping[str, Any], name: str, shape: Mapping[str, Any], now: datetime) -> Any:
    if "$ref" in shape:
        return _object(schema, schema["$defs"][shape["$ref"].rpartition("/")[2]], now)
    if "anyOf" in shape:
        return _value(schema, name, shape["anyOf"][0], now)
    if "enum" in shape:
        return shape["enum"][0]
    if name in _VALUES and isinstance(_VALUES[name], {"integer": int, "string": str, "object": dict}[shape["type"]]):
        return _VALUES[name]
    return _PLAIN[shape["type"]](schema, name, shape, now)


def _text(_schema: Mapping[str, Any], name: str, shape: Mapping[str, Any], now: datetime) -> str:
    if "YYYY-MM-DD" in shape.get("description", "") or name in {*_ENDS, "date", "due", "valid_to", "as_of"}:
        return now.date().isoformat()
    return f"{name[:1].upper()}-1"


_PLAIN: Final[Mapping[str, Callable[[Mapping[str, Any], str, Mapping[str, Any], datetime], Any]]] = {
    "string": _text,
    "integer": lambda _schema, _name, shape, _now: shape.get("minimum", 1),
    "number": lambda _schema, _name, shape, _now: shape.get("minimum", 1),
    "boolean": lambda _schema, _name, _shape, _now: True,
    "array": lambda schema, name, shape, now: [_value(schema, name, shape["items"], now)],
    "object": lambda _schema, _name, _shape, _now: {},
}


def written(event: Mapping[str, Any]) -> str:
    """Indented."""
    return json.dumps(event, indent=2, ensure_ascii=False)
