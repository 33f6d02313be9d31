"""From the log to messages: each finding once, muted and inhibited ones never, many at a time as one message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ops.notify.form import Subscription, Told, wanted
from ops.notify.message import payload
from projections.snapshots import snapshot
from risk.inhibitions import Confirmed, Inhibition, inhibitor, table

SQL = load(Path(__file__).parents[1] / "sql" / "notify.sql")
LIMIT = 2_000  # findings of one step
SENT_KEPT = timedelta(days=90)
Connection = psycopg.Connection[Any]


def gather(writer: Connection, reader: Connection, now: datetime, rows: Sequence[Inhibition] | None = None) -> int:
    """Look through the next findings; how many the view had. Cursor and messages are kept in one transaction.

    Both connections are in autocommit. What was found before the first look ever is not told.
    """
    with writer.transaction():
        writer.execute(SQL["lock"])
        begun = writer.execute(SQL["cursor"]).fetchone()
        with snapshot(reader, "alerts") as upto:
            found, position = _findings(reader, upto if begun is None else begun[0], upto)
            told = _told(reader, found, table() if rows is None else rows)
        subscriptions = [Subscription(*row) for row in writer.execute(SQL["subscriptions"]).fetchall()]
        for each in subscriptions:
            positions = [one.position for one in told if wanted(each, one)]
            if positions:
                due = now + timedelta(seconds=each.group_seconds)
                row = {"id": clock.new_id(), "subscription": each.id, "findings": positions, "due": due, "now": now}
                writer.execute(SQL["gather"], row)
        if begun is None or position != begun[0]:
            writer.execute(SQL["set_cursor"], {"position": position})
        writer.execute(SQL["forget"], {"before": now - SENT_KEPT})
    return len(found)


def fix(writer: Connection, reader: Connection, now: datetime, base_url: str | None) -> int:
    """Make messages whose time of gathering is over ready to be sent: from here on their bytes don't change."""
    with writer.transaction():
        rows = writer.execute(SQL["full"], {"now": now}).fetchall()
        for name, positions, *columns in rows:
            subscription = Subscription(*columns)
            with snapshot(reader, "alerts"):
                found = [Told(*row) for row in reader.execute(SQL["findings_at"], {"positions": positions}).fetchall()]
            if found:
                writer.execute(SQL["fix"], {"id": name, "body": payload(name, subscription, found, base_url)})
    return len(rows)


def _findings(reader: Connection, after: int, upto: int) -> tuple[list[Told], int]:
    """The next findings, and how far the log is looked through with them."""
    asked = {"after": after, "upto": upto, "limit": LIMIT}
    found = [Told(*row) for row in reader.execute(SQL["findings"], asked).fetchall()]
    # A view that is rebuilt may stand behind what was told already: the cursor never goes back.
    return found, found[-1].position if len(found) == LIMIT else max(after, upto)


def _told(reader: Connection, found: Sequence[Told], rows: Sequence[Inhibition]) -> list[Told]:
    if not found or not rows:
        return [*found]
    since = min(each.at for each in found) - timedelta(days=max(each.days for each in rows))
    asked = {"rules": sorted({each.when for each in rows}), "since": since}
    confirmed = [Confirmed(*row) for row in reader.execute(SQL["confirmed"], asked).fetchall()]
    quiet: Callable[[Told], str | None] = lambda one: inhibitor(  # noqa: E731 - read as a sentence below
        one.alert, one.rule, one.platform, one.at, confirmed, rows
    )
    return [each for each in found if quiet(each) is None]
