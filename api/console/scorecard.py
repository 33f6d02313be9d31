"""A platform's scorecard as charts, each with its table: what the office and the platform itself both look at.

A page of any room calls `read` with the reads, a name and how many months, hands the answer to its template as `card`,
and imports `console/_scorecard.html`: macros `figures(card.money, say, _)`, `figures(card.conduct, say, _)`. Only the
office passes `alerts_too=True`. The charts' scripts are for rooms of people who have signed in (`charts.scripts`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from api import platform_figures
from api.console.charts import Chart, Series
from api.console.speech import Speech
from api.console.words import N_, SEVERITIES
from api.platform_figures import Money, Month
from api.services import Services
from projections.platform_months import month_at
from risk.index.combined import Index

MONTHS: Final = (12, 24)
_BP: Final = Decimal(10_000)
_FLOWS: Final = (
    (N_("Campaigns: pledged, collected, released"), (
        ("pledged", N_("Pledged")), ("collected", N_("Collected")), ("refunded", N_("Refunded")),
        ("released", N_("Released")),
    )),
    (N_("Loans: lent and repaid"), (
        ("lent", N_("Lent")), ("repaid", N_("Principal repaid")), ("interest", N_("Interest paid")),
    )),
    (N_("Loans gone bad"), (("defaulted", N_("Reported in default")), ("written_off", N_("Written off")))),
    (N_("Investors' cash"), (("deposited", N_("Paid in")), ("withdrawn", N_("Paid out")))),
)  # fmt: skip
_COUNTS: Final = (
    (N_("Campaigns by number"), (
        ("succeeded", N_("Succeeded")), ("failed", N_("Failed")), ("called_off", N_("Called off")),
    )),
    (N_("Loans by number"), (
        ("lapsed", N_("Not funded")), ("restructured", N_("Restructured")), ("settled", N_("Settled")),
    )),
)  # fmt: skip
OUTCOMES: Final = {
    "open": N_("Not closed yet"),
    "confirmed": N_("Confirmed"),
    "justified_look": N_("Worth a look"),
    "false_positive": N_("False alarm"),
}
DIMENSIONS: Final = {
    "compliance": N_("Compliance"),
    "returns": N_("Returns"),
    "complaints": N_("Complaints and waiting"),
    "spread": N_("Spread"),
    "wording": N_("Wording"),
}


class Card(NamedTuple):
    """The months of a platform, and the charts of them by what they are about."""

    months: Sequence[Month]
    money: Sequence[Chart]
    conduct: Sequence[Chart]
    position: int

    @property
    def latest(self) -> Month:
        """The running month."""
        return self.months[-1]

    @property
    def last_whole(self) -> Month:
        """The last month that has ended."""
        return next((each for each in reversed(self.months) if not each.running), self.months[-1])


def read(services: Services, platform: str, months: int, say: Speech, *, alerts_too: bool = False) -> Card:
    """The newest `months` months, the running one among them."""
    now = month_at(services.now().astimezone(ZoneInfo(services.time_zone)))
    found = services.reads.platform_history(platform, now - months + 1, now)
    shown = platform_figures.months(found.value, now)
    return Card(shown, list(_money(shown, say)), _conduct(shown, say, alerts_too=alerts_too), found.as_of.position)


def _money(months: Sequence[Month], say: Speech) -> Sequence[Chart]:
    charts = []
    for currency in [each.currency for each in months[-1].money]:
        of = [each.of(currency) for each in months]
        charts += [
            chart for title, kinds in _FLOWS if (chart := _flow(title, kinds, currency, months, of, say)) is not None
        ]
        charts += _stocks(months, of, currency, say)
        charts += _shares(months, of, currency, say)
    charts += [chart for title, kinds in _COUNTS if (chart := _counted(title, kinds, months, say)) is not None]
    return charts


def _flow(
    title: str,
    kinds: Sequence[tuple[str, str]],
    currency: str,
    months: Sequence[Month],
    of: Sequence[Money],
    say: Speech,
) -> Chart | None:
    series = [Series(say.text(name), [each.of(kind).amount for each in of]) for kind, name in kinds]
    if not any(value for each in series for value in each.values):
        return None
    return _chart("bar", _in(title, currency, say), months, series, say, currency=currency)


def _stocks(months: Sequence[Month], of: Sequence[Money], currency: str, say: Speech) -> list[Chart]:
    stocks: tuple[tuple[str, Callable[[Money], int]], ...] = (
        (N_("Principal outstanding"), lambda each: each.outstanding),
        (N_("Should lie in custody"), lambda each: each.held),
    )
    series = [Series(say.text(name), [value(each) for each in of]) for name, value in stocks if any(map(value, of))]
    if not series:
        return []
    return [_chart("line", _in(N_("At the month's end"), currency, say), months, series, say, currency=currency)]


def _shares(months: Sequence[Month], of: Sequence[Money], currency: str, say: Speech) -> list[Chart]:
    series = [
        Series(say.text(N_("Refunded, of what was collected")), [rate(each.refund_share_bp) for each in of]),
        Series(
            say.text(N_("In default, of what was outstanding")),
            [rate(each.default_share_bp) for each in of],
            "critical",
        ),
    ]  # fmt: skip
    shown = [each for each in series if any(value is not None for value in each.values)]
    return [_chart("line", _in(N_("Shares"), currency, say), months, shown, say, rate=True)] if shown else []


def _counted(title: str, kinds: Sequence[tuple[str, str]], months: Sequence[Month], say: Speech) -> Chart | None:
    series = [Series(say.text(name), [each.counts.get(kind, 0) for each in months]) for kind, name in kinds]
    return _chart("bar", say.text(title), months, series, say) if any(any(each.values) for each in series) else None


def _conduct(months: Sequence[Month], say: Speech, *, alerts_too: bool) -> list[Chart]:
    shares = [
        Series(say.text(N_("Told more than 3 days late")), [rate(each.late_share_bp) for each in months], "medium"),
        Series(say.text(N_("Refused")), [rate(each.refused_share_bp) for each in months], "critical"),
    ]
    counts = [
        Series(say.text(N_("Corrections")), [each.counts.get("corrections", 0) for each in months]),
        Series(say.text(N_("Complaints")), [each.counts.get("complaints", 0) for each in months], "high"),
    ]
    reports = Series(say.text(N_("Events reported")), [each.counts.get("reports", 0) for each in months])
    found = [
        _chart("bar", say.text(N_("Events reported")), months, [reports], say),
        _chart("line", say.text(N_("Late and refused, of what was sent in")), months, shares, say, rate=True),
        _chart("bar", say.text(N_("Corrections and complaints")), months, counts, say),
    ]
    return [*found, *_alerts(months, say)] if alerts_too else found


def _alerts(months: Sequence[Month], say: Speech) -> list[Chart]:
    raised = [Series(say.text(name), [each.alerts[code] for each in months], code) for code, name in SEVERITIES.items()]
    roles = {"confirmed": "critical", "justified_look": "low", "false_positive": "info", "open": "medium"}
    became = [
        Series(say.text(name), [each.outcomes.get(code, 0) for each in months], roles[code])
        for code, name in OUTCOMES.items()
    ]
    return [
        _chart("stacked", say.text(N_("Alerts found, by severity")), months, raised, say),
        _chart("stacked", say.text(N_("What became of the alerts of the month")), months, became, say),
    ]


def index_chart(history: Sequence[Index], say: Speech) -> Chart:
    """The index and its five dimensions by month, the oldest first; higher is worse."""
    whole = Series(say.text(N_("Index")), [each.score for each in history], "critical")
    dimensions = [
        Series(say.text(name), [_dimension(each, code) for each in history]) for code, name in DIMENSIONS.items()
    ]
    return Chart(
        kind="line",
        title=say.text(N_("Platform index, 0 to 1,000 (worst)")),
        along=say.text(N_("Month")),
        labels=[each.month for each in history],
        series=[whole, *dimensions],
        end=1_000,
    )


def _dimension(index: Index, name: str) -> int | None:
    return next((each.score for each in index.dimensions if each.name == name), None)


class Change(NamedTuple):
    """What a dimension did from one month to the next; the figures of it that moved most, as (name, from, to)."""

    name: str
    before: int | None
    after: int | None
    figures: Sequence[tuple[str, int | None, int | None]]


def changes(before: Index | None, after: Index) -> list[Change]:
    """Why the index is another than the month before: the dimensions whose score changed, the largest change first."""
    was = {each.name: each for each in before.dimensions} if before else {}
    found = []
    for each in after.dimensions:
        old = was.get(each.name)
        if old is None or old.score == each.score:
            continue
        known = {figure.name: figure for figure in old.figures}
        moved = [
            (figure.name, known[figure.name].value, figure.value)
            for figure in each.figures
            if figure.name in known and known[figure.name].score != figure.score
        ]
        found.append(Change(each.name, old.score, each.score, moved))
    return sorted(found, key=lambda each: -abs((each.after or 0) - (each.before or 0)))


def figure_said(name: str, value: int | None, say: Speech) -> str:
    """A figure of the index in its unit: basis points as per cent, thousandths as a decimal."""
    if value is None:
        return "–"
    if name.endswith("_bp"):
        return say.rate(f"{value}e-4")
    return say.number(Decimal(value).scaleb(-3) if name.endswith("_milli") else value)


def _chart(
    kind: str,
    title: str,
    months: Sequence[Month],
    series: Sequence[Series],
    say: Speech,
    *,
    currency: str = "",
    rate: bool = False,
) -> Chart:
    return Chart(
        kind=kind,  # type: ignore[arg-type]  # one of Kind: the callers are above
        title=title,
        along=say.text(N_("Month")),
        labels=[each.month for each in months],
        series=series,
        unit="money" if currency else "rate" if rate else "number",
        currency=currency,
    )


def _in(title: str, currency: str, say: Speech) -> str:
    return say.text(N_("%(what)s, in %(currency)s"), what=say.text(title), currency=currency)


def rate(share_bp: int | None) -> Decimal | None:
    """Basis points as a chart has shares."""
    return None if share_bp is None else share_bp / _BP
