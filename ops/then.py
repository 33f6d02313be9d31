"""What the api asks of the log as of two times, as plain functions of a connection."""

from __future__ import annotations

import psycopg

from api.services import Then
from api.times import Span, Times
from ledger.store import reading
from projections import asof


def span(connection: psycopg.Connection) -> Span:
    """When the first and the last event were recorded."""
    return Span(asof.first_recorded(connection), reading.head(connection).recorded_at)


def state(connection: psycopg.Connection, key: str, times: Times) -> Then:
    """A campaign, pledge or loan as of both times."""
    head = reading.head(connection).position
    known = head if times.known_at is None else asof.known_position(connection, times.known_at)
    found = asof.state(connection, key, asof.Times(times.at, known))
    began = asof.opened(connection, key, head)
    return Then(found, began.happened_at if began else None, began.recorded_at if began else None)
