"""The platform index as the api asks for it: one platform's months, or one month's platforms."""

from __future__ import annotations

from datetime import datetime

import psycopg

from api.facts import Read
from ops.questions import standing
from projections.reconciliation import position_at
from risk.index import inputs
from risk.index.combined import Index, indexed
from risk.index.form import Market


def history(connection: psycopg.Connection, platform: str, months: int, known_at: datetime | None) -> Read[list[Index]]:
    """The newest `months` months of the platform, newest first, as known at `known_at` (None: now).

    All platforms are read, since a month is judged among them; of nobody is anything kept behind the common position.
    """
    with standing(connection, *inputs.VIEWS) as as_of:
        market = _market(connection, as_of.position, known_at)
        own = sorted((month for month in market if platform in market[month]), reverse=True)[:months]
        return Read([indexed(market, month)[platform] for month in own], as_of)


def ranking(connection: psycopg.Connection, month: str | None, known_at: datetime | None) -> Read[list[Index]]:
    """Every platform's index of a month (None: the newest that is known of), by platform."""
    with standing(connection, *inputs.VIEWS) as as_of:
        market = _market(connection, as_of.position, known_at)
        asked = month or max(market, default="")
        return Read(list(indexed(market, asked).values()) if asked else [], as_of)


def _market(connection: psycopg.Connection, position: int, known_at: datetime | None) -> Market:
    return inputs.read(connection, min(position, position_at(connection, known_at)))
