"""View: each alert as it stands, and what the monitor and people did about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from msgspec import UNSET, Struct
from msgspec.structs import astuple
from psycopg.types.json import Jsonb

from ledger.events.alerts import AlertFound
from ledger.events.cases import CaseClosed
from ledger.states.alerts import key_hash, rank, status_after_joining
from projections import base, mutes, tallies

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "alerts"
VERSION = 3
TYPES = frozenset(
    {
        "alert.found", "alert.acknowledged", "alert.assigned", "alert.commented", "alert.escalated",
        "alert.close_requested", "alert.closed", "alert.reopened", "alert.muted", "alert.unmuted", "case.opened",
        "case.alert_added", "case.alert_removed", "case.closed",
    }
)  # fmt: skip
SQL = base.load(NAME)
EVIDENCE_MAX = 2_000  # positions that an alert shows
_JSON = ("key", "figures", "params")
_ORDERS = {"severity": "by_severity", "score": "by_score", "newest": "by_newest"}


class Alert(Struct):
    """A row of `alerts`: the meaning of each field is in sql/alerts.sql, and so is their order."""

    id: str
    matter: str
    number: int
    rule: str
    version: int
    severity: str
    severity_rank: int
    score: int
    status: str
    platform: str | None
    subject: list[str]
    key: dict[str, str]
    figures: dict[str, int]
    params: dict[str, int]
    first_day: date
    last_day: date
    evidence: list[int]
    evidence_count: int
    reason_zh: str
    reason_en: str
    shareable: bool
    assignee: str | None
    close_by: str | None
    outcome: str | None
    outcome_reason: str | None
    muted_until: datetime | None
    muted_by: str | None
    case_id: str | None
    first_look_at: datetime | None
    closed_at: datetime | None
    findings: int
    found_at: datetime
    found_position: int
    updated_at: datetime
    position: int


class Step(NamedTuple):
    """One entry of an alert's history, oldest first. `by_whom` None: the monitor."""

    position: int
    step: str
    at: datetime
    by_whom: str | None
    to_whom: str | None
    text: str | None
    outcome: str | None
    reason: str | None
    severity: str | None
    score: int | None
    last_day: date | None
    evidence: list[int] | None
    muted_by: str | None = None


class After(NamedTuple):
    """Where a page ends: the next one begins behind it."""

    severity_rank: int
    score: int
    id: str
    found_position: int = 0


Order = Literal["severity", "score", "newest"]


class Filters(NamedTuple):
    """Which alerts, in which order; None: any. `subject`: the key of an entity; `text`: part of id, subject or reason.

    `muted` asks whether a mute holds at `now`, which has to be given with it; `assigned` whether anybody has it;
    `found_since` is the known time of the first finding, `found_upto` its position.
    """

    statuses: Sequence[str] | None = None
    severity: str | None = None
    rule: str | None = None
    platform: str | None = None
    subject: str | None = None
    shareable: bool | None = None
    text: str | None = None
    muted: bool | None = None
    now: datetime | None = None
    case_id: str | None = None
    assignee: str | None = None
    assigned: bool | None = None
    found_since: datetime | None = None
    found_upto: int | None = None
    order: Order = "severity"  # the most severe first, then by score; or by score alone; or the newest first


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Fold findings, actions and mutes, in stretches between one mute and the next: a mute is about all alerts."""
    for is_mute, stretch in groupby(events, lambda event: event.type in mutes.TYPES):
        if is_mute:
            for event in stretch:
                mutes.take(cursor, SQL, event)
        else:
            _run(cursor, list(stretch))


def _run(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Alerts are few: whole rows are read, changed and written anew."""
    fold = _Fold(cursor, events)
    steps = [step for event in events for step in fold.take(event)]
    cursor.execute(SQL["forget"], {"ids": sorted(fold.changed)})
    rows = [fold.alerts[name] for name in sorted(fold.changed)]
    base.copy(cursor, SQL, "copy_alerts", [_cells(row) for row in rows])
    if fold.opened:
        tallies.add(cursor, fold.opened)
    base.copy(cursor, SQL, "copy_history", steps)


def page(connection: psycopg.Connection, filters: Filters, after: After | None = None, limit: int = 50) -> list[Alert]:
    """Alerts in the order that is asked for; `after` is the place of the last row of the page before (`after_of`)."""
    urgency, score, name, position = after or (None, None, None, None)
    place = {"rank": urgency, "score": score, "id": name, "position": position, "limit": limit}
    statement = "\n".join((SQL["shown"], SQL["asked"], SQL[_ORDERS[filters.order]]))
    return [Alert(*row) for row in connection.execute(statement, {**asked(filters), **place}).fetchall()]


def after_of(alert: Alert) -> After:
    """The cursor behind an alert."""
    return After(alert.severity_rank, alert.score, alert.id, alert.found_position)


