"""A rule over a past period, with other thresholds perhaps: asked before a threshold is changed. Records nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import facts, trying
from api.deps import Nothing, Parts, Supervisor, plain_text
from api.openapi import described
from api.problems import Problem
from risk import backtest as testing
from risk import curve
from risk.backtest import Question
from risk.difference import strongest
from risk.labels import labels_of

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
LABELS_MAX = 20_000
SHOWN_MAX = 100
_Integer = Annotated[int, Field(strict=True)]


class AskedLabel(BaseModel):
    """What is known to have been wrong: an entity's key, such as `party:alpha/U-1`, and its days."""

    model_config = ConfigDict(extra="forbid")

    entity: str = Field(min_length=1, max_length=300)
    first_day: date
    last_day: date


class AskedBacktest(BaseModel):
    """Evaluation days `from` to `to`, both included; thresholds by name; what is known, to be held against it."""

    model_config = ConfigDict(extra="forbid")

    first: date = Field(alias="from", ge=date(1970, 1, 1))
    last: date = Field(alias="to")
    params: dict[str, _Integer] = Field(default_factory=dict, max_length=50)
    labels: list[AskedLabel] | None = Field(None, min_length=1, max_length=LABELS_MAX)


class ShownBacktest(msgspec.Struct, kw_only=True):
    """What the rule would have found as of `cutoff`. `alerts`: where nobody closes any.

    `difference`: matters that these thresholds add to the rule's own, leave out, share with them; null where they are
    the rule's own. `labels`: by budget, in strict order of score, in basis points. `strongest`, of the difference
    `added_matters` and `left_out_matters`: at most 100 matters each, strongest first. `by_score`: how many matters
    reach a score; `by_parameter`: how many are left at a higher threshold, where these findings tell it.
    """

    rule: str
    version: int
    params: dict[str, int]
    engine: str
    days: int
    first_day: str | None
    last_day: str | None
    cutoff: int
    findings: int
    alerts: int
    by_severity: dict[str, int]
    by_day: list[dict[str, Any]]
    result_hash: str
    difference: dict[str, int] | None
    strongest: list[dict[str, Any]]
    added_matters: list[dict[str, Any]] | None = None
    left_out_matters: list[dict[str, Any]] | None = None
    by_score: list[dict[str, Any]] = []
    by_parameter: dict[str, list[dict[str, Any]]] = {}
    labels: list[dict[str, Any]] | None = None


@router.post(
    "/rules/{name}/backtest",
    responses=described("What the rule would have found on each of the days.", 400, 401, 403, 404, 413,
                        one=ShownBacktest),
)  # fmt: skip
def post_backtest(name: str, parts: Parts, _principal: Supervisor, _query: Nothing, body: AskedBacktest) -> Response:
    """Judge a period of up to 400 days, within half a minute."""
    if name not in parts.rules:
        raise Problem("not_found", f"there is no rule {name!r}; GET /v1/rules lists them.")
    loaded = parts.rules[name]
    labels = [(each.entity, each.first_day.isoformat(), each.last_day.isoformat()) for each in body.labels or ()]
    read = parts.backtest(Question(loaded, trying.days(body.first, body.last), body.params, labels))
    tested = read.value
    shown = testing.summary(tested, loaded)
    difference = tested.difference
    if difference is not None:
        shown["added_matters"] = [testing.item(each) for each in difference.only_right[:SHOWN_MAX]]
        shown["left_out_matters"] = [testing.item(each) for each in difference.only_left[:SHOWN_MAX]]
    by_score = curve.by_score(tested.findings, labels_of(labels) if labels else None)
    shown["by_score"] = [each._asdict() for each in by_score.points]
    shown["by_parameter"] = {
        each.name: [{"at": point.at, "matters": point.matters} for point in each.points]
        for each in curve.by_parameter(loaded, tested.findings, tested.params)
    }
    best = [testing.item(each) for each in strongest(tested.findings, SHOWN_MAX)]
    return facts.answer(ShownBacktest(**shown, strongest=best), read.as_of)
