"""The platform index: the months of a platform, each with its dimensions, their figures, and the events behind them."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import cursors, facts
from api.deps import Page, Parts, Strict, Supervisor, plain_text, times_of
from api.facts import Read
from api.openapi import described
from api.problems import Problem
from api.times import Bounds
from risk.index.combined import WEIGHTS, Index
from risk.index.form import WORST, Dimension, Shown

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
MONTHS_MAX: Final = 60


class IndexQuery(Strict):
    """Which months, and as they were known when."""

    months: int = Query(12, ge=1, le=MONTHS_MAX, description="How many months, the newest first.")
    known_at: str | None = Field(None, description="As it was known then (RFC 3339 with offset).")


class RankingPage(Page):
    """Which month, and as it was known when."""

    month: str | None = Field(None, pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="YYYY-MM; the newest, if left out.")
    known_at: str | None = Field(None, description="As it was known then (RFC 3339 with offset).")


class IndexFigure(msgspec.Struct, kw_only=True):
    """A figure, held `against` the median of `peers` platforms of the month, or (no `peers`) against a bound.

    `score` is 0 (nothing seen) to 1000 (worst); null with a `reason` where it doesn't count. `positions` are events.
    """

    name: str
    value: int | None
    score: int | None
    against: int | None
    peers: int | None
    reason: str | None
    positions: list[int]


class IndexDimension(msgspec.Struct, kw_only=True):
    """One of the five; `score` null is inconclusive, and `reason` says why."""

    name: str
    weight: int
    score: int | None
    reason: str | None
    figures: list[IndexFigure]


class IndexMonth(msgspec.Struct, kw_only=True):
    """A month. `score` is the weighted mean of what it `rests_on`; `rank` its place in the month, 1000 the worst."""

    month: str
    score: int | None
    rank: int | None
    reason: str | None
    rests_on: list[str]
    dimensions: list[IndexDimension]


class PlatformIndex(msgspec.Struct, kw_only=True):
    """The index of a platform, its newest month first."""

    platform: str
    known_at: Any
    items: list[IndexMonth]
    next: None = None


@router.get(
    "/platforms/{name}/index",
    responses=described("The platform's index by month, newest first.", 401, 403, 404, one=PlatformIndex),
)
def get_index(name: str, parts: Parts, _principal: Supervisor, query: Annotated[IndexQuery, Query()]) -> Response:
    """A sign where to look, month by month. For supervisors. The running month is of what is known so far."""
    known_at = times_of(parts, Bounds(known_at=query.known_at)).known_at
    if parts.reads.platform(name).value is None:
        raise Problem("not_found", f"there is no platform {name!r}.")
    read = parts.reads.platform_index(name, query.months, known_at)
    if not read.value:
        raise Problem("not_found", f"nothing is known of {name} that an index could be made from, in any month.")
    months = [_month(each) for each in read.value]
    return facts.answer(PlatformIndex(platform=name, known_at=known_at, items=months), read.as_of)


class Ranked(msgspec.Struct, kw_only=True):
    """A platform's month in short: `dimensions` are scores by name, null where inconclusive."""

    platform: str
    month: str
    score: int | None
    rank: int | None
    reason: str | None
    rests_on: list[str]
    dimensions: dict[str, int | None]


@router.get(
    "/platform-index",
    responses=described("The platforms of a month, the worst first.", 401, 403, 404, page_of=Ranked),
)
def get_ranking(parts: Parts, _principal: Supervisor, query: Annotated[RankingPage, Query()]) -> Response:
    """All platforms of a month by their index. For supervisors. Those without a score come last."""
    known_at = times_of(parts, Bounds(known_at=query.known_at)).known_at
    question = ("platform-index", query.month, query.known_at)
    after = cursors.decode(question, query.cursor, tuple[int, str], (-WORST - 1, ""))
    read = parts.reads.platform_ranking(query.month, known_at)
    if not read.value:
        raise Problem("not_found", f"nothing is known of any platform in {query.month or 'any month'}.")
    behind = [each for each in sorted(read.value, key=_worst_first) if _worst_first(each) > after]
    rows = Read(behind[: query.limit + 1], read.as_of)
    return facts.page(question, rows, query.limit, _ranked, _worst_first)


def _worst_first(index: Index) -> tuple[int, str]:
    return (1 if index.score is None else -index.score, index.platform)


def _ranked(index: Index) -> Ranked:
    return Ranked(
        platform=index.platform,
        month=index.month,
        score=index.score,
        rank=index.rank,
        reason=index.reason,
        rests_on=list(index.rests_on),
        dimensions={each.name: each.score for each in index.dimensions},
    )


def _month(index: Index) -> IndexMonth:
    return IndexMonth(
        month=index.month,
        score=index.score,
        rank=index.rank,
        reason=index.reason,
        rests_on=list(index.rests_on),
        dimensions=[_dimension(each) for each in index.dimensions],
    )


def _dimension(dimension: Dimension) -> IndexDimension:
    return IndexDimension(
        name=dimension.name,
        weight=WEIGHTS[dimension.name],
        score=dimension.score,
        reason=dimension.reason,
        figures=[_figure(each) for each in dimension.figures],
    )


def _figure(figure: Shown) -> IndexFigure:
    return IndexFigure(
        name=figure.name,
        value=figure.value,
        score=figure.score,
        against=figure.against,
        peers=figure.peers,
        reason=figure.reason,
        positions=list(figure.positions),
    )
