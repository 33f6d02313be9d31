"""View: sanctions on platforms and parties, with the days on which they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ledger.events.sanctions import SanctionImposed, SanctionLifted
from projections import base
from projections.base import given

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "sanctions"
VERSION = 1
TYPES = frozenset({"sanction.imposed", "sanction.lifted"})
SQL = base.load(NAME)


class Sanction(NamedTuple):
    """A row: the meaning of each field is in sql/sanctions.sql."""

    sanction: str
    subject: str
    platform: str
    kind: str
    first_day: int
    last_day: int | None
    limit_minor: int | None
    amount_minor: int | None
    currency: str | None
    case_id: str | None
    citation: str | None
    text: str | None
    by_whom: str
    imposed_at: datetime
    imposed_position: int
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str | None
    lifted_position: int | None


class Asked(NamedTuple):
    """Which sanctions; None: any. `day`, in days since 1970-01-01: those that hold on it."""

    id: str | None = None
    subject: str | None = None
    platform: str | None = None
    kind: str | None = None
    case: str | None = None
    day: int | None = None


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Sanctions are few: a statement each."""
    for event in events:
        if isinstance(event.data, SanctionImposed):
            cursor.execute(SQL["impose"], _imposed(event, event.data))
        else:
            assert isinstance(event.data, SanctionLifted)
            lifted = {
                "sanction": event.data.sanction, "at": event.happened_at, "day": event.day, "by": event.data.by,
                "reason": event.data.reason, "position": event.position,
            }  # fmt: skip
            cursor.execute(SQL["lift"], lifted)


def page(
    connection: psycopg.Connection[Any], asked: Asked, before: int | None = None, limit: int = 50
) -> list[Sanction]:
    """Sanctions, the latest first; `before`: the position where the page before ended."""
    rows = connection.execute(SQL["page"], {**asked._asdict(), "before": before, "limit": limit}).fetchall()
    return [Sanction(*row) for row in rows]


def _imposed(event: Recorded, data: SanctionImposed) -> dict[str, Any]:
    last = given(data.until)
    return {
        "sanction": data.sanction, "subject": data.subject,
        "platform": data.subject.partition(":")[2].partition("/")[0], "kind": data.kind,
        "first_day": base.day_of(date.fromisoformat(data.begins)),
        "last_day": None if last is None else base.day_of(date.fromisoformat(last)),
        "limit": given(data.limit), "amount": given(data.amount), "currency": given(data.currency),
        "case": given(data.case), "citation": given(data.citation), "text": given(data.text), "by": data.by,
        "at": event.happened_at, "position": event.position,
    }  # fmt: skip
