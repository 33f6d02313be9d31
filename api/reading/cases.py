"""Cases: the queue by deadline, one case with all that belongs to it, what people do about it. Not for platforms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import case_actions, cursors, facts
from api.deps import Nothing, Page, Parts, Regulator, Strict, Supervisor, plain_text
from api.openapi import described
from api.problems import Problem
from ledger.casework.deadlines import calendar, working_days
from ledger.events.cases import CASE_ALERTS_MAX, EVIDENCE_BYTES_MAX
from projections.alerts import Alert
from projections.cases import After, Filters, Fired, Listed, after_of

router = APIRouter(prefix="/v1/cases", tags=["supervision"], dependencies=[Depends(plain_text)])
Status = Literal["open", "close_requested", "closed"]


class CasesPage(Page):
    """Which cases; without a filter all, what is due first first."""

    status: Status | None = None
    overdue: bool | None = None
    assignee: str | None = Field(None, max_length=128)
    platform: str | None = Field(None, max_length=128)
    alert: str | None = Field(None, max_length=200)
    agency: str | None = Field(None, max_length=41, description="With whom it is, or was.")
    unassigned: bool | None = None
    text: str | None = Field(None, min_length=1, max_length=100, description="In number or title.")


class NewCase(BaseModel):
    """A title and the alerts. The platform, the jurisdiction and the deadline follow from them where left out."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=3, max_length=200, pattern=r"\S", description="It stays in the log: no names in it.")
    alerts: list[str] = Field(default_factory=list, max_length=CASE_ALERTS_MAX)
    jurisdiction: str | None = Field(None, pattern=r"^[A-Z]{2}$")
    due: date | None = None
    platform: str | None = Field(None, min_length=1, max_length=128)
    assignee: str | None = Field(None, min_length=1, max_length=128)
    text: str | None = Field(None, min_length=1, max_length=2000)


class CaseAction(BaseModel):
    """What is done, with the fields that it takes."""

    model_config = ConfigDict(extra="forbid")

    action: Literal[
        "add_alert", "remove_alert", "assign", "note", "set_due", "refer", "update_referral", "close", "reopen"
    ]
    alert: str | None = Field(None, max_length=200)
    to: str | None = Field(None, max_length=128)
    due: date | None = None
    agency: str | None = Field(None, max_length=41)
    status: Literal["received", "answered", "declined"] | None = None
    reference: str | None = Field(None, max_length=200)
    outcome: Literal["confirmed", "justified_look", "false_positive"] | None = None
    reason: str | None = Field(None, max_length=41)
    text: str | None = Field(None, max_length=2000)


class Look(BaseModel):
    """Why a file is looked at."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=2000, pattern=r"\S")


class Named(Strict):
    """What a file is called; it stays in the log, so no names of people."""

    name: str = Query(min_length=1, max_length=200)


class Deadline(msgspec.Struct, kw_only=True):
    """By when; `working_days_left` counts from tomorrow, 0 on the day itself and when it is over."""

    due: date
    overdue: bool
    calendar: str
    working_days_left: int


class ShownCase(msgspec.Struct, kw_only=True):
    """A case as it stands. `severity`: the worst of its alerts; null without any. `platforms`: those of its alerts."""

    id: str
    title: str
    status: str
    severity: str | None
    platform: str | None
    platforms: list[str]
    jurisdiction: str
    alerts: list[str]
    assignee: str | None
    deadline: Deadline
    close_requested_by: str | None
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
    updated_position: int


class CaseStep(msgspec.Struct, kw_only=True):
    """One entry of the history."""

    position: int
    step: str
    at: datetime
    by: str
    details: dict[str, Any]


class CaseAlert(msgspec.Struct, kw_only=True):
    """An alert of a case, in short."""

    id: str
    rule: str
    severity: str
    score: int
    status: str
    outcome: str | None
    subject: list[str]
    findings: int
    explanation: dict[str, str]


class FiredRule(msgspec.Struct, kw_only=True):
    """A rule that fired in a case."""

    rule: str
    title: dict[str, str] | None
    alerts: int
    findings: int
    severity: str
    score: int
    first_day: date
    last_day: date


class WholeCase(ShownCase, kw_only=True):
    """A case with its history, its alerts, the catalogue of all rules that fired, and what was imposed in it."""

    history: list[CaseStep]
    alert_details: list[CaseAlert]
    rules: list[FiredRule]
    sanctions: list[str]


class NewlyOpened(msgspec.Struct, kw_only=True):
    """The case's id, and by when it is due."""

    case: str
    due: date
    position: int


class CaseDone(msgspec.Struct, kw_only=True):
    """What was recorded. `event` is case.close_requested where a second person has to close."""

    case: str
    event: str
    position: int
    evidence: str | None = None


@router.get("", responses=described("Cases, what is due first first.", 401, 403, page_of=ShownCase))
def get_cases(parts: Parts, _principal: Supervisor, query: Annotated[CasesPage, Query()]) -> Response:
    """The queue."""
    today = case_actions.today(parts)
    statuses = None if query.status is None else [query.status]
    filters = Filters(
        None, statuses, query.platform, query.assignee, query.alert, query.agency, query.overdue, today,
        query.unassigned, query.text,
    )  # fmt: skip
    question = ("cases", *filters._replace(today=None))
    behind = cursors.decode(question, query.cursor, After | None, None)
    read = parts.reads.cases(filters, behind, query.limit + 1)
    return facts.page(question, read, query.limit, _shown(today), after_of)


