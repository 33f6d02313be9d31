"""Reconciliation of custody: each day's statements against the books, and the lines that explain a difference."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import cursors, facts
from api.access import Principal
from api.deps import Caller, Page, Parts, Supervisor, plain_text, times_of
from api.facts import Read
from api.openapi import described
from api.problems import Problem
from api.times import Bounds
from projections.base import day_of
from projections.differences import Difference
from projections.reconciliation import NEVER, Held, Moved, Reconciled
from risk.compile import date_of

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
Outcome = Literal["agrees", "timing", "unassigned", "unknown"]
_BEFORE_ALL: Final = (-day_of(date.max), "")
_KNOWN_AT = Field(None, description="As it was known then (RFC 3339 with offset).")
_OUTCOME = Field(None, description="Only days with this outcome.")


class DaysPage(Page):
    """Which days of a platform."""

    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="Only this one (ISO 4217).")
    outcome: Outcome | None = _OUTCOME
    known_at: str | None = _KNOWN_AT


class LatestPage(Page):
    """Which platforms."""

    outcome: Outcome | None = _OUTCOME


class LinesPage(Page):
    """Which lines of a day."""

    currency: str = Field(pattern="^[A-Z]{3}$", description="Of the statements (ISO 4217).")
    known_at: str | None = _KNOWN_AT


class CustodyAccount(msgspec.Struct, kw_only=True):
    """A custody account: minor units. `position` is the statement's; `stale`: none of that day, the last one stands."""

    account: str
    balance: int
    position: int
    stale: bool


class Part(msgspec.Struct, kw_only=True):
    """A part of a difference, minor units. `timing` names its `lines` (positions), the others the day they began."""

    kind: Literal["timing", "unassigned", "unknown"]
    amount: int
    since: date | None
    lines: list[int]


class CustodyDay(msgspec.Struct, kw_only=True):
    """A day's statements against the books, minor units. `difference` is `reported` - `derived`, the sum of `parts`.

    `unassigned` is money that no event accounts for, `unknown` money that is missing.
    """

    platform: str
    currency: str
    day: date
    as_of: datetime
    outcome: Outcome
    reported: int
    derived: int
    difference: int
    parts: list[Part]
    accounts: list[CustodyAccount]


class TypeSum(msgspec.Struct, kw_only=True):
    """The lines of one kind of event since the statement before, and their sum in minor units."""

    type: str
    lines: int
    amount: int


class CustodyLine(msgspec.Struct, kw_only=True):
    """A line of the books, minor units. `late`: it was recorded after the moment of the statement."""

    position: int
    source: str
    id: str
    type: str
    time: datetime
    recorded_at: datetime
    amount: int
    late: bool


@router.get(
    "/platforms/{name}/reconciliation",
    responses=described("The platform's days with a statement, newest first.", 401, 403, 404, page_of=CustodyDay),
)
def get_days(name: str, parts: Parts, principal: Caller, query: Annotated[DaysPage, Query()]) -> Response:
    """Custody against the books, day by day. For the supervisor, and the platform itself."""
    _must_see(parts, principal, name)
    known_at = times_of(parts, Bounds(known_at=query.known_at)).known_at
    question = ("reconciliation", name, query.currency, query.outcome, query.known_at)
    # The days that went before say since when, so all are read; there is one per day, currency and platform.
    read = parts.reads.reconciled(name, known_at)
    in_currency = [day for day in read.value if not query.currency or day.held.currency == query.currency]
    wanted = sorted((day for day in in_currency if _is(query.outcome, day.difference)), key=_newest_first)
    after = cursors.decode(question, query.cursor, tuple[int, str], _BEFORE_ALL)
    behind = [day for day in wanted if _newest_first(day) > after]
    rows = Read(behind[: query.limit + 1], read.as_of)
    return facts.page(question, rows, query.limit, lambda day: _day(name, day), _newest_first)


