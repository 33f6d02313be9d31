"""The office's first page, read from views and the table of what waits; the statements are in sql/overview.sql."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from api.desk import COUNTED_MAX, PARKED_DAYS, AtRisk, Overview, Reported
from ledger.kernel.named_sql import load
from projections import tallies

SQL = load(Path(__file__).parent / "sql" / "overview.sql")
VIEWS = ("alerts", "platforms", "balances")


def overview(connection: psycopg.Connection, now: datetime, first_day: int, last_day: int) -> Overview:
    """What waits at `now`, and pictures of the days from `first_day` to `last_day`. Call inside a snapshot of VIEWS."""
    days = {"first": first_day, "last": last_day}
    late = {"most": COUNTED_MAX, "before": now - timedelta(days=PARKED_DAYS)}
    return Overview(
        tallies.unsettled(connection, now),
        tallies.opened(connection, first_day, last_day),
        [Reported(day, int(events)) for day, events in connection.execute(SQL["reported"], days)],
        [AtRisk(*row) for row in connection.execute(SQL["at_risk"])],
        _one(connection, "corrections", late),
        _one(connection, "parked", late),
    )


def _one(connection: psycopg.Connection, block: str, values: dict[str, Any]) -> int:
    row = connection.execute(SQL[block], values).fetchone()
    assert row is not None, "an aggregate has one row"
    return int(row[0])
