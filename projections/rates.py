"""View: exchange rates as they were reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING, Any, cast

from ledger.events.rates import RateReported
from ledger.exchange import Rate, Rates, newest
from projections import base

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "rates"
VERSION = 1
TYPES = frozenset({"rate.reported", base.CORRECTION})
SQL = base.load(NAME)


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Append what was reported; mark what was taken back."""
    base.fold(cursor, events, _fold, _correct)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    base.copy(cursor, SQL, "copy_rates", [_row(event) for event in events])


def _row(event: Recorded) -> tuple[Any, ...]:
    data = cast("RateReported", event.data)
    day = date.fromisoformat(data.date)
    return event.position, data.base, data.quote, data.rate, day, data.provider


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    if correction.original.type == "rate.reported":
        cursor.execute(SQL["correct"], {"by": correction.position, "of": correction.original.position})


def on(connection: psycopg.Connection[Any], day: date, currencies: Iterable[str], known: int = 2**62) -> Rates:
    """The newest rates between these currencies on or before a day, as known at a position."""
    pairs = list(permutations(sorted(set(currencies)), 2))
    asked = {
        "bases": [pair[0] for pair in pairs], "quotes": [pair[1] for pair in pairs], "day": day, "known": known,
    }  # fmt: skip
    return newest(Rate(*row) for row in connection.execute(SQL["newest"], asked).fetchall()) if pairs else {}
