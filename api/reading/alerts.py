"""The alert queue, one alert with its history, and what people do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import alert_actions, cursors, facts
from api.access import Principal
from api.deps import Caller, Nothing, Page, Parts, Regulator, Strict, plain_text
from api.openapi import described
from api.problems import Problem
from api.services import Services
from ledger.recorded import scope_of
from projections.alerts import After, Alert, Filters, Order, Step, after_of

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
Status = Literal["open", "acknowledged", "escalated", "close_requested", "closed"]
Severity = Literal["info", "low", "medium", "high", "critical"]


class Which(Strict):
    """Which alerts; without a filter all."""

    status: Status | None = None
    severity: Severity | None = None
    rule: str | None = Field(None, max_length=100, description="A rule's id, as GET /v1/rules has it.")
    platform: str | None = Field(None, max_length=128, description="A platform's id.")
    subject: str | None = Field(None, max_length=300, description="The key of an entity: `party:huizhong/U-7`.")
    muted: bool | None = Field(None, description="Those that a mute is about now, or those that none is about.")
    case: str | None = Field(None, max_length=30, description="The case that they are in.")
    assignee: str | None = Field(None, max_length=128, description="The regulator who has them.")
    found_since: AwareDatetime | None = Field(None, description="First found at this time or later (RFC 3339).")


class AlertsPage(Page, Which):
    """Which alerts, the most severe first. `sort`: by severity and score, by score, by age."""

    sort: Order = "severity"


class Grouped(msgspec.Struct, kw_only=True):
    """How many alerts of a rule about a platform have a severity."""

    rule: str
    platform: str | None
    severity: str
    alerts: int


class Groups(msgspec.Struct, kw_only=True):
    """All that fit, divided: the numbers add up to `alerts`."""

    alerts: int
    groups: list[Grouped]


class Days(msgspec.Struct, kw_only=True):
    """What was looked at, both days included."""

    first_day: date
    last_day: date


class InWords(msgspec.Struct, kw_only=True):
    """The explanation, in Chinese and in English."""

    zh: str
    en: str


class ShownAlert(msgspec.Struct, kw_only=True):
    """An alert as it stands. `evidence` are positions of events, `figures` what was found, `params` the thresholds."""

    id: str
    rule: str
    version: int
    severity: str
    score: int
    status: str
    platform: str | None
    subject: list[str]
    window: Days
    key: dict[str, str]
    figures: dict[str, int]
    params: dict[str, int]
    evidence: list[int]
    evidence_count: int
    explanation: InWords
    shareable: bool
    assignee: str | None
    close_requested_by: str | None
    outcome: str | None
    outcome_reason: str | None
    muted_until: datetime | None
    muted_by: str | None
    case: str | None
    findings: int
    found_at: datetime
    found_position: int
    updated_at: datetime
    updated_position: int


class PastStep(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One entry of the history; without `by` it was the monitor."""

    position: int
    step: str
    at: datetime
    by: str | None = None
    to: str | None = None
    text: str | None = None
    outcome: str | None = None
    reason: str | None = None
    severity: str | None = None
    score: int | None = None
    evidence: list[int] | None = None
    muted_by: str | None = None


class PastAlert(msgspec.Struct, kw_only=True):
    """A closed alert of the same rule or about the same subject, and how it ended."""

    id: str
    rule: str
    severity: str
    subject: list[str]
    outcome: str | None
    outcome_reason: str | None
    found_at: datetime
    closed_at: datetime | None
    case: str | None


class AlertWithHistory(ShownAlert, kw_only=True):
    """An alert and all that happened to it, oldest first; for supervisors with what similar ones turned out to be."""

    history: list[PastStep]
    similar: list[PastAlert]


class Action(BaseModel):
    """What is done. Closing needs an outcome, and a reason code where it is a false positive."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["acknowledge", "assign", "comment", "escalate", "close", "reopen"]
    to: str | None = Field(None, max_length=128)
    text: str | None = Field(None, max_length=2000)
    outcome: Literal["confirmed", "justified_look", "false_positive"] | None = None
    reason: str | None = Field(None, max_length=200)


class Done(msgspec.Struct, kw_only=True):
    """What was recorded. `event` is alert.close_requested where a second person has to close."""

    alert: str
    event: str
    status: str
    position: int


@router.get("/alerts", responses=described("Alerts, the most severe first.", 401, 403, page_of=ShownAlert))
def get_alerts(parts: Parts, principal: Caller, query: Annotated[AlertsPage, Query()]) -> Response:
    """The queue. A platform sees what is marked as shareable about itself."""
    filters = _visible(principal, _filters(parts, query))._replace(order=query.sort)
    question = ("alerts", *filters._replace(now=None))
    after = cursors.decode(question, query.cursor, After | None, None)
    read = parts.reads.alerts(filters, after, query.limit + 1)
    return facts.page(question, read, query.limit, _shown_to(principal), after_of)


@router.get("/alerts/groups", responses=described("Alerts counted by rule, platform, severity.", 401, 403, one=Groups))
def get_groups(parts: Parts, principal: Caller, query: Annotated[Which, Query()]) -> Response:
    """Where alerts come from: the same filters as the queue's, counted instead of listed."""
    read = parts.reads.alert_groups(_visible(principal, _filters(parts, query)))
    groups = [Grouped(**each._asdict()) for each in read.value]
    return facts.answer(Groups(alerts=sum(each.alerts for each in groups), groups=groups), read.as_of)


