"""The body of an event as people read it: indented, the member at fault marked; as it is, where it is no JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ledger.store.reading import Refusal

SHOWN_MAX: Final = 64 * 1024
# `Expected `int`, got `str` - at `$.amount``; the path is that of `data`, or of the envelope.
_PATH: Final = re.compile(r"at `\$((?:\.[A-Za-z_]+|\[[0-9.]*\])+)`")
_MISSING: Final = re.compile(r"(?:missing required field|unknown field|contains unknown field) `([A-Za-z_]+)`")
# Where the reason alone tells which member it is about.
_OF_CODE: Final[Mapping[str, tuple[str, ...]]] = {
    "unknown_type": ("type",),
    "source_not_yours": ("source",),
    "id_reused": ("id",),
    "time_in_future": ("time",),
    "currency_mismatch": ("currency",),
    "campaign_not_open": ("campaign", "time"),
    "after_deadline": ("time",),
    "below_minimum": ("amount",),
    "cap_exceeded": ("amount", "cap"),
    "pledge_not_open": ("pledge",),
    "pledge_not_collected": ("pledge",),
    "refund_exceeds_collected": ("amount",),
    "escrow_insufficient": ("amount", "corrects"),
    "loan_not_open": ("loan",),
    "bid_not_open": ("bid", "loan"),
    "not_fully_funded": ("loan",),
    "overfunded": ("amount",),
    "repayment_exceeds_due": ("principal", "amount"),
    "claim_not_held": ("principal",),
    "already_corrected": ("corrects",),
    "not_correctable": ("corrects",),
    "correction_rejected": ("corrects",),
    "withdrawal_not_open": ("withdrawal",),
    "limit_exceeded": ("amount",),
    "return_exceeds_released": ("amount",),
}
# What a first event of its kind names anew.
_MADE_BY: Final[Mapping[str, str]] = {
    "campaign.opened": "campaign",
    "pledge.made": "pledge",
    "loan.listed": "loan",
    "bid.placed": "bid",
    "party.registered": "party",
    "deposit.received": "deposit",
    "withdrawal.requested": "withdrawal",
    "repayment.received": "repayment",
    "disclosure.filed": "disclosure",
    "transfer.reported": "transfer",
    "complaint.filed": "complaint",
}


class Line(NamedTuple):
    """A line of a body; `fault`: it is what the reason speaks of."""

    text: str
    fault: bool


class Body(NamedTuple):
    """`form` is json, text, bytes (shown in hexadecimal) or gone."""

    form: str
    lines: list[Line]
    event: dict[str, Any]  # empty where it is no JSON object
    text: str  # what an editor begins with


def body_of(refusal: Refusal) -> Body:
    """The body of a refused item."""
    raw = refusal.body
    if raw is None or (not raw and refusal.body_bytes):
        return Body("gone", [], {}, "")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return Body("bytes", [Line(each, fault=False) for each in _dump(raw)], {}, "")
    event = parsed(text)
    if event is None:
        return Body("text", [Line(each, fault=False) for each in visible(text).split("\n")], {}, visible(text))
    pretty = written(event)
    marked = faults(refusal.code, refusal.detail, event)
    return Body("json", [Line(each, at in marked) for at, each in enumerate(pretty.split("\n"))], event, pretty)


def parsed(text: str) -> dict[str, Any] | None:
    """A JSON object; None for everything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def written(event: Mapping[str, Any]) -> str:
    """Indented, the envelope's members in their usual order."""
    order = ("specversion", "id", "source", "type", "time")
    first = {name: event[name] for name in order if name in event}
    rest = {name: value for name, value in event.items() if name not in order}
    return visible(json.dumps({**first, **rest}, indent=2, ensure_ascii=False))


def visible(text: str) -> str:
    """Text in which nothing hides or turns other text: what can't be printed is escaped, so that JSON stays JSON."""
    plain = text.replace("\r\n", "\n")
    return "".join(each if each.isprintable() or each in "\n\t" else json.dumps(each)[1:-1] for each in plain)


def faults(code: str, detail: str, event: Mapping[str, Any]) -> set[int]:
    """The numbers of the lines of `written(event)` that the reason speaks of."""
    lines = written(event).split("\n")
    names = _named(code, detail, event)
    found: set[int] = set()
    for name in names:
        # A member of `data` is two steps in, one of the envelope one step: where both have it, data's is meant,
        # but for what only an envelope has.
        depths = ("  ",) if name in {"id", "source", "type", "time", "specversion"} else ("    ", "      ", "  ")
        for depth in depths:
            at = [number for number, each in enumerate(lines) if each.startswith(f'{depth}"{name}":')]
            if at:
                found.add(at[0])
                break
    return found


def _named(code: str, detail: str, event: Mapping[str, Any]) -> list[str]:
    if code == "malformed":
        paths = [re.findall(r"[A-Za-z_]+", path)[-1] for path in _PATH.findall(detail) if re.search("[A-Za-z_]", path)]
        return [*paths, *_MISSING.findall(detail), *(_envelope(detail))]
    if code == "entity_exists":
        return [_MADE_BY.get(str(event.get("type")), "id")]
    return list(_OF_CODE.get(code, ()))


def _envelope(detail: str) -> list[str]:
    first = detail.partition(" ")[0]
    return [first] if first in {"id", "source", "type", "time", "specversion"} else []


def _dump(raw: bytes) -> list[str]:
    """Sixteen bytes a line, at most the first 4 KiB."""
    return [
        f"{at:06x}  {raw[at : at + 16].hex(' '):<47}  "
        + "".join(chr(each) if 32 <= each < 127 else "." for each in raw[at : at + 16])
        for at in range(0, min(len(raw), 4096), 16)
    ]
