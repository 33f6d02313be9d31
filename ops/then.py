"""What the api asks of the log as of two times, as plain functions of a connection."""

from __future__ import annotations

import psycopg

from api.services import LoanRead, Then
from api.times import Span, Times
from ledger.store import reading
from projections import asof


def span(connection: psycopg.Connection) -> Span:
    """When the first and the last event were recorded."""
    return Span(asof.first_recorded(connection), reading.head(connection).recorded_at)


def state(connection: psycopg.Connection, key: str, times: Times) -> Then:
    """A campaign, pledge or loan as of both times."""
    head = reading.head(connection).position
    found = asof.state(connection, key, _known(connection, times, head))
    began = asof.opened(connection, key, head)
    return Then(found, began.happened_at if began else None, began.recorded_at if began else None)


def loan(connection: psycopg.Connection, key: str, times: Times) -> LoanRead:
    """A loan and its history as of both times; of the present, the state that decisions read."""
    now = None if times.asked else reading.states(connection, [key]).get(key)
    then = state(connection, key, times) if times.asked else Then(now, None, None)
    known = _known(connection, times, reading.head(connection).position)
    return LoanRead(then, asof.lent(connection, key, known) if then.state is not None else None)


def _known(connection: psycopg.Connection, times: Times, head: int) -> asof.Times:
    known = head if times.known_at is None else asof.known_position(connection, times.known_at)
    return asof.Times(times.at, known)