@router.get(
    "/platforms/{name}/reconciliation/{day}",
    responses=described("The day's lines; `summary` and `by_type` beside them.", 401, 403, 404, page_of=CustodyLine),
)
def get_lines(name: str, day: date, parts: Parts, principal: Caller, query: Annotated[LinesPage, Query()]) -> Response:
    """One day line by line: what the books say moved since the statement before."""
    _must_see(parts, principal, name)
    known_at = times_of(parts, Bounds(known_at=query.known_at)).known_at
    question = ("reconciliation", name, day.isoformat(), query.currency, query.known_at)
    after = cursors.decode(question, query.cursor, tuple[datetime, int], (NEVER, 0))
    number = day_of(day)
    read = parts.reads.reconciled_lines(name, number, query.currency, known_at, after, query.limit + 1)
    found = read.value
    if found is None:
        raise Problem(
            "not_found",
            f"{name} has no statement in {query.currency} for {day}; "
            f"/v1/platforms/{name}/reconciliation lists the days that have one.",
        )
    as_of = found.reconciled.held.as_of
    return facts.page(
        question,
        Read(found.lines, read.as_of),
        query.limit,
        lambda line: _line(line, as_of),
        lambda line: (line.happened_at, line.position),
        summary=_day(name, found.reconciled),
        by_type=[TypeSum(type=each.type, lines=each.lines, amount=each.amount) for each in found.by_type],
    )


@router.get(
    "/reconciliations",
    responses=described("The last day of each platform and currency.", 401, 403, page_of=CustodyDay),
)
def get_latest(parts: Parts, _principal: Supervisor, query: Annotated[LatestPage, Query()]) -> Response:
    """Where each platform's custody stands."""
    question = ("reconciliations", query.outcome)
    read = parts.reads.reconciled_latest()
    after = cursors.decode(question, query.cursor, tuple[str, str], ("", ""))
    rows = sorted(
        ((platform, day) for platform, day in read.value if _is(query.outcome, day.difference)),
        key=lambda row: (row[0], row[1].held.currency),
    )
    behind = [row for row in rows if (row[0], row[1].held.currency) > after]
    return facts.page(
        question,
        Read(behind[: query.limit + 1], read.as_of),
        query.limit,
        lambda row: _day(*row),
        lambda row: (row[0], row[1].held.currency),
    )


def _must_see(parts: Parts, principal: Principal, name: str) -> None:
    # Another platform's figures are hidden, that it exists is not: the register is public.
    if parts.reads.platform(name).value is None:
        raise Problem("not_found", f"there is no platform {name!r}.")
    if not principal.may_read(f"platform:{name}"):
        raise Problem("forbidden", f"the custody of {name} is shown to the supervisor and to {name} itself.")


def _is(outcome: str | None, difference: Difference) -> bool:
    return outcome is None or difference.kind == outcome


def _newest_first(day: Reconciled) -> tuple[int, str]:
    return -day.held.day, day.held.currency


def _day(platform: str, reconciled: Reconciled) -> CustodyDay:
    held, difference, _ = reconciled
    return CustodyDay(
        platform=platform,
        currency=held.currency,
        day=date_of(held.day),
        as_of=held.as_of,
        outcome=difference.kind,
        reported=held.reported,
        derived=held.derived,
        difference=difference.total,
        parts=_parts(difference),
        accounts=_accounts(held),
    )


def _parts(difference: Difference) -> list[Part]:
    found = []
    if difference.timing:
        found.append(Part(kind="timing", amount=difference.timing, since=None, lines=list(difference.lines)))
    if difference.since_day is not None:
        kind: Literal["unassigned", "unknown"] = "unassigned" if difference.rest > 0 else "unknown"
        since = date_of(difference.since_day)
        found.append(Part(kind=kind, amount=difference.rest, since=since, lines=[]))
    return found


def _accounts(held: Held) -> list[CustodyAccount]:
    return [
        CustodyAccount(account=account, balance=balance, position=position, stale=account in held.stale)
        for account, balance, position in zip(held.accounts, held.balances, held.positions, strict=True)
    ]


def _line(line: Moved, as_of: datetime) -> CustodyLine:
    return CustodyLine(
        position=line.position,
        source=line.source,
        id=line.id,
        type=line.type,
        time=line.happened_at,
        recorded_at=line.recorded_at,
        amount=line.amount,
        late=line.recorded_at > as_of,
    )
