"""What every view is made of, and the few tools that folds share.

A view is a module with `NAME`, `VERSION`, `TYPES`, `SQL` and `apply`, and typed reads behind it; its statements are in
`sql/<name>.sql`. Blocks that build and fold (`create`, `index`, `copy_...`, and what `apply` executes) name
their tables without a schema: the runner points `search_path` at `view_<name>`, or at the schema of a rebuild. Blocks
that read name their schema (`view_pledges.pledges`), since a reader may join several views.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from ledger.events.base import Channel
from ledger.events.checks import DATE_LENGTH, until
from ledger.events.corrections import EventCorrected
from ledger.kernel import named_sql
from ledger.store import reading

if TYPE_CHECKING:
    from psycopg import Cursor

    from ledger.recorded import Recorded

FOLDER = Path(__file__).parent / "sql"
BASE = named_sql.load(FOLDER / "base.sql")
CORRECTION = EventCorrected.TYPE
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

_encode = msgspec.json.Encoder().encode
_TABLE = re.compile(r"^CREATE TABLE (\w+) \((.*?)^\)", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r"^ +(\w+) +([a-z]+(?:\[\])?)", re.MULTILINE)
_COPY = re.compile(r"COPY (\w+) \(([^)]*)\)")


class View(Protocol):
    """A view module."""

    NAME: str
    VERSION: int
    TYPES: frozenset[str] | None  # the event types it wants; None for all
    SQL: Mapping[str, LiteralString]

    def apply(self, cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
        """Fold events, in order, that follow what was folded before. The caller's transaction keeps rows and cursor."""
        ...


class Correction(NamedTuple):
    """An `event.corrected`, and the event whose effect it takes back."""

    position: int
    event: Recorded
    original: Recorded


def load(name: str) -> dict[str, LiteralString]:
    """The statements of one view."""
    return named_sql.load(FOLDER / f"{name}.sql")


def copy(cursor: Cursor[Any], sql: Mapping[str, LiteralString], block: str, rows: Iterable[Sequence[Any]]) -> None:
    """Fill a table by binary COPY: a fifth of an insert's cost. Rows are in the order of the block's column list."""
    statement = sql[block]
    with cursor.copy(statement) as target:
        # Binary COPY takes no literals: each value has to be sent as the column's own type.
        target.set_types(column_types(statement, sql["create"]))
        write = target.write_row
        for row in rows:
            write(row)


@cache
def column_types(copy_statement: str, definitions: str) -> tuple[str, ...]:
    """The types of the columns that a COPY names, read from the CREATE TABLE that defines them."""
    target = _COPY.search(copy_statement)
    assert target is not None, copy_statement
    tables = {name: dict(_COLUMN.findall(body)) for name, body in _TABLE.findall(definitions)}
    columns = tables[target.group(1)]
    return tuple(columns[name.strip()] for name in target.group(2).split(","))


def json(rows: Sequence[Any]) -> str:
    """Changes to rows that are there already, for json_to_recordset(): structs or dicts whose fields are columns.

    Measured beside a temporary table filled by COPY it costs the same per row, and nothing at the end of a transaction,
    where emptying such tables took milliseconds.
    """
    return _encode(rows).decode()


def fold(
    cursor: Cursor[Any],
    events: Sequence[Recorded],
    run: Callable[[Cursor[Any], Sequence[Recorded]], None],
    correct: Callable[[Cursor[Any], Correction], None],
) -> None:
    """Hand the events to `run` in stretches without a correction, and each correction to `correct` in its place.

    So what is taken back is in the tables by then.
    """
    start = 0
    for index, event in enumerate(events):
        if event.type == CORRECTION:
            if start < index:
                run(cursor, events[start:index])
            start = index + 1
            correction = _correction(cursor, event)
            if correction is not None:
                correct(cursor, correction)
    if start < len(events):
        run(cursor, events[start:] if start else events)


def _correction(cursor: Cursor[Any], event: Recorded) -> Correction | None:
    assert isinstance(event.data, EventCorrected)
    original = reading.event(cursor.connection, event.source, event.data.corrects)
    return None if original is None else Correction(event.position, event, original)


def effective(cursor: Cursor[Any], event: Recorded) -> Recorded:
    """The event whose time says since when, in valid time, this one counts: of a correction, the corrected event."""
    if event.type == CORRECTION:
        correction = _correction(cursor, event)
        return event if correction is None else correction.original
    return event


def epoch(moment: datetime) -> int:
    """Unix seconds; the log has no time before 1970, so cutting the fraction rounds down."""
    return int(moment.timestamp())


def day_of(day: date) -> int:
    """Days since 1970-01-01 of a date, or of a moment's date in UTC."""
    return day.toordinal() - _EPOCH_ORDINAL


def month_of(day: int) -> int:
    """The month of a day (days since 1970-01-01), as year * 12 + month - 1."""
    on = date.fromordinal(_EPOCH_ORDINAL + day)
    return on.year * 12 + on.month - 1


def given(value: Any | UnsetType) -> Any:
    """The value, None where the sender left it out."""
    return None if value is UNSET else value


def channel_of(channel: Channel | UnsetType) -> tuple[str | None, str | None, str | None]:
    """(ip, device, payment), None where absent."""
    if isinstance(channel, Channel):
        return given(channel.ip), given(channel.device), given(channel.payment)
    return None, None, None


def ppm(decimal: str) -> int:
    """A decimal text in millionths, rounded down: `0.154` is 154000. Exact, so that rules can compare integers."""
    sign, digits = (-1, decimal[1:]) if decimal.startswith("-") else (1, decimal)
    whole, _, part = digits.partition(".")
    scaled = int(whole) * 1_000_000 + int((part + "000000")[:6])
    lost = sign < 0 and part[6:].strip("0") != ""
    return sign * scaled - lost


def moments(cursor: Cursor[Any], texts: Mapping[int, str]) -> dict[int, datetime]:
    """The moments, UTC, that the deadlines of events mean, by position: a date ends at the offset of the event's time.

    Only for those the offset has to be fetched: a decoded event doesn't show it any more.
    """
    dates = [position for position, text in texts.items() if len(text) == DATE_LENGTH]
    offsets: dict[int, timezone] = {}
    if dates:
        for position, body in cursor.execute(BASE["bodies"], {"positions": dates}).fetchall():
            offsets[position] = _offset(body)
    return {position: until(text, offsets.get(position, UTC)) for position, text in texts.items()}


class _Envelope(msgspec.Struct):
    time: datetime


_envelope = msgspec.json.Decoder(_Envelope).decode


def _offset(body: bytes) -> timezone:
    return timezone(_envelope(body).time.utcoffset() or timedelta())
