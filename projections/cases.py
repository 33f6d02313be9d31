"""View: cases as they stand, with referrals, files and history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import astuple
from psycopg.types.json import Jsonb

from ledger.events.cases import CaseOpened
from projections import base
from projections.base import given

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "cases"
VERSION = 2
TYPES = frozenset(
    {
        "case.opened", "case.alert_added", "case.alert_removed", "case.assigned", "case.noted",
        "case.evidence_attached", "case.evidence_opened", "case.due_set", "case.referred", "case.referral_updated",
        "case.close_requested", "case.closed", "case.reopened",
    }
)  # fmt: skip
SQL = base.load(NAME)
# What voids a request to close: the same events as in ledger/decisions/cases.py.
_DOUBTS = frozenset({"alert_added", "alert_removed", "evidence_attached", "referred", "referral_updated"})


class Case(Struct):
    """A row of `cases`: the meaning of each field is in sql/cases.sql, and so is their order."""

    id: str
    title: str
    status: str
    platform: str | None
    jurisdiction: str
    alerts: list[str]
    assignee: str | None
    due: date
    close_by: str | None
    outcome: str | None
    outcome_reason: str | None
    conclusion: str | None
    referrals: list[dict[str, Any]]
    files: list[dict[str, Any]]
    opened_by: str
    opened_at: datetime
    opened_position: int
    closed_at: datetime | None
    updated_at: datetime
    position: int


class Listed(NamedTuple):
    """A case, the worst severity of its alerts (None without any), and the platforms that they are about."""

    case: Case
    severity: str | None
    platforms: list[str]


class Step(NamedTuple):
    """One entry of a case's history, oldest first."""

    position: int
    step: str
    at: datetime
    by_whom: str
    details: dict[str, Any]


class Fired(NamedTuple):
    """A rule that fired in a case: how many alerts and findings, the worst of them, over which days."""

    rule: str
    alerts: int
    findings: int
    severity: str
    score: int
    first_day: date
    last_day: date


class After(NamedTuple):
    """Where a page ends."""

    due: date
    id: str


class Before(NamedTuple):
    """Where a page of closed cases ends."""

    closed_at: datetime
    id: str


class Board(NamedTuple):
    """The first cases of each status: those that are due first, of the closed ones those that ended last."""

    open: list[Listed]
    close_requested: list[Listed]
    closed: list[Listed]


