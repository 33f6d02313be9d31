"""One platform: its scorecard in pages, each with an address of its own, and each as large as its months."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from api.console import asked, figure_words, scorecard
from api.console.charts import Chart, Series, Threshold
from api.console.frame import frame
from api.console.office.filters import Filters
from api.console.office.platforms import PLATFORMS, STEADY, kinds_of, newest
from api.console.rows import row_of
from api.console.shell import Page, Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import N_, SANCTIONS, STANDING_STEPS
from api.exposures import Shared
from api.platform_figures import WHOLE_BP
from api.problems import Problem
from api.scorecards import Registered
from api.times import Times
from ledger.lending.days import add_months
from ledger.lending.portfolio import Portfolio, portfolios
from ledger.rulebook.defaults import past_default
from projections.base import day_of
from projections.sanctions import Asked, Sanction
from risk.index.combined import WEIGHTS, Index

ALERTS: Final = 8
SANCTIONS_MAX: Final = 50
LOANS_MAX: Final = 250  # whose days past due are worked out unasked: each takes up to a millisecond
BOOK_MAX: Final = 20_000  # the same, for somebody who said that she waits
BUCKETS: Final = {
    "current": N_("Not late"),
    "1-30": N_("1 to 30 days"),
    "31-60": N_("31 to 60 days"),
    "61-90": N_("61 to 90 days"),
    "90+": N_("More than 90 days"),
}
TEMPLATES: Final = {
    "": "office/platform.html",
    "money": "office/platform_money.html",
    "conduct": "office/platform_conduct.html",
    "index": "office/platform_dimensions.html",
    "concentration": "office/platform_concentration.html",
    "reports": "office/platform_reports.html",
}
SIDES: Final = {"borrowers": N_("Borrowers"), "lenders": N_("Lenders")}


def routes(shell: Shell) -> list[Route]:
    """/console/platforms/{name} and the pages below it, but that of custody."""
    pages = _Pages(shell)
    served: dict[str, Page] = {
        "": pages.overview,
        "/money": pages.money,
        "/conduct": pages.conduct,
        "/index": pages.index,
        "/concentration": pages.concentration,
        "/reports": pages.reports,
    }
    return [
        Route(f"{PLATFORMS}/{{name}}{path}", shell.page(page), methods=["GET"], include_in_schema=False)
        for path, page in served.items()
    ]


def find(shell: Shell, visit: Visit) -> Registered:
    """The platform of an address. Raises Problem."""
    found = shell.services.reads.platform(visit.request.path_params["name"]).value
    if found is None:
        raise Problem("not_found", "there is no such platform.")
    return found


class _Pages:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._reads = shell.services.reads

    def overview(self, visit: Visit) -> Response:
        asked.read(visit.request)
        it, today = find(self._shell, visit), self._today()
        found = self._reads.alerts(Filters(platform=it.id).asked_by("", self._shell.services.now()), None, ALERTS).value
        sanctions = self._reads.sanctions(Asked(platform=it.id), None, SANCTIONS_MAX).value
        own = [each for each in sanctions if each.subject == f"platform:{it.id}"]
        index, moved = newest(self._reads.indexes(), it.id)
        return self._render(
            visit, it, "", index=index, moved=moved, steady=STEADY,
            card=scorecard.read(self._shell.services, it.id, 2, visit.speech, alerts_too=True),
            rows=[row_of(each, self._shell.services.rules, {it.id: it.name}, visit.speech) for each in found],
            standings=self._reads.platform_standings(it.id).value[::-1], steps=STANDING_STEPS,
            sanctions=[(each, _holds(each, today)) for each in own], sanction_kinds=SANCTIONS, kinds=kinds_of,
            scorecard=self._reads.scorecard(it.id).value, why=_why(self._reads.indexes(), it.id),
            dimensions=scorecard.DIMENSIONS,
        )  # fmt: skip

    def money(self, visit: Visit) -> Response:
        it, months = find(self._shell, visit), _months(visit, book=("all",))
        card = scorecard.read(self._shell.services, it.id, months, visit.speech)
        waits = "book" in visit.request.query_params
        book, too_many = self._book(it, BOOK_MAX if waits else LOANS_MAX)
        return self._render(
            visit, it, "money", months=months, card=card, book=book, too_many=too_many, buckets=BUCKETS,
            loans_max=BOOK_MAX if waits else LOANS_MAX, waits=waits,
        )  # fmt: skip

    def conduct(self, visit: Visit) -> Response:
        it, months = find(self._shell, visit), _months(visit)
        card = scorecard.read(self._shell.services, it.id, months, visit.speech, alerts_too=True)
        return self._render(visit, it, "conduct", months=months, card=card)

    def index(self, visit: Visit) -> Response:
        given = asked.read(visit.request, month=None)
        it, indexes = find(self._shell, visit), self._reads.indexes()
        own = [of[it.id] for _, of in sorted(indexes.months.items()) if it.id in of] if indexes else []
        names = [each.month for each in own]
        if given.get("month") and names and given["month"] not in names:
            raise Problem("invalid_parameter", f"month is one of {', '.join(names)}.")
        place = names.index(given["month"]) if given.get("month") and names else len(own) - 1
        chosen = own[place] if own else None
        before = own[place - 1] if place > 0 else None
        return self._render(
            visit, it, "index", indexes=indexes, chosen=chosen, before=before, names=names[::-1], weights=WEIGHTS,
            changes=scorecard.changes(before, chosen) if chosen else [], dimensions=scorecard.DIMENSIONS,
            drawn=[scorecard.index_chart(own, visit.speech)] if own else [], steady=STEADY,
            moved=_moved(before, chosen), told=scorecard.figure_said,
            figure_words=figure_words,
        )  # fmt: skip

    def concentration(self, visit: Visit) -> Response:
        asked.read(visit.request)
        it, zone = find(self._shell, visit), ZoneInfo(self._shell.services.time_zone)
        now, day = self._shell.services.now(), self._today()
        firsts = [add_months(day.replace(day=1), -back) for back in range(11, -1, -1)]
        ends = [moment for each in firsts if (moment := datetime.combine(each, time.min, zone)) <= now]
        last = now + timedelta(days=1)
        found = self._reads.concentration(it.id, it.jurisdiction, Times(), [*ends, last], day).value
        latest = [(side, currency, each) for side, currency, before, each in found.rows if before == last]
        return self._render(
            visit, it, "concentration", latest=latest, sides=SIDES, limits=found.limits,
            drawn=_concentrated(found, ends, last, zone, visit.speech),
        )  # fmt: skip

    def reports(self, visit: Visit) -> Response:
        it, months = find(self._shell, visit), _months(visit)
        card = scorecard.read(self._shell.services, it.id, months, visit.speech)
        codes = sorted({code for month in card.months for code in month.refused})
        stated = self._reads.platform_reports(it.id).value[-months:][::-1]
        return self._render(
            visit, it, "reports", months=months, card=card, codes=codes, stated=stated,
            scorecard=self._reads.scorecard(it.id).value,
        )  # fmt: skip

    def _book(self, it: Registered, most: int) -> tuple[list[Portfolio], bool]:
        """The loans by how late they are today; True: they are too many to look at each."""
        if "lending" not in it.kinds:
            return [], False
        running, _ = self._reads.loan_book(it.id, most).value
        if running is None:
            return [], True
        day = self._today()
        today = [each._replace(history=each.history.by(day)) for each in running]
        return portfolios(today, day, lambda where, on, late: past_default(where, on, late).outcome), False

    def _today(self) -> date:
        return self._shell.services.now().astimezone(ZoneInfo(self._shell.services.time_zone)).date()

    def _render(self, visit: Visit, it: Registered, tab: str, **values: Any) -> Response:
        return self._shell.render(visit, TEMPLATES[tab], **frame(self._shell.services), it=it, tab=tab, **values)


def _months(visit: Visit, **also: tuple[str, ...]) -> int:
    given = asked.read(visit.request, **also, months=[str(each) for each in scorecard.MONTHS])
    return int(given.get("months", scorecard.MONTHS[0]))


def _moved(before: Index | None, after: Index | None) -> int | None:
    if before is None or after is None or before.score is None or after.score is None:
        return None
    return after.score - before.score


def _why(indexes: Any, platform: str) -> list[scorecard.Change]:
    own = [of[platform] for _, of in sorted(indexes.months.items()) if platform in of] if indexes else []
    return scorecard.changes(own[-2] if len(own) > 1 else None, own[-1]) if own else []


def _holds(sanction: Sanction, today: date) -> bool:
    day = day_of(today)
    return sanction.lifted_at is None and sanction.first_day <= day <= (sanction.last_day or day)


def _concentrated(found: Shared, ends: list[datetime], last: datetime, zone: ZoneInfo, say: Speech) -> list[Chart]:
    """HHI, and the share of the largest, by currency and side; the last point is the present."""
    moments = [*ends, last]
    labels = [f"{(each.astimezone(zone) - timedelta(days=1)):%Y-%m}" for each in ends] + [say.text(N_("now"))]
    of = {(side, currency, before): each for side, currency, before, each in found.rows}
    charts = []
    for currency in sorted({currency for _, currency, _ in of}):
        hhi, largest = [], []
        for side, name in SIDES.items():
            points = [of.get((side, currency, moment)) for moment in moments]
            hhi.append(Series(say.text(name), [point.hhi_bp if point else None for point in points]))
            shares = [scorecard.rate(point.largest_bp) if point else None for point in points]
            largest.append(Series(say.text(name), shares))
        limits = [
            Threshold(f"{each.rule}: {each.citation}", scorecard.rate(each.limit_bp) or 0)
            for each in found.limits
            if each.currency == currency and each.limit_bp is not None and each.limit_bp < WHOLE_BP
        ]
        charts += [
            Chart(
                kind="line", title=say.text(N_("HHI, 10,000 is one alone, in %(currency)s"), currency=currency),
                along=say.text(N_("Month")), labels=labels, series=hhi,
            ),
            Chart(
                kind="line", title=say.text(N_("Share of the largest, in %(currency)s"), currency=currency),
                along=say.text(N_("Month")), labels=labels, series=largest, unit="rate", thresholds=limits,
            ),
        ]  # fmt: skip
    return charts
