"""Entities as of two times: what had happened by `at` (valid time), as far as it was known by `known_at`.

Read from the log itself, never behind. The arithmetic is in `ledger/asof/`; here is what it is fed with.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, NamedTuple

import msgspec
import psycopg

from ledger.accounts import Posting
from ledger.asof import campaigns, loans, pledges
from ledger.asof import lent as lending
from ledger.asof.facts import Fact
from ledger.decisions.base import micros
from ledger.events import catalogue
from ledger.events.parties import PartyRecorded
from ledger.lending.terms import History, Terms
from ledger.recorded import scope_of
from ledger.states.base import State
from ledger.states.campaigns import Campaign
from projections import base

SQL = base.load("asof")
# Fetched at a time, so that a campaign of any size costs the same memory; one by one where libpq is older than 17.
_ROWS: Final = 5_000 if psycopg.capabilities.has_stream_chunked() else 1
_postings = msgspec.json.Decoder(tuple[Posting, ...]).decode


class Times(NamedTuple):
    """Both bounds, inclusive. `at` None: whatever had happened; `known`: the last position that was known."""

    at: datetime | None
    known: int


class Opened(NamedTuple):
    """What made an entity: where it stands in the log, when it happened, when it became known."""

    position: int
    happened_at: datetime
    recorded_at: datetime


# What makes each kind of entity that is asked for.
OPENINGS: Final = {
    "campaign": campaigns.OPENING,
    "loan": loans.OPENING,
    "party": PartyRecorded.TYPE,
    "pledge": pledges.OPENING,
}


def known_position(connection: psycopg.Connection[Any], known_at: datetime) -> int:
    """The last position that was recorded by `known_at`; 0 where that is before the first event."""
    row = connection.execute(SQL["known"], {"known_at": known_at}).fetchone()
    assert row is not None, "the search ends with one row"
    return int(row[0])


def first_recorded(connection: psycopg.Connection[Any]) -> datetime | None:
    """When the first event of the log became known; None for an empty log."""
    row = connection.execute(SQL["first_recorded"]).fetchone()
    return row[0] if row else None


def opened(connection: psycopg.Connection[Any], key: str, known: int) -> Opened | None:
    """What made the entity, as far as was known at position `known`; None where nothing had."""
    asked = {"tag": key, "opening": OPENINGS[key.partition(":")[0]], "known": known}
    row = connection.execute(SQL["opened"], asked).fetchone()
    return None if row is None else Opened(*row)


def state(connection: psycopg.Connection[Any], key: str, times: Times) -> State | None:
    """The state of a campaign, pledge or loan as of both times; None where it had not begun, or was not known.

    Call it inside one snapshot: it asks more than once.
    """
    began = opened(connection, key, times.known)
    if began is None or (times.at is not None and began.happened_at > times.at):
        return None
    return _STATES[key.partition(":")[0]](connection, key, times, began.position)


def ends(connection: psycopg.Connection[Any], key: str, times: Times) -> Campaign | None:
    """A campaign's terms and how it ended, as of both times, without counting its pledges."""
    began = opened(connection, key, times.known)
    if began is None:
        return None
    return campaigns.campaign(key, told(connection, key, times, campaigns.TERMS, campaigns.TERMS, began.position))


def _campaign(connection: psycopg.Connection[Any], key: str, times: Times, since: int) -> State | None:
    facts = told(connection, key, times, campaigns.TYPES, campaigns.READ, since, by_pledge=True)
    return campaigns.campaign(key, facts)


def _pledge(connection: psycopg.Connection[Any], key: str, times: Times, since: int) -> State | None:
    return pledges.pledge(key, standing(connection, key, times, pledges.TYPES, pledges.READ, since))


def _loan(connection: psycopg.Connection[Any], key: str, times: Times, since: int) -> State | None:
    return loans.loan(key, standing(connection, key, times, loans.TYPES, loans.READ, since))


_STATES: Final = {"campaign": _campaign, "pledge": _pledge, "loan": _loan}


def lent(connection: psycopg.Connection[Any], key: str, times: Times) -> tuple[Terms, History] | None:
    """Terms and dated history of a loan as of both times; None where it had not begun, or was not known."""
    began = opened(connection, key, times.known)
    if began is None:
        return None
    return lending.lent(key, standing(connection, key, times, lending.TYPES, lending.TYPES, began.position))


def told(
    connection: psycopg.Connection[Any],
    key: str,
    times: Times,
    types: frozenset[str],
    read: frozenset[str],
    since: int = 0,
    *,
    by_pledge: bool = False,
) -> Iterator[Fact]:
    """The facts of one entity in order of valid time, fetched piece by piece; `by_pledge`: pledge after pledge."""
    asked = {
        "tag": key, "types": list(types), "read": list(read), "since": since, "known": times.known, "at": times.at,
        "by_pledge": by_pledge,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for row in cursor.stream(SQL["told"], asked, size=_ROWS):
            yield _fact(row)


def standing(
    connection: psycopg.Connection[Any],
    key: str,
    times: Times,
    types: frozenset[str],
    read: frozenset[str],
    since: int = 0,
) -> Iterator[Fact]:
    """The same without corrections, and without what they corrected."""
    return (fact for fact in told(connection, key, times, types, read, since) if fact.stands)


class _Envelope(msgspec.Struct):
    time: datetime


_envelope = msgspec.json.Decoder(_Envelope).decode


def _fact(row: tuple[Any, ...]) -> Fact:
    position, source, kind, happened_at, body, postings, stands, pledge = row
    lines = _postings(postings) if postings else ()
    scope, moment = scope_of(source), micros(happened_at)
    if body is None:
        return Fact(position, scope, kind, moment, UTC, None, lines, stands, pledge)
    offset = timezone(_envelope(body).time.utcoffset() or timedelta())
    return Fact(position, scope, kind, moment, offset, catalogue.decode_body(body), lines, stands, pledge)
