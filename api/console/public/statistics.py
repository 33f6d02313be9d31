"""Statistics of the market for everybody: figures, pictures drawn here (no script of anybody's), and a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from api import market_figures
from api.console import asked
from api.console.public.open import MINUTE, public, render
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import N_, PLATFORM_KINDS, PLATFORM_STATUSES
from api.market_figures import CAMPAIGNS, LEAST, LOANS, MarketMonth
from api.scorecards import MarketHistory
from projections.platform_months import month_at, named

STATISTICS: Final = "/statistics"
MONTHS: Final = ("12", "24")
FIGURES: Final = {
    "opened": N_("Campaigns opened, by goal"),
    "pledged": N_("Pledged"),
    "collected": N_("Collected"),
    "refunded": N_("Refunded"),
    "released": N_("Released"),
    "lent": N_("Lent"),
    "repaid": N_("Principal repaid"),
    "interest": N_("Interest paid"),
    "defaulted": N_("Reported in default"),
    "written_off": N_("Written off"),
}
_PICTURES: Final = (
    ("collected", "refunded", N_("Campaigns: collected and refunded, in %(currency)s")),
    ("lent", "repaid", N_("Loans: lent and repaid, in %(currency)s")),
)
_HEIGHT: Final = 120
_STEP: Final = 44


class Bar(NamedTuple):
    """A bar of a picture, in its own units; `amount` None: withheld."""

    left: int
    top: int
    height: int
    amount: int | None


class Picture(NamedTuple):
    """Two rows of bars by month, the oldest first."""

    title: str
    currency: str
    kinds: tuple[str, str]
    months: Sequence[str]
    bars: Sequence[Sequence[Bar]]
    width: int


def routes(shell: Shell) -> list[Route]:
    """/statistics and /statistics.csv."""

    def show(visit: Visit) -> Response:
        months = _asked(visit)
        history = _read(shell, months)
        told = market_figures.months(history)
        currencies = sorted({each.currency for each in told})
        return render(
            shell, visit, "statistics.html", "/statistics", months=months, least=LEAST, figures=FIGURES,
            campaigns=CAMPAIGNS, loans=LOANS, told=told, currencies=currencies, last=named(history.last),
            numbers=_numbers(history), kinds=PLATFORM_KINDS, statuses=PLATFORM_STATUSES,
            outstanding=market_figures.outstanding(history, told),
            pictures=[
                picture
                for currency in currencies
                for first, second, title in _PICTURES
                if (picture := _picture(history, told, currency, (first, second), title)) is not None
            ],
        )  # fmt: skip

    def table(visit: Visit) -> Response:
        months = _asked(visit)
        told = market_figures.months(_read(shell, months))
        headers = {
            "Cache-Control": MINUTE,
            "Content-Disposition": f'attachment; filename="statistics-{months}-months.csv"',
        }
        return Response(_csv(told), headers=headers, media_type="text/csv; charset=utf-8")

    return [
        Route(STATISTICS, public(shell, show), methods=["GET"], include_in_schema=False),
        Route(f"{STATISTICS}.csv", public(shell, table), methods=["GET"], include_in_schema=False),
    ]


def _asked(visit: Visit) -> int:
    return int(asked.read(visit.request, months=MONTHS).get("months", MONTHS[0]))


def _read(shell: Shell, months: int) -> MarketHistory:
    """Of months that have ended."""
    services = shell.services
    last = month_at(services.now().astimezone(ZoneInfo(services.time_zone))) - 1
    return services.reads.market_history(last - months + 1, last).value


def _numbers(history: MarketHistory) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {kind: {} for kind in PLATFORM_KINDS}
    for kind, status, platforms in history.numbers:
        found.setdefault(kind, {})[status] = platforms
    return found


def _csv(told: Sequence[MarketMonth]) -> str:
    """A row for each figure; withheld ones are there, without a value."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["month", "currency", "figure", "events", "amount_minor_units", "withheld"])
    for month in told:
        for kind in (*CAMPAIGNS, *LOANS):
            each = month.figures.get(kind)
            if each is not None:
                withheld = "yes" if each.withheld else "no"
                events, amount = ("", "") if each.withheld else (each.events, each.amount)
                writer.writerow([month.month, month.currency, kind, events, amount, withheld])
    return file.getvalue()


def _picture(
    history: MarketHistory, told: Sequence[MarketMonth], currency: str, kinds: tuple[str, str], title: str
) -> Picture | None:
    """None where no figure of it may be told, or there is none."""
    of = {each.month: each.figures for each in told if each.currency == currency}
    months = [named(month) for month in range(history.first, history.last + 1)]
    amounts = [[_amount(of, month, kind) for month in months] for kind in kinds]
    most = max((amount or 0 for row in amounts for amount in row), default=0)
    if most <= 0:
        return None
    bars = [
        [_bar(place, row, amount, most) for place, amount in enumerate(each)]
        for row, each in enumerate(amounts)
    ]  # fmt: skip
    return Picture(title, currency, kinds, months, bars, len(months) * _STEP)


def _amount(of: Mapping[str, Mapping[str, market_figures.Figure]], month: str, kind: str) -> int | None:
    figure = of.get(month, {}).get(kind)
    return 0 if figure is None else figure.amount


def _bar(place: int, row: int, amount: int | None, most: int) -> Bar:
    height = (amount or 0) * _HEIGHT // most
    return Bar(place * _STEP + 6 + row * 16, _HEIGHT - height, height, amount)