@router.get("/alerts/{name}", responses=described("One alert with its history.", 401, 403, 404, one=AlertWithHistory))
def get_alert(name: str, parts: Parts, principal: Caller, _query: Nothing) -> Response:
    """One alert: what, why, evidence, and what was done about it."""
    visible = _visible(principal, Filters())
    read = parts.reads.alert(name)
    if read.value is None or not _matches(read.value[0], visible):
        raise Problem("not_found", f"there is no alert {name!r}.")
    alert, history = read.value
    if not principal.reads_all:
        history = [each._replace(muted_by=None) for each in history if each.by_whom is None]
    steps = [_step(each) for each in history]
    similar = [_past(each) for each in parts.reads.similar_alerts(alert).value] if principal.reads_all else []
    shown = AlertWithHistory(**msgspec.structs.asdict(_shown_to(principal)(alert)), history=steps, similar=similar)
    return facts.answer(shown, read.as_of)


@router.post(
    "/alerts/{name}/actions",
    status_code=201,
    responses=described("Recorded as an event.", 400, 401, 403, 404, 409, 413, one=Done, status=201),
)
def post_action(name: str, action: Action, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Acknowledge, assign, comment, escalate, close, reopen. A critical alert is closed by two people."""
    fields = action.model_dump(exclude={"action"}, exclude_none=True)
    kind, position = alert_actions.act(parts, principal, name, action.action, fields)
    done = Done(alert=name, event=kind, status="accepted", position=position)
    return facts.answer({**msgspec.structs.asdict(done)}, facts.AsOf(position, 0.0), 201)


def _filters(parts: Services, query: Which) -> Filters:
    if query.rule is not None and query.rule not in parts.rules:
        raise Problem("invalid_parameter", f"there is no rule {query.rule!r}; GET /v1/rules lists them.")
    if query.platform is not None and parts.reads.platform(query.platform).value is None:
        raise Problem("invalid_parameter", f"there is no platform {query.platform!r}; GET /v1/platforms lists them.")
    statuses = None if query.status is None else [query.status]
    now = None if query.muted is None else parts.now()
    return Filters(
        statuses, query.severity, query.rule, query.platform, query.subject,
        muted=query.muted, now=now, case_id=query.case, assignee=query.assignee,
        found_since=query.found_since,
    )  # fmt: skip


def _visible(principal: Principal, filters: Filters) -> Filters:
    """The part of what was asked for that this caller may see."""
    if principal.reads_all:
        return filters
    if principal.role != "platform" or principal.source is None:
        raise Problem("forbidden", f"alerts are not for a {principal.role}.")
    own = scope_of(principal.source)
    if filters.platform not in {None, own}:
        raise Problem("forbidden", "you can ask for alerts about your own platform only.")
    if any(asked is not None for asked in (filters.muted, filters.case_id, filters.assignee)):
        raise Problem("forbidden", "that is the supervisor's own; ask without `muted`, `case` and `assignee`.")
    return filters._replace(platform=own, shareable=True)


def _shown_to(principal: Principal) -> Callable[[Alert], ShownAlert]:
    """How an alert is shown: who works on it at the regulator's is no platform's business."""
    if principal.reads_all:
        return _show
    return lambda alert: msgspec.structs.replace(
        _show(alert), assignee=None, close_requested_by=None, muted_until=None, muted_by=None, case=None
    )


def _matches(alert: Alert, visible: Filters) -> bool:
    return visible.platform is None or (alert.platform == visible.platform and alert.shareable)


def _show(alert: Alert) -> ShownAlert:
    same = ("id", "rule", "version", "severity", "score", "status", "platform", "subject", "key", "figures", "params",
            "evidence", "evidence_count", "shareable", "assignee", "outcome", "outcome_reason", "muted_until",
            "muted_by", "findings", "found_at", "found_position", "updated_at")  # fmt: skip
    return ShownAlert(
        **{name: getattr(alert, name) for name in same},
        window=Days(first_day=alert.first_day, last_day=alert.last_day),
        explanation=InWords(zh=alert.reason_zh, en=alert.reason_en),
        close_requested_by=alert.close_by,
        case=alert.case_id,
        updated_position=alert.position,
    )


def _step(step: Step) -> PastStep:
    return PastStep(
        position=step.position,
        step=step.step,
        at=step.at,
        by=step.by_whom,
        to=step.to_whom,
        text=step.text,
        outcome=step.outcome,
        reason=step.reason,
        severity=step.severity,
        score=step.score,
        evidence=step.evidence,
        muted_by=step.muted_by,
    )


def _past(alert: Alert) -> PastAlert:
    same = ("id", "rule", "severity", "subject", "outcome", "outcome_reason", "found_at", "closed_at")
    return PastAlert(**{name: getattr(alert, name) for name in same}, case=alert.case_id)
