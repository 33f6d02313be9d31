"""The platforms in pages and by month, as the office's and the public's pages ask for them: always in sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg

from api.scorecards import (
    SEVERITIES,
    FoundAlerts,
    Held,
    Listed,
    MarketHistory,
    PlatformHistory,
    Refused,
    Registered,
    Wanted,
)
from ledger.kernel.named_sql import load
from projections import base, platform_months
from projections.base import month_of
from projections.platform_months import Sum

SQL = load(Path(__file__).parent / "sql" / "scorecards.sql")
VIEWS: Final = ("platforms", "platform_months", "alerts")
PUBLIC_VIEWS: Final = ("platforms", "platform_months")
_FIELDS: Final = len(Registered._fields)
_ALWAYS: Final = 12 * 10_000  # a month behind every other


def listed(
    connection: psycopg.Connection, wanted: Wanted, after: tuple[int, int, int, int, int, str] | None, limit: int
) -> list[Listed]:
    """A page of platforms, the one with the most severe open alerts first; `after`: `place` of the row before."""
    before = dict(zip((*SEVERITIES, "platform"), after or (None,) * 6, strict=True))
    rows = connection.execute(SQL["listed"], {**wanted._asdict(), **before, "limit": limit}).fetchall()
    held = custody(connection, [row[0] for row in rows])
    return [
        Listed(
            Registered(*row[:_FIELDS]), dict(zip(SEVERITIES, row[_FIELDS:], strict=True)), held[row[0]]
        )
        for row in rows
    ]  # fmt: skip


def registered(connection: psycopg.Connection, wanted: Wanted, after: str | None, limit: int) -> list[Registered]:
    """A page of the register, by id; `after` is the id before it."""
    rows = connection.execute(SQL["registered"], {**wanted._asdict(), "after": after, "limit": limit})
    return [Registered(*row) for row in rows]


def custody(connection: psycopg.Connection, names: Sequence[str]) -> dict[str, list[Held]]:
    """What custodians reported last against what the log derives for then: months, less what came behind the day."""
    reported = {
        (platform, currency): (int(balance), as_of, day)
        for platform, currency, balance, as_of, day in connection.execute(
            SQL["newest_statements"], {"platforms": list(names)}
        )
    }
    held = {*connection.execute(SQL["held_currencies"], {"platforms": list(names)}), *reported}
    asked: list[dict[str, Any]] = []
    for platform, currency in sorted(held):
        told = reported.get((platform, currency))
        month = month_of(told[2]) if told else _ALWAYS
        at = {"platform": platform, "currency": currency, "month": month}
        asked.append({**at, "day": told[2], "last_day": _last_day(month)} if told else at)
    rows = base.json(asked)
    derived = {(p, c): int(n) for p, c, n in connection.execute(SQL["held_by_month"], {"asked": rows})}
    behind = {(p, c): int(n) for p, c, n in connection.execute(SQL["held_after"], {"asked": rows})}
    found: defaultdict[str, list[Held]] = defaultdict(list)
    for key in sorted(held):
        balance, as_of, _ = reported.get(key, (None, None, None))
        found[key[0]].append(Held(key[1], balance, as_of, derived[key] - behind.get(key, 0)))
    return found


def _last_day(month: int) -> int:
    return base.day_of(_first(month + 1).date()) - 1


def _first(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def history(connection: psycopg.Connection, platform: str, first: int, last: int) -> PlatformHistory:
    """A platform's months (year * 12 + month - 1) from `first` to `last`."""
    since = _first(first)
    alerts = connection.execute(SQL["alerts"], {"platform": platform, "since": since})
    refused = connection.execute(SQL["refused"], {"source": f"platform:{platform}", "since": since.date()})
    held = connection.execute(SQL["held_months"], {"platform": platform, "first": first, "last": last})
    return PlatformHistory(
        first,
        last,
        [
            *platform_months.months(connection, platform, first, last),
            *(Sum(month, currency, "held", 0, int(amount)) for month, currency, amount in held),
        ],
        [FoundAlerts(*row) for row in alerts],
        [Refused(month, code, int(events)) for month, code, events in refused],
    )


def market(connection: psycopg.Connection, first: int, last: int) -> MarketHistory:
    """All platforms together, by month; what is owed at the end of `last`; how many platforms there are."""
    return MarketHistory(
        first,
        last,
        platform_months.market(connection, first, last),
        platform_months.owing(connection, last),
        list(connection.execute(SQL["numbers"])),
    )
