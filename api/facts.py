"""Read answers: the value, and the position and age of what it was read from, in the body and in the headers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from starlette.responses import Response

from api import cursors

T = TypeVar("T")
Row = TypeVar("Row")
_json = msgspec.json.Encoder(decimal_format="string").encode


class AsOf(NamedTuple):
    """What a read stood on: all events up to `position`, which was the end of the log `lag_seconds` ago."""

    position: int
    lag_seconds: float


class Read(NamedTuple, Generic[T]):
    """A value and what it stood on."""

    value: T
    as_of: AsOf


def moment(micros: int) -> datetime:
    """The moment of Unix microseconds. Not through a float: its 53 bits round the last digits of a present day's."""
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def maybe_moment(micros: int | None) -> datetime | None:
    """The same, where there is one."""
    return None if micros is None else moment(micros)


def answer(shown: msgspec.Struct | dict[str, Any], as_of: AsOf, status: int = 200) -> Response:
    """`shown` with `position` and `lag_seconds`; what has a position of its own gets `ledger_position`."""
    body = shown if isinstance(shown, dict) else msgspec.structs.asdict(shown)
    name = "ledger_position" if "position" in body else "position"
    given = {field: value for field, value in body.items() if value is not msgspec.UNSET}
    stamped = {**given, name: as_of.position, "lag_seconds": as_of.lag_seconds}
    headers = {
        "Ledger-Position": str(as_of.position),
        "View-Lag-Seconds": f"{as_of.lag_seconds:.3f}",
        "Cache-Control": "no-store",
    }
    return Response(_json(stamped), status, headers, "application/json")


def page(
    question: Sequence[Any],
    read: Read[list[Row]],
    limit: int,
    show: Callable[[Row], msgspec.Struct],
    key: Callable[[Row], Any],
    **beside: Any,
) -> Response:
    """One page of at most `limit` rows; the reader was asked for one more, which tells whether there is a next page."""
    rows = read.value[:limit]
    following = cursors.encode(question, key(rows[-1])) if len(read.value) > limit else None
    return answer({"items": [show(row) for row in rows], "next": following, **beside}, read.as_of)
