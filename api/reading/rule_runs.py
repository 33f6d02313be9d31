"""What rules did: their runs, and what a candidate version finds beside the live one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from api import cursors, facts
from api.deps import Nothing, Page, Parts, Regulator, Strict, Supervisor, plain_text
from api.facts import Read
from api.openapi import described
from api.problems import Problem
from risk import history, shadow
from risk.compile import date_of
from risk.findings import Finding
from risk.kept import Row

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])


class ShownRun(msgspec.Struct, kw_only=True):
    """A run; `kind` is scheduled, near (real time), manual, backfill or shadow (of a candidate version).

    `asked_by`: who asked for it over this API or at the console; it is then `waiting` until a scheduler takes it up.

    It judged `days` on what was known at `cutoff`; near real time only groups that events after `since` touched.
    `status` is waiting, running, done, failed or inconclusive; `why` says why not done. `rows_read`: of
    views and their indexes.
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
    asked_by: str | None = None


class ShownVersion(msgspec.Struct, kw_only=True):
    """A version that ran. `changed`: the parts of the document that differ from the version before it that ran."""

    version: int
    hash: str
    first_run_at: datetime | None
    effective_from: str | None
    changed: list[str] | None


class ShownVersions(msgspec.Struct, kw_only=True):
    """Newest first."""

    rule: str
    versions: list[ShownVersion]


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


class RunPage(Page):
    """A page of runs."""

    kind: Literal["scheduled", "near", "manual", "backfill", "shadow"] | None = Field(None, description="Of one kind.")


RunPaged = Annotated[RunPage, Query()]
Number = Annotated[int, Path(ge=1, le=(1 << 63) - 1)]


@router.get("/rules/{name}/runs", responses=described("Its runs, newest first.", 401, 403, 404, page_of=ShownRun))
def get_runs(name: str, parts: Parts, _principal: Supervisor, query: RunPaged) -> Response:
    """What a rule did and when, of all its versions; any of these can be repeated: `crowdledger rules replay`."""
    _must_be(name, parts)
    question = ("rule_runs", name, query.kind)
    before = cursors.decode(question, query.cursor, int | None, None)
    read = parts.reads.rule_runs(name, before, query.limit + 1, query.kind)
    return facts.page(question, read, query.limit, _run, lambda row: row.number)


@router.get("/rules/{name}/runs/{number}", responses=described("One run.", 401, 403, 404, one=ShownRun))
def get_run(name: str, number: Number, parts: Parts, _principal: Supervisor, _query: Nothing) -> Response:
    """One run of a rule: to see what became of one that was asked for."""
    _must_be(name, parts)
    read = parts.reads.rule_run(name, number)
    if read.value is None:
        raise Problem("not_found", f"rule {name} has no run {number}.")
    return facts.answer(_run(read.value), read.as_of)


@router.post(
    "/rules/{name}/run",
    status_code=202,
    responses=described(
        "The run that was decided, to be polled at `Location`.", 401, 403, 404, 422, status=202, one=ShownRun
    ),
)
def post_run(name: str, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Run a rule now, as a scheduler would when it is due: the day before, as of the present cutoff.

    It is kept who asked. Who asks while such a run waits, or within ten seconds of one, is given that run.
    """
    _must_be(name, parts)
    number = parts.run_rule(parts.rules[name], principal.name)
    read = parts.reads.rule_run(name, number)
    assert read.value is not None, "runs are never deleted"
    answer = facts.answer(_run(read.value), read.as_of)
    answer.status_code = 202
    answer.headers["Location"] = f"/v1/rules/{name}/runs/{number}"
    return answer


@router.get(
    "/rules/{name}/versions",
    responses=described("Its versions that ever ran, newest first.", 401, 403, 404, one=ShownVersions),
)
def get_versions(name: str, parts: Parts, _principal: Supervisor, _query: Nothing) -> Response:
    """The versions of a rule, since when each ran, and what it changed."""
    _must_be(name, parts)
    read = parts.reads.rule_versions(name)
    shown = [
        ShownVersion(
            version=each.version, hash=each.hash, first_run_at=each.first_run_at,
            effective_from=(each.document.get("effective") or {}).get("from"), changed=what,
        )
        for each, what in zip(read.value, history.changed(read.value), strict=True)
    ]  # fmt: skip
    return facts.answer(ShownVersions(rule=name, versions=shown), read.as_of)


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
