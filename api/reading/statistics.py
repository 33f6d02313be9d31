"""Statistics of the supervised market, for everybody."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import facts, market_figures
from api.deps import Parts, Strict, plain_text
from api.openapi import described
from api.reading.platform_history import this_month
from projections.platform_months import named

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
MONTHS_MAX: Final = 60


class StatisticsQuery(Strict):
    """How far back."""

    months: int = Query(12, ge=1, le=MONTHS_MAX, description="How many months that have ended, the newest first.")


class PlatformsOf(msgspec.Struct, kw_only=True):
    """How many platforms of a kind have a status; one of two kinds is counted with both."""

    kind: str
    status: str
    platforms: int


class MarketFigure(msgspec.Struct, kw_only=True):
    """Null where it is withheld: fewer than `least` platforms or investors stand behind it."""

    events: int | None
    amount: int | None


class MarketMonthLine(msgspec.Struct, kw_only=True):
    """A month in one currency, minor units; what did not happen is not there. Shares are in basis points."""

    month: str
    currency: str
    figures: dict[str, MarketFigure]
    refund_share_bp: int | None
    default_share_bp: int | None


class OutstandingLine(msgspec.Struct, kw_only=True):
    """Principal that borrowers owed when `month` ended, minor units; null where it is withheld."""

    currency: str
    month: str
    amount: int | None


class MarketStatistics(msgspec.Struct, kw_only=True):
    """The market by month, the newest first."""

    least: int
    platforms: list[PlatformsOf]
    outstanding: list[OutstandingLine]
    items: list[MarketMonthLine]
    next: None = None


@router.get("/statistics", responses=described("The supervised market by month.", one=MarketStatistics))
def get_statistics(parts: Parts, query: Annotated[StatisticsQuery, Query()]) -> Response:
    """Platforms, campaigns and loans of the whole market. No key is needed. Nobody is singled out."""
    last = this_month(parts) - 1
    read = parts.reads.market_history(last - query.months + 1, last)
    months = market_figures.months(read.value)
    shown = MarketStatistics(
        least=market_figures.LEAST,
        platforms=[PlatformsOf(kind=kind, status=status, platforms=n) for kind, status, n in read.value.numbers],
        outstanding=[
            OutstandingLine(currency=each.currency, month=named(last), amount=each.amount)
            for each in market_figures.outstanding(read.value, months)
        ],
        items=[_line(each) for each in months],
    )
    answer = facts.answer(shown, read.as_of)
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer


def _line(month: market_figures.MarketMonth) -> MarketMonthLine:
    return MarketMonthLine(
        month=month.month,
        currency=month.currency,
        figures={kind: MarketFigure(events=each.events, amount=each.amount) for kind, each in month.figures.items()},
        refund_share_bp=month.refund_share_bp,
        default_share_bp=month.default_share_bp,
    )
