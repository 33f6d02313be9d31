"""What a late or correcting event changed: figures reported without it, limits, alerts, past runs of rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import facts
from api.access import Principal
from api.deps import Caller, Parts, Strict, plain_text
from api.openapi import described
from api.problems import Problem
from api.services import Impact
from projections.breaches import Breach
from projections.impact import Difference, Figures
from risk.compile import date_of
from risk.findings import Finding
from risk.impact import AlertTouched, Asked

router = APIRouter(prefix="/v1", tags=["money"], dependencies=[Depends(plain_text)])
FINDINGS_MAX: Final = 50
_POSITION_DIGITS: Final = 18


class AskedEvent(Strict):
    """Which event."""

    event: str = Field(
        min_length=1, max_length=400, description="Its position, such as `1234`, or `<source>/<id>` as it was sent."
    )


class BalanceChange(msgspec.Struct, kw_only=True):
    """A balance, minor units, debit positive, between `from` and `until` in valid time.

    It was reported as `before` for the moment `from`, and is `after`; `before_until` and `after_until` for `until`.
    """

    account: str
    currency: str
    start: datetime = msgspec.field(name="from")
    until: datetime
    change: int
    before: int
    after: int
    before_until: int
    after_until: int


class FieldChange(msgspec.Struct, kw_only=True):
    """A figure or term of an entity as of `at`: reported as `before`, and is `after`; null: it was not there."""

    key: str
    at: datetime
    field: str
    before: Any
    after: Any


class LimitChange(msgspec.Struct, kw_only=True):
    """A cap that is `now breached`, or `no longer breached`, for a time that is past; minor units of `currency`."""

    rule: str
    citation: str
    borrower: str
    scope: str
    currency: str
    limit: int
    outcome: str
    start: datetime = msgspec.field(name="from")
    until: datetime
    before: int
    after: int


class AlertChange(msgspec.Struct, kw_only=True):
    """An alert that the event bears on, and how: `because of it`, `rests on it`, or `its window covers it`."""

    alert: str
    rule: str
    severity: str
    status: str
    bearing: str
    found_at: datetime
    found_position: int


class FindingChange(msgspec.Struct, kw_only=True):
    """A finding of a rule on an evaluation day."""

    day: date
    key: dict[str, str]
    severity: str
    score: int
    reason: dict[str, str]
    evidence: list[int]


class RunChange(msgspec.Struct, kw_only=True):
    """A rule as it ran, asked again for `days` without the event and with it; 50 findings each are listed."""

    rule: str
    version: int
    runs: list[int]
    days: list[date]
    more: list[FindingChange]
    fewer: list[FindingChange]
    findings_left_out: int


class ImpactAnswer(msgspec.Struct, kw_only=True):
    """`late_by_seconds`: from when it counts (of a correction: what it corrects) to when it was known.

    `summary` has a sentence for each section; `not_evaluated` says what was not looked at, and why.
    """

    position: int
    source: str
    id: str
    type: str
    effective_from: datetime
    known_from: datetime
    late: bool
    late_by_seconds: float
    corrects: int | None
    summary: dict[str, str]
    balances: list[BalanceChange]
    entities: list[FieldChange]
    exposures: list[FieldChange]
    limits: list[LimitChange]
    alerts: list[AlertChange]
    runs: list[RunChange]
    not_evaluated: list[str]


@router.get(
    "/impact",
    responses=described("What the event changed of earlier figures.", 401, 403, 404, one=ImpactAnswer),
)
def get_impact(parts: Parts, principal: Caller, query: Annotated[AskedEvent, Query()]) -> Response:
    """What an event changed of figures that had been reported before it was known."""
    if principal.role == "investor":
        raise Problem("forbidden", "this is for platforms and their supervisors.")
    read = parts.reads.impact(_asked(query.event), None if principal.reads_all else principal.source)
    if read.value is None:
        raise Problem("not_found", f"no event {query.event!r} is recorded; one that is parked had no effect so far.")
    return facts.answer(_shown(read.value, principal), read.as_of)


def _asked(text: str) -> int | tuple[str, str]:
    if text.isascii() and text.isdigit() and len(text) <= _POSITION_DIGITS:
        return int(text)
    source, slash, name = text.partition("/")
    if source and slash and name:
        return source, name
    raise Problem("invalid_parameter", "event is a position, such as 1234, or <source>/<id>, such as platform:x/e-1.")


def _shown(found: Impact, principal: Principal) -> ImpactAnswer:
    about = found.about
    scope = None if principal.reads_all else (principal.source or "").removeprefix("platform:")
    # As everywhere, a platform sees the alerts about itself that are marked shareable.
    alerts = [each for each in found.alerts if scope is None or (each.shareable and each.platform == scope)]
    shown = ImpactAnswer(
        position=about.position,
        source=about.source,
        id=about.id,
        type=about.type,
        effective_from=about.start,
        known_from=about.end,
        late=about.late,
        late_by_seconds=max((about.end - about.start).total_seconds(), 0.0),
        corrects=about.corrects,
        summary={},
        balances=[_balance(found, each) for each in found.balances],
        entities=[_field(each) for each in found.entities],
        exposures=[_field(each) for each in found.exposures],
        limits=[_limit(each) for each in found.limits],
        alerts=[_alert(found, each) for each in alerts],
        runs=[_run(each) for each in found.runs],
        not_evaluated=list(found.left_out),
    )
    shown.summary = _summary(shown)
    return shown


def _summary(shown: ImpactAnswer) -> dict[str, str]:
    if not shown.late:
        return {"all": "It was known on the day on which it happened: no figure of a past day was reported without it."}
    more, fewer = sum(len(each.more) for each in shown.runs), sum(len(each.fewer) for each in shown.runs)
    return {
        "balances": f"Balances reported otherwise for moments between the two times: {len(shown.balances)}.",
        "entities": f"Campaigns, pledges and loans reported otherwise: {_keys(shown.entities)}.",
        "exposures": f"Parties whose exposure was reported otherwise: {_keys(shown.exposures)}.",
        "limits": f"Periods for which a cap is judged otherwise now: {len(shown.limits)}.",
        "alerts": f"Alerts that rest on it, or whose window covers its day: {len(shown.alerts)}.",
        "runs": f"Rules asked again as they ran: {len(shown.runs)}; findings more: {more}, fewer: {fewer}.",
    }


def _keys(changes: Sequence[FieldChange]) -> int:
    return len({each.key for each in changes})


def _balance(found: Impact, row: Figures) -> BalanceChange:
    return BalanceChange(
        account=row.account,
        currency=row.currency,
        start=found.about.start,
        until=found.about.end,
        change=row.start_after - row.start_before,
        before=row.start_before,
        after=row.start_after,
        before_until=row.end_before,
        after_until=row.end_after,
    )


def _field(row: Difference) -> FieldChange:
    return FieldChange(key=row.key, at=row.at, field=row.field, before=row.before, after=row.after)


def _limit(row: Breach) -> LimitChange:
    return LimitChange(
        rule=row.rule,
        citation=row.citation,
        borrower=row.borrower,
        scope=row.scope,
        currency=row.currency,
        limit=row.limit,
        outcome=row.outcome,
        start=row.start,
        until=row.end,
        before=row.before,
        after=row.after,
    )


def _alert(found: Impact, row: AlertTouched) -> AlertChange:
    bearing = "its window covers it"
    if row.evidence:
        bearing = "because of it" if row.found_position > found.about.position else "rests on it"
    return AlertChange(
        alert=row.id,
        rule=row.rule,
        severity=row.severity,
        status=row.status,
        bearing=bearing,
        found_at=row.found_at,
        found_position=row.found_position,
    )


def _run(row: Asked) -> RunChange:
    return RunChange(
        rule=row.rule,
        version=row.version,
        runs=row.runs,
        days=[date_of(day) for day in row.days],
        more=[_finding(each) for each in row.more[:FINDINGS_MAX]],
        fewer=[_finding(each) for each in row.fewer[:FINDINGS_MAX]],
        findings_left_out=sum(max(len(each) - FINDINGS_MAX, 0) for each in (row.more, row.fewer)),
    )


def _finding(row: Finding) -> FindingChange:
    return FindingChange(
        day=date_of(row.day),
        key=row.key,
        severity=row.severity,
        score=row.score,
        reason={"zh": row.zh, "en": row.en},
        evidence=list(row.evidence),
    )
