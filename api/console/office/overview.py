"""The office's first page: what waits and since when, what came in, who has fallen silent, how the ledger does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api.console.charts import Chart, Series
from api.console.frame import Pulse, counted, frame
from api.console.office.filters import QUEUE
from api.console.rows import Row, row_of
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import N_, SEVERITIES
from api.desk import COUNTED_MAX, Overview
from api.problems import Problem
from api.readiness import SealingStanding
from api.scorecards import Registered
from projections import cases
from projections.alerts import Alert, Filters
from projections.tallies import Waiting

OVERVIEW: Final = "/console/overview"
DAYS: Final = 90
LISTED: Final = 6
CUSTODY_GAP: Final = "P02-custody-gap"
GAPS_MAX: Final = 100
PLATFORMS_MAX: Final = 1_000
SILENT: Final = timedelta(days=1)  # a platform that trades reports every day
SILENT_LONG: Final = timedelta(days=7)
DUE_DAYS: Final = 3
WITNESS_ENTRIES: Final = 10_000  # further behind than that, and no witness is at work
# Beginning of each age in days, and what it is called.
AGES: Final = ((0, N_("Under a day")), (1, N_("Under a week")), (7, N_("Under a month")), (30, N_("Older")))
# How many days an alert may wait before anybody looks at it; a notice may wait for ever.
PATIENCE: Final = {"critical": 1, "high": 7, "medium": 30, "low": 30}
_EPOCH: Final = date(1970, 1, 1)


class Line(NamedTuple):
    """Open alerts of a severity by age, and how many of them nobody has looked at for too long."""

    severity: str
    ages: list[int]
    overdue: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.ages)


class Wait(NamedTuple):
    """Something that waits for somebody; `address` is where it is done, `bad` that it should not have come to this."""

    what: str
    many: str
    address: str
    bad: bool = False


class Silence(NamedTuple):
    """Platforms that may trade: how many report, and who has not for a day, the longest silence first."""

    reporting: int
    silent: list[Registered]
    long: int  # of the silent ones, for a week or more
    last: datetime | None  # the newest report of all


class Gap(NamedTuple):
    """What a custodian holds too little of, at its worst, minor units; and the alert that says so."""

    alert: str
    platform: str
    name: str
    currency: str
    amount: int
    last_day: date


def routes(shell: Shell) -> list[Route]:
    """/console/overview."""
    reads, services = shell.services.reads, shell.services

    def page(visit: Visit) -> Response:
        if visit.request.query_params:
            raise Problem("invalid_parameter", "this address takes no parameters.")
        say, now, me = visit.speech, services.now(), visit.principal.name if visit.principal else ""
        today = (now.astimezone(shell.zone).date() - _EPOCH).days
        days = range(today - DAYS + 1, today + 1)
        found = reads.overview(now, days[0], days[-1]).value
        platforms = reads.platforms("", PLATFORMS_MAX).value
        names = {each.id: each.name for each in platforms}
        due = reads.cases(cases.Filters(statuses=("open", "close_requested")), None, LISTED + 1).value
        framed = frame(services)
        newest = Filters(statuses=_OPEN, severity="critical", order="newest")
        waits = _waits(say, found, framed["pulse"], len(services.notifications.dead(None, COUNTED_MAX)))
        return shell.render(
            visit,
            "office/overview.html",
            **framed,
            counted=counted(services),
            lines=lines(found.waiting),
            ages=[say.text(name) for _, name in AGES],
            waits=[*waits, *_sealing(say, services.readiness().sealing)],
            at_risk=found.at_risk,
            gaps=gaps(reads.alerts(Filters(statuses=_OPEN, rule=CUSTODY_GAP), None, GAPS_MAX).value, names),
            gap_rule=CUSTODY_GAP,
            critical=_rows(shell, say, names, newest),
            mine=_rows(shell, say, names, Filters(statuses=_OPEN, assignee=me)),
            me=me,
            due=due[:LISTED],
            more_due=len(due) > LISTED,
            soon=now.astimezone(shell.zone).date() + timedelta(days=DUE_DAYS),
            silence=silence(platforms, now),
            listed=LISTED,
            charts=[_opened(say, found, days), _reported(say, found, days)],
        )

    return [Route(OVERVIEW, shell.page(page), methods=["GET"], include_in_schema=False)]


_OPEN: Final = ("open", "acknowledged", "escalated", "close_requested")


def lines(waiting: Iterable[Waiting]) -> list[Line]:
    """Open alerts by severity and age, the most severe first."""
    counts = {severity: [0] * len(AGES) for severity in SEVERITIES}
    overdue = dict.fromkeys(SEVERITIES, 0)
    place = {days: at for at, (days, _) in enumerate(AGES)}
    for each in waiting:
        counts[each.severity][place[each.days]] += each.alerts
        if each.status == "open" and each.days >= PATIENCE.get(each.severity, each.days + 1):
            overdue[each.severity] += each.alerts
    return [Line(severity, counts[severity], overdue[severity]) for severity in SEVERITIES]


def gaps(alerts: Iterable[Alert], names: Mapping[str, str]) -> list[Gap]:
    """What open alerts on custody say is missing, by currency, the most first; those without a sum have no line."""
    found = [
        Gap(
            each.id,
            each.platform,
            names.get(each.platform, each.platform),
            each.key["currency"],
            each.figures["gap_minor"],
            each.last_day,
        )
        for each in alerts
        if each.platform and "currency" in each.key and "gap_minor" in each.figures
    ]
    return sorted(found, key=lambda gap: (gap.currency, -gap.amount, gap.platform))


def silence(platforms: Sequence[Registered], now: datetime) -> Silence:
    """Who of those that may trade, or whose trade is suspended, reports and who does not."""
    trading = [each for each in platforms if each.status in {"licensed", "suspended"}]
    silent = [each for each in trading if now - _heard(each) >= SILENT]
    silent.sort(key=lambda each: (_heard(each), each.id))
    last = max((each.last_recorded_at for each in trading if each.last_recorded_at), default=None)
    long = sum(now - _heard(each) >= SILENT_LONG for each in silent)
    return Silence(len(trading) - len(silent), silent, long, last)


def _heard(platform: Registered) -> datetime:
    return platform.last_recorded_at or platform.registered_at


def _rows(shell: Shell, say: Speech, names: Mapping[str, str], filters: Filters) -> list[Row]:
    found = shell.services.reads.alerts(filters, None, LISTED).value
    return [row_of(each, shell.services.rules, names, say) for each in found]


def _waits(say: Speech, found: Overview, pulse: Pulse, dead: int) -> list[Wait]:
    asked = sum(each.alerts for each in found.waiting if each.status == "close_requested")
    waits = [
        (N_("Alerts that a second person has to close"), asked, f"{QUEUE}?status=close_requested", False),
        (N_("Corrections that wait for approval"), found.corrections, "/console/log/parked", False),
        (N_("Events parked for over a week"), found.parked, "/console/log/parked", True),
        (N_("Messages that could not be delivered"), dead, "/console/notifications", True),
        (N_("Views that have stopped"), len(pulse.stopped), "/console/log", True),
    ]
    return [
        Wait(say.text(what), _bounded(say, many), address, bad and many > 0)
        for what, many, address, bad in waits
        if many
    ]


def _bounded(say: Speech, many: int) -> str:
    return f"≥ {say.number(many)}" if many >= COUNTED_MAX else say.number(many)


def _sealing(say: Speech, sealing: SealingStanding | None) -> list[Wait]:
    """Proofs are only as good as the last head that was signed, and the last that somebody else has seen."""
    if sealing is None:
        return []
    if sealing.state == "stopped":
        return [Wait(say.text("Sealing has stopped"), "", "/console/log", bad=True)]
    behind = sealing.size - sealing.witnessed
    if sealing.witnessed and behind > WITNESS_ENTRIES:
        return [Wait(say.text("Entries that no witness has signed"), say.number(behind), "/console/log", bad=True)]
    return []


def _opened(say: Speech, found: Overview, days: range) -> Chart:
    counts = {(each.day, each.severity): each.alerts for each in found.opened}
    return Chart(
        kind="stacked",
        title=say.text("Alerts per day"),
        along=say.text("Day"),
        labels=[say.day(day) for day in days],
        series=[
            Series(say.text(said), [counts.get((day, code), 0) for day in days], code)
            for code, said in SEVERITIES.items()
        ]
        if found.opened
        else [],
    )


def _reported(say: Speech, found: Overview, days: range) -> Chart:
    counts = {each.day: each.events for each in found.reported}
    values = [counts.get(day, 0) for day in days]
    return Chart(
        kind="line",
        title=say.text("Events of platforms per day"),
        along=say.text("Day"),
        labels=[say.day(day) for day in days],
        series=[Series(say.text("Events"), values)] if found.reported else [],
    )
