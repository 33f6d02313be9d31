"""A platform's custody against the books: the days of a month by account, and one day line by line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api import cursors
from api.console import asked, scorecard
from api.console.charts import Chart, Series
from api.console.frame import frame
from api.console.office.platform import find
from api.console.office.platforms import PLATFORMS
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import EVENTS, N_
from api.platform_figures import share_bp
from api.problems import Problem
from api.scorecards import Registered
from projections.base import day_of, month_of
from projections.platform_months import named
from projections.reconciliation import NEVER, Reconciled

LINES: Final = 50
OUTCOMES: Final = {
    "agrees": N_("Agrees"),
    "timing": N_("On its way"),
    "unassigned": N_("Nobody's money"),
    "unknown": N_("Missing"),
}
ADVICE: Final = {
    "agrees": N_("Custody and books are equal to the cent."),
    "timing": N_(
        "The lines that are named explain all of it: one side cut the day at another moment, or a line is at one side "
        "only. Look again at the next statement."
    ),
    "unassigned": N_(
        "The custodian holds more, and no event says whose it is. Have the platform report the deposits or collections "
        "that it left out."
    ),
    "unknown": N_("The custodian holds less, and no line says why. Go through the lines of the day on which it began."),
}
_MONTHS: Final = 24


class Day(NamedTuple):
    """A day of a currency."""

    day: date
    reconciled: Reconciled


def routes(shell: Shell) -> list[Route]:
    """/console/platforms/{name}/reconciliation."""
    page = _Custody(shell).show
    return [Route(f"{PLATFORMS}/{{name}}/reconciliation", shell.page(page), methods=["GET"], include_in_schema=False)]


class _Custody:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._reads = shell.services.reads

    def show(self, visit: Visit) -> Response:
        given = asked.read(visit.request, month=None, day=None, currency=None, outcome=OUTCOMES, cursor=None)
        it = find(self._shell, visit)
        if "day" in given:
            return self._lines(visit, it, given)
        if "cursor" in given:
            raise Problem("invalid_parameter", "cursor goes with day and currency.")
        return self._days(visit, it, given)

    def _days(self, visit: Visit, it: Registered, given: dict[str, str]) -> Response:
        found = sorted(self._reads.reconciled(it.id, None).value, key=lambda each: (-each.held.day, each.held.currency))
        months = sorted({named(month_of(each.held.day)) for each in found}, reverse=True)
        currencies = sorted({each.held.currency for each in found})
        month = given.get("month") or (months[0] if months else "")
        if months and month not in months:
            raise Problem("invalid_parameter", f"there are statements of {months[-1]} to {months[0]} only.")
        if currencies and given.get("currency", currencies[0]) not in currencies:
            raise Problem("invalid_parameter", f"currency is one of {', '.join(currencies)}.")
        latest = [next(each for each in found if each.held.currency == currency) for currency in currencies]
        said = [(code, visit.speech.text(label)) for code, label in OUTCOMES.items()]
        return self._render(
            visit,
            it,
            "office/platform_reconciliation.html",
            days=[_day(each) for each in found if _fits(each, month, given)],
            latest=[_day(each) for each in latest],
            month=month,
            months=months,
            currencies=currencies,
            given=given,
            drawn=_charts(found, visit.speech),
            options={"months": _plain(months), "currencies": _plain(currencies), "outcomes": said},
        )

    def _lines(self, visit: Visit, it: Registered, given: dict[str, str]) -> Response:
        if given.keys() - {"day", "currency", "cursor"} or "currency" not in given:
            raise Problem("invalid_parameter", "a day is asked for with its currency, and nothing else.")
        day, currency = _date(given["day"]), given["currency"]
        question = ("console reconciliation", it.id, given["day"], currency)
        after = cursors.decode(question, given.get("cursor"), tuple[datetime, int], (NEVER, 0))
        account = self._reads.reconciled_lines(it.id, day_of(day), currency, None, after, LINES + 1).value
        if account is None:
            raise Problem("not_found", f"there is no statement in {currency} for {day}.")
        shown = account.lines[:LINES]
        more = len(account.lines) > LINES
        return self._render(
            visit,
            it,
            "office/platform_day.html",
            one=Day(day, account.reconciled),
            by_type=account.by_type,
            lines=shown,
            following=cursors.encode(question, (shown[-1].happened_at, shown[-1].position)) if more else None,
            kinds=EVENTS,
            advice=ADVICE,
            named_lines=frozenset(account.reconciled.difference.lines),
        )

    def _render(self, visit: Visit, it: Registered, template: str, **values: Any) -> Response:
        values |= frame(self._shell.services)
        return self._shell.render(visit, template, it=it, tab="reconciliation", outcomes=OUTCOMES, **values)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem("invalid_parameter", "day reads YYYY-MM-DD.") from None


def _plain(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(each, each) for each in values]


def _fits(each: Reconciled, month: str, given: dict[str, str]) -> bool:
    return (
        named(month_of(each.held.day)) == month
        and given.get("currency") in {None, each.held.currency}
        and given.get("outcome") in {None, each.difference.kind}
    )


def _day(each: Reconciled) -> Day:
    return Day(date.fromordinal(date(1970, 1, 1).toordinal() + each.held.day), each)


def _charts(found: Sequence[Reconciled], say: Speech) -> list[Chart]:
    """The worst day of each month, by currency: what is missing or nobody's, of what should be there."""
    worst: dict[tuple[str, str], int] = {}
    for each in found:
        cell = each.held.currency, named(month_of(each.held.day))
        share = share_bp(abs(each.difference.rest), each.held.derived) or 0
        worst[cell] = max(worst.get(cell, 0), share)
    currencies = sorted({currency for currency, _ in worst})
    months = sorted({month for _, month in worst})[-_MONTHS:]
    if not any(worst.values()):
        return []
    return [
        Chart(
            kind="bar",
            title=say.text(N_("Unexplained difference: the worst day of each month, of what should be there")),
            along=say.text(N_("Month")),
            labels=months,
            series=[
                Series(currency, [scorecard.rate(worst.get((currency, month))) for month in months])
                for currency in currencies
            ],
            unit="rate",
        )
    ]