class Filters(NamedTuple):
    """Which cases; None: any. `overdue` is asked of the day `today`, which has to be given with it.

    `text` is looked for in number and title.
    """

    id: str | None = None
    statuses: Sequence[str] | None = None
    platform: str | None = None
    assignee: str | None = None
    alert: str | None = None
    agency: str | None = None
    overdue: bool | None = None
    today: date | None = None
    unassigned: bool | None = None
    text: str | None = None


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Cases are few: whole rows are read, changed and written anew."""
    ids = sorted({event.data.case for event in events})  # type: ignore[attr-defined]
    cases = {row[0]: Case(*row) for row in cursor.execute(SQL["load"], {"ids": ids}).fetchall()}
    for event in events:
        if isinstance(event.data, CaseOpened):
            cases[event.data.case] = _opened(event, event.data)
        else:
            _change(cases[event.data.case], event)  # type: ignore[attr-defined]
    cursor.execute(SQL["forget"], {"ids": ids})
    base.copy(cursor, SQL, "copy_cases", [_cells(cases[name]) for name in ids])
    base.copy(cursor, SQL, "copy_history", [_step(event) for event in events])


def page(
    connection: psycopg.Connection[Any], filters: Filters, after: After | None = None, limit: int = 50
) -> list[Listed]:
    """Cases, what is due first first; `after`: the last row of the page before."""
    due, name = after or (None, None)
    return _listed(connection, "page", filters, after_due=due, after_id=name, limit=limit)


def ended(
    connection: psycopg.Connection[Any], filters: Filters, before: Before | None = None, limit: int = 50
) -> list[Listed]:
    """Closed cases, what ended last first; `before`: the last row of the page before."""
    at, name = before or (None, None)
    return _listed(connection, "ended", filters, before_at=at, before_id=name, limit=limit)


def board(connection: psycopg.Connection[Any], filters: Filters, limit: int) -> Board:
    """At most `limit` cases of each status that the filter takes."""

    def column(status: str) -> list[Listed]:
        if filters.statuses is not None and status not in filters.statuses:
            return []
        if status == "closed":
            return ended(connection, filters, None, limit)
        return _listed(connection, "standing", filters, status=status, limit=limit)

    return Board(*(column(status) for status in Board._fields))


def _listed(connection: psycopg.Connection[Any], block: str, filters: Filters, **bounds: Any) -> list[Listed]:
    agency = None if filters.agency is None else Jsonb([{"agency": filters.agency}])
    statuses = None if filters.statuses is None else list(filters.statuses)
    asked = {**filters._asdict(), "statuses": statuses, "agency": agency, **bounds}
    rows = connection.execute(SQL[block], asked).fetchall()
    return [Listed(Case(*row[:-2]), *row[-2:]) for row in rows]


def after_of(listed: Listed) -> After:
    """The cursor behind a case."""
    return After(listed.case.due, listed.case.id)


def before_of(listed: Listed) -> Before:
    """The cursor behind a closed case."""
    assert listed.case.closed_at is not None, "only closed cases are listed by their end"
    return Before(listed.case.closed_at, listed.case.id)


def one(connection: psycopg.Connection[Any], name: str) -> Listed | None:
    """A case by its id."""
    found = page(connection, Filters(id=name), None, 1)
    return found[0] if found else None


def history(connection: psycopg.Connection[Any], name: str) -> list[Step]:
    """What happened to a case, oldest first."""
    return [Step(*row) for row in connection.execute(SQL["steps"], {"id": name}).fetchall()]


def rules(connection: psycopg.Connection[Any], alerts: Sequence[str]) -> list[Fired]:
    """The catalogue of rules that fired in these alerts, the worst first."""
    return [Fired(*row) for row in connection.execute(SQL["rules"], {"alerts": list(alerts)}).fetchall()]


def _opened(event: Recorded, data: CaseOpened) -> Case:
    return Case(
        data.case, data.title, "open", given(data.platform), data.jurisdiction, [*data.alerts], given(data.assignee),
        date.fromisoformat(data.due), None, None, None, None, [], [], data.by, event.recorded_at, event.position, None,
        event.recorded_at, event.position,
    )  # fmt: skip


def _change(case: Case, event: Recorded) -> None:
    data: Any = event.data
    step = event.type.removeprefix("case.")
    if step in _DOUBTS and case.status == "close_requested":
        case.status, case.close_by = "open", None
    if change := _CHANGES.get(step):
        change(case, data, event)
    case.updated_at, case.position = event.recorded_at, event.position


def _alert_added(case: Case, data: Any, _event: Recorded) -> None:
    case.alerts.append(data.alert)
    if (due := given(data.due)) is not None:
        case.due = min(case.due, date.fromisoformat(due))


def _alert_removed(case: Case, data: Any, _event: Recorded) -> None:
    case.alerts.remove(data.alert)


def _assigned(case: Case, data: Any, _event: Recorded) -> None:
    case.assignee = data.to


def _due_set(case: Case, data: Any, _event: Recorded) -> None:
    case.due = date.fromisoformat(data.due)


def _evidence_attached(case: Case, data: Any, event: Recorded) -> None:
    named = {name: getattr(data, name) for name in ("evidence", "name", "media_type", "size", "digest", "by")}
    case.files.append({**named, "at": event.recorded_at.isoformat()})


def _referred(case: Case, data: Any, event: Recorded) -> None:
    at = event.recorded_at.isoformat()
    case.referrals.append({"agency": data.agency, "status": "sent", "reference": None, "sent_at": at, "updated_at": at})


def _referral_updated(case: Case, data: Any, event: Recorded) -> None:
    last = next(each for each in reversed(case.referrals) if each["agency"] == data.agency)
    last.update(status=data.status, updated_at=event.recorded_at.isoformat())
    if (reference := given(data.reference)) is not None:
        last["reference"] = reference


def _close_requested(case: Case, data: Any, _event: Recorded) -> None:
    case.status, case.close_by = "close_requested", data.by


def _closed(case: Case, data: Any, event: Recorded) -> None:
    case.status, case.close_by, case.closed_at = "closed", None, event.recorded_at
    case.outcome, case.outcome_reason, case.conclusion = data.outcome, given(data.reason), data.text


def _reopened(case: Case, data: Any, _event: Recorded) -> None:
    case.status, case.close_by, case.closed_at = "open", None, None
    case.outcome = case.outcome_reason = case.conclusion = None
    if (due := given(data.due)) is not None:
        case.due = date.fromisoformat(due)


_CHANGES = {
    "alert_added": _alert_added,
    "alert_removed": _alert_removed,
    "assigned": _assigned,
    "due_set": _due_set,
    "evidence_attached": _evidence_attached,
    "referred": _referred,
    "referral_updated": _referral_updated,
    "close_requested": _close_requested,
    "closed": _closed,
    "reopened": _reopened,
}


def _step(event: Recorded) -> tuple[Any, ...]:
    told = msgspec.to_builtins(event.data)
    details = {name: value for name, value in told.items() if name not in {"case", "by", "extra"}}
    data: Any = event.data
    return (event.position, data.case, event.type.removeprefix("case."), event.recorded_at, data.by, Jsonb(details))


def _cells(case: Case) -> tuple[Any, ...]:
    cells = dict(zip(Case.__struct_fields__, astuple(case), strict=True))
    return tuple(Jsonb(cell) if name in {"referrals", "files"} else cell for name, cell in cells.items())
