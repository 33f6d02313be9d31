"""Ends promises that were not confirmed again in time: looks now and then, and tells the log once per change.

The event's id and content follow from the campaign and the change alone, so two workers that see the same tell the
same, and one of them hears that it stands already. The log says when a promise ended, no clock does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import structlog

from ledger import windows
from ledger.decisions.base import micros
from ledger.events.naming import name_of, scope_and_name
from ledger.kernel import named_sql
from ledger.kernel.canonical import sha256
from ledger.rulebook.loading import books
from ledger.states.campaigns import Campaign
from ledger.store import reading
from ledger.windows import Window
from risk.runs import Submit

SQL = named_sql.load(Path(__file__).with_name("sql") / "lapses.sql")
_log = structlog.get_logger(__name__)


def tell(connection: psycopg.Connection, submit: Submit, now: datetime) -> int:
    """Record every lapse that is due; how many were new. Views that are being built are waited for: zero."""
    try:
        waiting = connection.execute(SQL["waiting"]).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedColumn):
        return 0
    told = 0
    for event in due(connection, waiting, now):
        (answer,) = submit([event])
        told += answer.status == "accepted"
        if answer.status not in {"accepted", "duplicate"}:
            # Between the look and the word the campaign was closed, or the change lapsed: nothing is left to end.
            _log.info("lapse_not_recorded", id=answer.id, status=answer.status, reason=answer.detail)
    return told


def due(connection: psycopg.Connection, waiting: list[tuple[str, datetime]], now: datetime) -> Iterator[dict[str, Any]]:
    """An event for each change whose window is over; what the law of the campaign gives no window for is left."""
    states = reading.states(connection, sorted({key for key, _ in waiting}))
    for key, changed_at in waiting:
        campaign, amended_at = states.get(key), micros(changed_at)
        if isinstance(campaign, Campaign) and amended_at in campaign.material:
            window = windows.reconfirmable(amended_at, campaign, books())
            if window is not None and window.until < now:
                yield lapse(key, changed_at, window)


def lapse(key: str, changed_at: datetime, window: Window) -> dict[str, Any]:
    """The CloudEvent that says so: it happened just after the window."""
    scope = scope_and_name(key).rpartition("/")[0]
    return {
        "specversion": "1.0",
        "id": f"lapsed:{sha256(f'{key} {micros(changed_at)}'.encode()).hex()[:32]}",
        "source": "system",
        "type": "pledges.lapsed",
        "time": _text(window.until + timedelta(microseconds=1)),
        "data": {
            "platform": scope,
            "campaign": name_of(key),
            "amended_at": _text(changed_at),
            "reconfirm_by": _text(window.until),
            "window": window.rule,
            "citation": window.citation[:200],
        },
    }


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