def count(connection: psycopg.Connection, filters: Filters, after_position: int = 0) -> int:
    """How many there are; `after_position`: only those that were found after it."""
    statement = "\n".join((SQL["how_many"], SQL["asked"], SQL["found_after"]))
    row = connection.execute(statement, {**asked(filters), "after": after_position}).fetchone()
    assert row is not None
    return int(row[0])


def one(connection: psycopg.Connection, name: str) -> Alert | None:
    """One alert by its id."""
    row = connection.execute(SQL["one"], {"id": name}).fetchone()
    return Alert(*row) if row else None


def several(connection: psycopg.Connection, names: Sequence[str]) -> list[Alert]:
    """Alerts by their ids, the most urgent first; those that are not there are left out."""
    return [Alert(*row) for row in connection.execute(SQL["several"], {"ids": list(names)}).fetchall()]


def history(connection: psycopg.Connection, name: str) -> list[Step]:
    """What happened to an alert, oldest first."""
    return [Step(*row) for row in connection.execute(SQL["steps"], {"id": name}).fetchall()]


def asked(filters: Filters) -> dict[str, Any]:
    """The filter as the statements' parameters."""
    return {**filters._asdict(), "statuses": None if filters.statuses is None else list(filters.statuses)}


def _matters(event: Recorded) -> list[str]:
    data: Any = event.data
    if event.type == "alert.found":
        return [_matter_of(data)]
    if event.type == "case.closed":
        return []
    names = data.alerts if event.type == "case.opened" else [data.alert]
    return [name.rpartition(":")[0] for name in names]


def _matter_of(data: AlertFound) -> str:
    return f"{data.rule}:{key_hash(data.key)}"


