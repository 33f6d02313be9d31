"""What rules did: their runs, and what a candidate version finds beside the live one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import cursors, facts
from api.deps import Paged, Parts, Strict, Supervisor, plain_text
from api.facts import Read
from api.openapi import described
from api.problems import Problem
from risk import shadow
from risk.compile import date_of
from risk.findings import Finding
from risk.kept import Row

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])


class ShownRun(msgspec.Struct, kw_only=True):
    """A run; `kind` is scheduled, near (real time), manual, backfill or shadow (of a candidate version).

    It judged `days` on what was known at `cutoff`; near real time only groups that events after `since` touched.
    `status` is running, done, failed or inconclusive; `why` says why not done. `rows_read`: of views and their indexes.
    """

    number: int
    version: int
    kind: str
    status: str
    due_at: datetime
    started_at: datetime
    ended_at: datetime | None
    days: list[date]
    since: int | None
    cutoff: int
    touched: int | None
    left_out: int
    findings: int | None
    severities: dict[str, int] | None
    submitted: int | None
    raised: int | None
    joined: int | None
    rows_read: int | None
    duration_ms: int | None
    result_hash: str | None
    why: str | None
    params: dict[str, int]
    statement_hash: str


class ShadowMatter(msgspec.Struct, kw_only=True):
    """A matter's strongest finding. `live_severity`: what the live version says where it says something else."""

    key: dict[str, str]
    severity: str
    score: int
    reason: dict[str, str]
    live_severity: str | None = None


class ShownShadow(msgspec.Struct, kw_only=True):
    """A candidate version beside the live one, the strongest `budget` matters of each, over all runs it was beside."""

    rule: str
    live_version: int | None
    version: int
    runs: int
    inconclusive: int
    failed: int
    first: datetime | None
    last: datetime | None
    budget: int
    both: int
    only_live: list[ShadowMatter]
    only_candidate: list[ShadowMatter]
    moves: list[ShadowMatter]


class AskedShadow(Strict):
    """How many alerts could be looked at."""

    budget: int = Field(shadow.BUDGET, ge=1, le=10_000, description="Alerts that can be looked at, on either side.")


@router.get("/rules/{name}/runs", responses=described("Its runs, newest first.", 401, 403, 404, page_of=ShownRun))
def get_runs(name: str, parts: Parts, _principal: Supervisor, query: Paged) -> Response:
    """What a rule did and when, of all its versions; any of these can be repeated: `crowdledger rules replay`."""
    _must_be(name, parts)
    question = ("rule_runs", name)
    before = cursors.decode(question, query.cursor, int | None, None)
    read = parts.reads.rule_runs(name, before, query.limit + 1)
    return facts.page(question, read, query.limit, _run, lambda row: row.number)


@router.get(
    "/rules/{name}/shadow",
    responses=described("What its candidate version finds, and does not.", 401, 403, 404, one=ShownShadow),
)
def get_shadow(name: str, parts: Parts, _principal: Supervisor, query: Annotated[AskedShadow, Query()]) -> Response:
    """A candidate version beside the live one, at an equal budget of alerts."""
    _must_be(name, parts)
    candidate = shadow.candidates(dict(parts.rules)).get(name)
    if candidate is None:
        raise Problem("not_found", f"rule {name} has no candidate version at the moment.")
    read: Read[shadow.Beside] = parts.reads.rule_shadow(candidate, query.budget)
    return facts.answer(_shadow(read.value), read.as_of)


def _must_be(name: str, parts: Parts) -> None:
    if name not in parts.rules:
        raise Problem("not_found", f"there is no rule {name!r}; GET /v1/rules lists them.")


def _run(row: Row) -> ShownRun:
    given = row._asdict() | {"days": [date_of(day) for day in row.days]}
    why = given.pop("error")
    return ShownRun(**given, why=why)


def _shadow(found: shadow.Beside) -> ShownShadow:
    parts = found.difference
    return ShownShadow(
        rule=found.rule,
        live_version=found.live_version,
        version=found.version,
        runs=found.runs,
        inconclusive=found.inconclusive,
        failed=found.failed,
        first=found.first,
        last=found.last,
        budget=found.budget,
        both=len(parts.both),
        only_live=[_matter(each) for each in parts.only_left],
        only_candidate=[_matter(each) for each in parts.only_right],
        moves=[_matter(theirs, ours.severity) for ours, theirs in found.moves],
    )


def _matter(each: Finding, live_severity: str | None = None) -> ShadowMatter:
    reason = {"zh": each.zh, "en": each.en}
    return ShadowMatter(
        key=each.key, severity=each.severity, score=each.score, reason=reason, live_severity=live_severity
    )
