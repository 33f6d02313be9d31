"""Mutes in the view `alerts`: which of them fits an alert, from the log alone. And their list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple

from psycopg.types.json import Jsonb

from ledger.events.checks import until
from ledger.events.mutes import AlertMuted, AlertUnmuted
from ledger.states.mutes import Matcher, matcher_of
from projections import base

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

TYPES = frozenset({"alert.muted", "alert.unmuted"})
Sql = Mapping[str, LiteralString]
_FAR = datetime.max.replace(tzinfo=UTC)
Longest = tuple[datetime | None, str | None]  # until when, by which mute


class Standing(NamedTuple):
    """A mute that was not ended before its time."""

    id: str
    matcher: Matcher
    until: datetime


class ShownMute(NamedTuple):
    """A mute with all that was said of it. `findings`: how many it kept from being notified."""

    id: str
    rule: str | None
    key: dict[str, str]
    subject: str | None
    platform: str | None
    by_whom: str
    reason: str
    muted_at: datetime
    until: datetime
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
    position: int
    findings: int


def standing(cursor: Cursor[Any], sql: Sql) -> list[Standing]:
    """The mutes that may hold now."""
    rows = cursor.execute(sql["mutes_standing"]).fetchall()
    return [Standing(name, Matcher(*parts), end) for name, *parts, end in rows]


def longest(
    mutes: Sequence[Standing],
    at: datetime,
    rule: str,
    key: Mapping[str, str],
    subjects: Collection[str],
    platform: str | None,
) -> Longest:
    """Of the mutes that hold at a moment and fit, the one that holds longest; of equal ones the first by id."""
    fitting = [each for each in mutes if at < each.until and each.matcher.fits(rule, key, subjects, platform)]
    if not fitting:
        return None, None
    best = min(fitting, key=lambda each: (_FAR - each.until, each.id))
    return best.until, best.id


def take(cursor: Cursor[Any], sql: Sql, event: Recorded) -> None:
    """A mute begins or ends: alerts that are there already show it."""
    if isinstance(event.data, AlertMuted):
        _begin(cursor, sql, event, event.data)
    else:
        assert isinstance(event.data, AlertUnmuted)
        ended = {
            "id": event.data.mute, "ended_at": event.recorded_at, "ended_by": event.data.by,
            "end_reason": base.given(event.data.reason),
        }  # fmt: skip
        cursor.execute(sql["end_mute"], ended)
        _show(cursor, sql, cursor.execute(sql["alerts_of_mute"], {"id": event.data.mute}).fetchall())


def _begin(cursor: Cursor[Any], sql: Sql, event: Recorded, data: AlertMuted) -> None:
    matcher = matcher_of(data)
    row = {
        "id": data.mute, "rule": matcher.rule, "key": Jsonb(matcher.key), "subject": matcher.subject,
        "platform": matcher.platform, "by_whom": data.by, "reason": data.reason, "muted_at": event.recorded_at,
        "until": until(data.until, UTC), "position": event.position,
    }  # fmt: skip
    cursor.execute(sql["add_mute"], row)
    asked = {"rule": matcher.rule, "subject": matcher.subject, "platform": matcher.platform}
    _show(cursor, sql, cursor.execute(sql["alerts_to_mute"], asked).fetchall())


def _show(cursor: Cursor[Any], sql: Sql, rows: Sequence[Sequence[Any]]) -> None:
    """Write to alerts which mute holds for them longest, where that changed."""
    mutes = standing(cursor, sql)
    changed = []
    for name, rule, key, subjects, platform, found_at, *before in rows:
        end, mute = longest(mutes, found_at, rule, key, subjects, platform)
        if [end, mute] != before:
            changed.append({"id": name, "muted_until": end, "muted_by": mute})
    if changed:
        cursor.execute(sql["set_mutes"], {"rows": base.json(changed)})


class Asked(NamedTuple):
    """Which mutes; None: any. `active`: those that hold at `now`, or those that don't."""

    now: datetime
    active: bool | None = None
    id: str | None = None


def page(connection: psycopg.Connection, sql: Sql, asked: Asked, before: int | None, limit: int) -> list[ShownMute]:
    """Mutes, the latest first; `before`: the position where the page before ended."""
    rows = connection.execute(sql["list_mutes"], {**asked._asdict(), "before": before, "limit": limit}).fetchall()
    return [ShownMute(*row) for row in rows]
