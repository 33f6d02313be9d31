"""All event types by name: decoding, checks, the keys an event names. JSON Schemas are in `schemas.py`."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from types import ModuleType
from typing import Any, cast

import msgspec
from msgspec import UNSET, Raw, Struct

from ledger.events import (
    alerts,
    bids,
    campaigns,
    cases,
    claims,
    complaints,
    corrections,
    custody,
    disclosures,
    funds,
    investors,
    loans,
    mutes,
    parties,
    people,
    platforms,
    pledges,
    rates,
    reports,
    sanctions,
)
from ledger.events.base import Data
from ledger.events.checks import check_extra, checks_of
from ledger.events.corrections import CorrectionRecorded, with_asker
from ledger.events.naming import key, referred
from ledger.events.parties import PartyRecorded, redact
from ledger.events.shape import marks

__all__ = [
    "DECODERS",
    "FAMILIES",
    "TYPES",
    "check",
    "convert",
    "decode_body",
    "redact",
    "references",
    "with_asker",
]

# In the order of the contract's table; a new family is added here and nowhere else.
FAMILIES: tuple[ModuleType, ...] = (
    platforms, parties, investors, campaigns, pledges, disclosures, funds, loans, bids, claims, custody, reports, rates,
    complaints, corrections, alerts, people, mutes, cases, sanctions,
)  # fmt: skip


# Types that stand in the log in another form than they are sent.
_IN_LOG: tuple[type[Data], ...] = (PartyRecorded, CorrectionRecorded)


def _classes(family: ModuleType) -> list[type[Data]]:
    return [
        found
        for found in vars(family).values()
        if isinstance(found, type) and issubclass(found, Data) and "TYPE" in vars(found) and found not in _IN_LOG
    ]


# What may be sent, by type name.
TYPES: dict[str, type[Data]] = {found.TYPE: found for family in FAMILIES for found in _classes(family)}
# What stands in the log, by type name: parties' personal data went to the vault, corrections say who asked for them.
RECORDED: dict[str, type[Data]] = {**TYPES, **{found.TYPE: found for found in _IN_LOG}}
DECODERS: dict[str, msgspec.json.Decoder[Data]] = {
    name: msgspec.json.Decoder(found) for name, found in RECORDED.items()
}


class _Envelope(Struct):
    type: str
    data: Raw


_envelope = msgspec.json.Decoder(_Envelope).decode
_convert = msgspec.convert


def convert(type_name: str, sent: object) -> Data:
    """The `data` of an event as it was sent. Raises KeyError (no such type) or msgspec.ValidationError."""
    return _convert(sent, TYPES[type_name])


def decode_body(body: bytes | str) -> Data:
    """The `data` of a canonical CloudEvent as it stands in the log, with its class."""
    envelope = _envelope(body)
    return DECODERS[envelope.type].decode(envelope.data)


_ALL: tuple[type[Data], ...] = (*TYPES.values(), *_IN_LOG)
_CHECKS = {found: checks_of(found) for found in _ALL}


def check(data: Data, happened_at: datetime | None = None) -> None:
    """Check what field types can't say. Raises ValueError with a text for the sender. Pure; no time of now is asked."""
    for each in _CHECKS[type(data)]:
        each(data)
    if data.extra is not UNSET:
        check_extra(data)


_REFERENCES = {
    found: (
        tuple((mark.value, attrgetter(mark.field)) for mark in marks(found) if mark.name == "kind"),
        tuple(attrgetter(mark.field) for mark in marks(found) if mark.name == "about"),
        tuple((mark.value, attrgetter(mark.field)) for mark in marks(found) if mark.name == "path"),
        found.SENDER,
    )
    for found in _ALL
}


def references(scope: str, data: Data) -> tuple[str, ...]:
    """The keys that an event's fields name, the platform that sends it first: what to load before deciding.

    The scopes `registry` and `system` are no platforms.
    """
    fields, abouts, paths, sender = _REFERENCES[type(data)]
    keys = [] if scope in {"registry", "system"} else [f"platform:{scope}"]
    named = referred if sender == "either" else key
    for kind, get in fields:
        name = get(data)
        if name is not UNSET:
            keys.append(named(kind, scope, name))
    for get in abouts:
        about = cast("Any", get(data))
        keys.append(referred(about.kind, scope, about.id))
    for kind, get in paths:
        keys.append(f"{kind}:{get(data)}")
    return tuple(keys)
