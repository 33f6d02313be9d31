"""View: disclosures and complaints, by what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from msgspec import UNSET
from psycopg.types.json import Jsonb

from ledger.events.complaints import ComplaintFiled
from ledger.events.disclosures import DisclosureFiled
from ledger.events.naming import key, referred
from projections import base, fetch
from projections.base import given

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "filings"
VERSION = 1
TYPES = frozenset({"disclosure.filed", "complaint.filed", base.CORRECTION})
SQL = base.load(NAME)


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Append what was filed."""
    base.fold(cursor, events, _fold, _correct)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    disclosures = [_disclosure(event) for event in events if event.type == "disclosure.filed"]
    complaints = [_complaint(event) for event in events if event.type == "complaint.filed"]
    if disclosures:
        base.copy(cursor, SQL, "copy_disclosures", disclosures)
    if complaints:
        base.copy(cursor, SQL, "copy_complaints", complaints)


def _disclosure(event: Recorded) -> tuple[Any, ...]:
    data, scope = cast("DisclosureFiled", event.data), event.scope
    due = date.fromisoformat(data.due) if data.due is not UNSET else None
    amends = key("disclosure", scope, data.amends) if data.amends is not UNSET else None
    figures = Jsonb(data.figures) if data.figures is not UNSET else None
    return (
        event.position, key("disclosure", scope, data.disclosure), scope, data.disclosure,
        referred(data.about.kind, scope, data.about.id), data.about.kind, data.category, given(data.period), due,
        base.day_of(due) if due else None, figures, given(data.digest), amends, event.happened_at, event.day,
        base.epoch(event.happened_at), base.day_of(event.recorded_at),
    )  # fmt: skip


def _complaint(event: Recorded) -> tuple[Any, ...]:
    data, scope = cast("ComplaintFiled", event.data), event.scope
    return (
        event.position, key("complaint", scope, data.complaint), scope, data.complaint,
        referred(data.about.kind, scope, data.about.id), data.about.kind, data.category, given(data.text),
        event.happened_at, event.day, base.epoch(event.happened_at),
    )  # fmt: skip


_CORRECT = {"disclosure.filed": "correct_disclosure", "complaint.filed": "correct_complaint"}


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    block = _CORRECT.get(correction.original.type)
    if block is not None:
        cursor.execute(SQL[block], {"by": correction.position, "of": correction.original.position})


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A document or figures filed about something (a key)."""

    position: int
    key: str
    scope: str
    about: str
    about_kind: str
    category: str
    period: str | None
    due: date | None
    figures: dict[str, int] | None
    digest: str | None
    amends: str | None
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Complaint:
    """What somebody said went wrong with something (a key)."""

    position: int
    key: str
    scope: str
    about: str
    about_kind: str
    category: str
    text: str | None
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Filed:
    """A complaint in the office's list; `scope` is `registry` where an investor filed it herself."""

    position: int
    key: str
    scope: str
    complaint: str
    about: str
    about_kind: str
    category: str
    text: str | None
    happened_at: datetime


class Wanted(NamedTuple):
    """Which complaints; None: any. `own`: filed by investors themselves, or sent by platforms."""

    platform: str | None = None
    category: str | None = None
    own: bool | None = None


def complaints_page(connection: psycopg.Connection[Any], wanted: Wanted, before: int, limit: int) -> list[Filed]:
    """Complaints from before a position, newest first."""
    asked = {**wanted._asdict(), "before": before, "limit": limit}
    return fetch.many(connection, SQL["complaints_page"], Filed, asked)


def disclosures(connection: psycopg.Connection[Any], about: Sequence[str]) -> list[Disclosure]:
    """What was disclosed about things (keys), in order."""
    return fetch.many(connection, SQL["disclosures"], Disclosure, {"about": list(about)})


def complaints(connection: psycopg.Connection[Any], about: Sequence[str]) -> list[Complaint]:
    """Who complained about things (keys), in order."""
    return fetch.many(connection, SQL["complaints"], Complaint, {"about": list(about)})