@router.get("/{name}", responses=described("One case with all that belongs to it.", 401, 403, 404, one=WholeCase))
def get_case(name: str, parts: Parts, _principal: Supervisor, _query: Nothing) -> Response:
    """One case: history, alerts, rules that fired, referrals, files, deadline."""
    read = parts.reads.case(name)
    if read.value is None:
        raise Problem("not_found", f"there is no case {name!r}.")
    found = read.value
    titles = {each: parts.rules[each].rule.title for each in parts.rules}
    whole = WholeCase(
        **msgspec.structs.asdict(_shown(case_actions.today(parts))(found.listed)),
        history=[CaseStep(position=p, step=s, at=at, by=by, details=d) for p, s, at, by, d in found.history],
        alert_details=[_alert(each) for each in found.alerts],
        rules=[_fired(each, titles) for each in found.rules],
        sanctions=[each.sanction for each in found.sanctions],
    )
    return facts.answer(whole, read.as_of)


@router.post(
    "", status_code=201, responses=described("Opened.", 400, 401, 403, 404, 409, 413, one=NewlyOpened, status=201)
)
def post_case(case: NewCase, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Open a case. An alert is in one open case at most."""
    opened = case_actions.open_case(parts, principal, case.model_dump(mode="json", exclude_none=True))
    shown = NewlyOpened(case=opened.case, due=date.fromisoformat(opened.due), position=opened.position)
    return facts.answer(shown, facts.AsOf(opened.position, 0.0), 201)


@router.post(
    "/{name}/actions",
    status_code=201,
    responses=described("Recorded as an event.", 400, 401, 403, 404, 409, 413, one=CaseDone, status=201),
)
def post_case_action(name: str, action: CaseAction, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Work on a case. With a high or critical alert it is closed by two people; not while an agency has it."""
    fields = action.model_dump(mode="json", exclude={"action"}, exclude_none=True)
    event, position = case_actions.act(parts, principal, name, action.action, fields)
    return _done(name, event, position)


@router.post(
    "/{name}/evidence",
    status_code=201,
    responses=described("Sealed and recorded.", 400, 401, 403, 404, 409, 413, 415, one=CaseDone, status=201),
    openapi_extra={"requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string"}}}}},
    max_body_size=EVIDENCE_BYTES_MAX + 1,
)
async def post_evidence(
    name: str, request: Request, parts: Parts, principal: Regulator, query: Annotated[Named, Query()]
) -> Response:
    """Attach a file: the body as it is, its media type as Content-Type; 10 MiB at most. The log has its SHA-256."""
    media_type = request.headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > EVIDENCE_BYTES_MAX:
            raise Problem("too_large", f"a file has at most {EVIDENCE_BYTES_MAX} bytes.")
    if not content:
        raise Problem("invalid_parameter", "the file is empty; send it as the body.")
    evidence, position = await asyncio.to_thread(
        case_actions.attach, parts, principal, name, bytes(content), query.name, media_type
    )
    return _done(name, "case.evidence_attached", position, evidence)


@router.post(
    "/{name}/evidence/{evidence}",
    responses=described("The file.", 400, 401, 403, 404, 409, 410, 413, media_type="application/octet-stream"),
)
def post_look(name: str, evidence: str, look: Look, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Look at a file. Who looked and why is recorded before the file is given."""
    content = case_actions.open_file(parts, principal, name, evidence, look.reason)
    # Whatever it is, no browser of ours opens it as a page.
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(evidence, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, 200, headers, "application/octet-stream")


def _done(name: str, event: str, position: int, evidence: str | None = None) -> Response:
    done = CaseDone(case=name, event=event, position=position, evidence=evidence)
    return facts.answer(msgspec.structs.asdict(done), facts.AsOf(position, 0.0), 201)


def _shown(today: date) -> Callable[[Listed], ShownCase]:
    def show(listed: Listed) -> ShownCase:
        case = listed.case
        fields = {name: getattr(case, name) for name in case.__struct_fields__}
        del fields["due"]
        return ShownCase(
            severity=listed.severity,
            platforms=listed.platforms,
            deadline=_deadline(case.due, case.jurisdiction, today, over=case.status == "closed"),
            close_requested_by=fields.pop("close_by"),
            updated_position=fields.pop("position"),
            **fields,
        )

    return show


def _deadline(due: date, jurisdiction: str, today: date, *, over: bool) -> Deadline:
    left = working_days(jurisdiction, today, due)
    return Deadline(due=due, overdue=not over and due < today, calendar=calendar(jurisdiction), working_days_left=left)


def _alert(alert: Alert) -> CaseAlert:
    same = ("id", "rule", "severity", "score", "status", "outcome", "subject", "findings")
    words = {"zh": alert.reason_zh, "en": alert.reason_en}
    return CaseAlert(**{name: getattr(alert, name) for name in same}, explanation=words)


def _fired(fired: Fired, titles: dict[str, Any]) -> FiredRule:
    title = titles.get(fired.rule)
    return FiredRule(**fired._asdict(), title={"zh": title.zh, "en": title.en} if title else None)