class _Fold:
    """The alerts that a batch is about, and which of them it changed."""

    def __init__(self, cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
        matters = sorted({matter for event in events for matter in _matters(event)})
        cases = sorted({event.data.case for event in events if isinstance(event.data, CaseClosed)})
        rows = cursor.execute(SQL["load"], {"matters": matters, "cases": cases}).fetchall()
        self.mutes = mutes.standing(cursor, SQL)
        self.alerts = {row[0]: Alert(*row) for row in rows}
        self.newest = {alert.matter: alert for alert in self.alerts.values()}  # in the order of numbers
        self.changed: set[str] = set()
        self.opened: Counter[tuple[int, str]] = Counter()

    def take(self, event: Recorded) -> list[tuple[Any, ...]]:
        """Fold one event; its rows of the history, one per alert that it is about."""
        if event.type == "alert.found":
            told = [self._found(event, cast("AlertFound", event.data))]
        elif event.type.startswith("case."):
            told = self._in_case(event)
        else:
            told = [self._acted(event)]
        for alert, step in told:
            alert.updated_at, alert.position = event.recorded_at, event.position
            if step[2] is not None and alert.first_look_at is None:
                alert.first_look_at = event.recorded_at
            self.changed.add(alert.id)
        return [(event.position, alert.id, *step) for alert, step in told]

    def _found(self, event: Recorded, data: AlertFound) -> tuple[Alert, tuple[Any, ...]]:
        matter = _matter_of(data)
        alert = self.newest.get(matter)
        joins = alert is not None and alert.status != "closed"
        if alert is None or not joins:
            alert = _opened(event, data, matter, alert.number + 1 if alert else 1)
            self.alerts[alert.id] = self.newest[matter] = alert
            self.opened[event.day, data.severity] += 1
            alert.muted_until, alert.muted_by = mutes.longest(
                self.mutes, event.recorded_at, alert.rule, alert.key, alert.subject, alert.platform
            )
        else:
            _join(alert, data)
        last_day = date.fromisoformat(data.window.last_day)
        _, muted_by = mutes.longest(
            self.mutes, event.recorded_at, data.rule, data.key, data.subject, base.given(data.platform)
        )
        step = (
            "joined" if joins else "opened", event.recorded_at, None, None, None, None, None, data.severity,
            data.score, last_day, list(data.evidence), muted_by,
        )  # fmt: skip
        return alert, step

    def _acted(self, event: Recorded) -> tuple[Alert, tuple[Any, ...]]:
        data: Any = event.data
        alert = self.alerts[data.alert]
        action = event.type.removeprefix("alert.")
        to, outcome, reason = (_given(data, name) for name in ("to", "outcome", "reason"))
        if action in _STATUS:
            alert.status = _STATUS[action]
            alert.close_by = data.by if action == "close_requested" else None
        if to is not None:
            alert.assignee = to
        if action == "closed":
            alert.outcome, alert.outcome_reason, alert.closed_at = outcome, reason, event.recorded_at
        elif action == "reopened":
            alert.outcome = alert.outcome_reason = alert.closed_at = None
        text = _given(data, "text")
        return alert, (action, event.recorded_at, data.by, to, text, outcome, reason, None, None, None, None, None)

    def _in_case(self, event: Recorded) -> list[tuple[Alert, tuple[Any, ...]]]:
        """Alerts come into a case, leave it, or close with it: the decision closes those that were not closed yet."""
        data: Any = event.data
        if event.type == "case.closed":
            met = [each for each in self.alerts.values() if each.case_id == data.case and each.status != "closed"]
        else:
            met = [self.alerts[name] for name in (data.alerts if event.type == "case.opened" else [data.alert])]
        step, outcome, reason = "case_added", None, None
        if event.type == "case.alert_removed":
            step = "case_removed"
        elif event.type == "case.closed":
            step, outcome, reason = "case_closed", data.outcome, base.given(data.reason)
        for alert in met:
            if step == "case_closed":
                alert.status, alert.close_by, alert.closed_at = "closed", None, event.recorded_at
                alert.outcome, alert.outcome_reason = outcome, reason
            else:
                alert.case_id = data.case if step == "case_added" else None
        told = (step, event.recorded_at, data.by, None, data.case, outcome, reason, None, None, None, None, None)
        return [(alert, told) for alert in sorted(met, key=lambda each: each.id)]


_STATUS = {
    "acknowledged": "acknowledged",
    "escalated": "escalated",
    "close_requested": "close_requested",
    "closed": "closed",
    "reopened": "open",
}


def _opened(event: Recorded, data: AlertFound, matter: str, number: int) -> Alert:
    return Alert(
        f"{matter}:{number}", matter, number, data.rule, data.version, data.severity, rank(data.severity),
        data.score, "open", base.given(data.platform), list(data.subject), dict(data.key), dict(data.figures),
        dict(data.params), date.fromisoformat(data.window.first_day), date.fromisoformat(data.window.last_day),
        list(data.evidence), data.evidence_count, data.reason.zh, data.reason.en, data.shareable, None, None, None,
        None, None, None, None, None, None, 1, event.recorded_at, event.position, event.recorded_at, event.position,
    )  # fmt: skip


def _join(alert: Alert, data: AlertFound) -> None:
    """Evidence adds up; what is said is what the worst finding said, and the newest of equally bad ones."""
    worse = rank(data.severity) > alert.severity_rank
    alert.status = status_after_joining(alert.status, worse=worse)
    alert.close_by = None
    seen = set(alert.evidence)
    fresh = sum(position not in seen for position in data.evidence)
    alert.evidence = sorted({*alert.evidence, *data.evidence})[-EVIDENCE_MAX:]
    alert.evidence_count = max(alert.evidence_count + fresh, data.evidence_count)
    alert.first_day = min(alert.first_day, date.fromisoformat(data.window.first_day))
    alert.last_day = max(alert.last_day, date.fromisoformat(data.window.last_day))
    alert.findings += 1
    if data.score >= alert.score or worse:
        alert.score, alert.version = max(alert.score, data.score), data.version
        alert.figures, alert.params = dict(data.figures), dict(data.params)
        alert.reason_zh, alert.reason_en = data.reason.zh, data.reason.en
    if worse:
        alert.severity, alert.severity_rank = data.severity, rank(data.severity)


def _given(data: Any, name: str) -> Any:
    value = getattr(data, name, None)
    return None if value is UNSET else value


def _cells(alert: Alert) -> tuple[Any, ...]:
    cells: Mapping[str, Any] = dict(zip(Alert.__struct_fields__, astuple(alert), strict=True))
    return tuple(Jsonb(cell) if name in _JSON else cell for name, cell in cells.items())


class Statistics(NamedTuple):
    """How the alerts of a rule ended; `first_look` and `closing` are medians in seconds, None where there was none.

    An alert counts as what its last closing said; what was reopened counts as open.
    """

    rule: str
    raised: int
    open: int
    confirmed: int
    justified_look: int
    false_positive: int
    first_look: int | None
    closing: int | None
    reasons: Mapping[str, int]  # false positives by code


def statistics(connection: psycopg.Connection, rule: str | None = None) -> dict[str, Statistics]:
    """By rule, of one or of all that ever raised an alert."""
    reasons: dict[str, dict[str, int]] = {}
    for name, code, count in connection.execute(SQL["false_positives"], {"rule": rule}).fetchall():
        reasons.setdefault(name, {})[code] = count
    rows = connection.execute(SQL["statistics"], {"rule": rule}).fetchall()
    return {name: Statistics._make((name, *figures, reasons.get(name, {}))) for name, *figures in rows}


class Week(NamedTuple):
    """The alerts that a rule opened in a week: `useful` were confirmed or worth a look, `false` false alarms."""

    begins: date
    raised: int
    useful: int
    false: int


def weeks(connection: psycopg.Connection, rule: str, since: datetime, zone: str) -> list[Week]:
    """By week, oldest first; weeks without an alert are left out."""
    asked = {"rule": rule, "since": since, "zone": zone}
    return [Week(*row) for row in connection.execute(SQL["weeks"], asked).fetchall()]


def muted(connection: psycopg.Connection, asked: mutes.Asked, before: int | None, limit: int) -> list[mutes.ShownMute]:
    """Mutes, the latest first."""
    return mutes.page(connection, SQL, asked, before, limit)
