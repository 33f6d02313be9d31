"""Has everything arrived? What was recorded, refused and parked, how late it came, and what waits for the platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api.console import scorecard
from api.console.charts import Chart, Series
from api.console.frame import frame
from api.console.platform import own
from api.console.platform.alerts import mine
from api.console.platform.held import PARKED, Row, rows_of
from api.console.rows import row_of
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.ways import PLATFORM
from api.console.words import CODES, EVENTS, N_, PLATFORM_KINDS, known
from api.own import Ingest, Wanted
from api.problems import Problem
from api.services import Scorecard, Services
from ledger.recorded import scope_of

DAYS_DRAWN: Final = 30
LOOKED_AT: Final = 50  # of the newest refused items
LISTED: Final = 5
MONTHS: Final = 12
CUSTODY_AGE: Final = timedelta(days=31)


class Share(NamedTuple):
    """How often a reason was given, in basis points of all that was refused in the same days."""

    code: str
    items: int
    share_bp: int


class Todo(NamedTuple):
    """Something that waits for the platform."""

    what: str
    detail: str
    path: str


def routes(shell: Shell) -> list[Route]:
    """/platform/overview."""

    def show(visit: Visit) -> Response:
        own.asked(visit.request)
        services, say, source = shell.services, visit.speech, own.source_of(visit)
        name, now = scope_of(source), services.now()
        ingest = services.own.ingest(source, now).value
        standing = services.reads.platform(name).value
        figures = services.reads.scorecard(name).value if standing else None
        newest = rows_of(shell, source, services.own.refused(source, Wanted(), LOOKED_AT).value.rows)
        unmended = [row for row in newest if row.mended is None]
        return shell.render(
            visit,
            "platform/overview.html",
            **frame(services),
            source=source,
            standing=standing,
            kinds=say.listed(say.text(known(PLATFORM_KINDS, kind)) for kind in standing.kinds) if standing else "",
            ingest=ingest,
            refused=sum(each.items for each in ingest.refused),
            sent=sum(events for _, events in ingest.events),
            shares=shares(ingest),
            arriving=_arriving(ingest, say),
            late=_late(ingest, say),
            unmended=unmended[:LISTED],
            todos=[*_held(services, source, unmended, ingest, say), *_missing(figures, name, now, say)],
            figures=figures,
            custody=[(one, None if one.reported is None else one.reported - one.derived) for one in figures.custody]
            if figures
            else [],
            alerts=[row_of(each, services.rules, {}, say) for each in mine(services, name, LISTED)],
            card=_card(services, name, say) if standing else None,
            code=lambda code: say.text(known(CODES, code)),
            event=lambda kind: say.text(known(EVENTS, kind)) if kind else "–",
        )

    return [Route(own.OVERVIEW, shell.page(show, PLATFORM), methods=["GET"], include_in_schema=False)]


def _card(services: Services, name: str, say: Speech) -> scorecard.Card | None:
    """None while its view is built anew: what is known of the reporting does not wait for that."""
    try:
        return scorecard.read(services, name, MONTHS, say)
    except Problem as problem:
        if problem.code != "unavailable":
            raise
        return None


def shares(ingest: Ingest) -> list[Share]:
    """The reasons of what was refused, the most frequent first."""
    counted: Counter[str] = Counter()
    for each in ingest.refused:
        counted[each.code] += each.items
    whole = counted.total()
    return [Share(code, items, items * 10_000 // whole) for code, items in counted.most_common()]


def _arriving(ingest: Ingest, say: Speech) -> Chart:
    last = ingest.days[1]
    days = range(last - DAYS_DRAWN + 1, last + 1)
    recorded, refused = dict(ingest.events), Counter[int]()
    for each in ingest.refused:
        refused[each.day] += each.items
    return Chart(
        kind="bar",
        title=say.text(N_("What arrived, by day (UTC)")),
        along=say.text(N_("Day")),
        labels=[say.day(day) for day in days],
        series=[
            Series(say.text(N_("Recorded")), [recorded.get(day, 0) for day in days]),
            Series(say.text(N_("Refused")), [refused.get(day, 0) for day in days], "critical"),
        ],
    )


def _late(ingest: Ingest, say: Speech) -> Chart:
    names = (N_("within an hour"), N_("within a day"), N_("within a week"), N_("later"))
    return Chart(
        kind="bar",
        title=say.text(N_("How long after it happened it was recorded")),
        along=say.text(N_("Delay")),
        labels=[say.text(name) for name in names],
        series=[Series(say.text(N_("Events")), list(ingest.lateness.bands))],
    )


def _held(services: Services, source: str, unmended: Sequence[Row], ingest: Ingest, say: Speech) -> list[Todo]:
    found = []
    if unmended:
        most = say.number(LOOKED_AT)
        said = say.plural("%(num)s refused event is not mended", "%(num)s refused events are not mended", len(unmended))
        found.append(Todo(said, say.text(N_("of the newest %(most)s"), most=most), own.HELD))
    for each in services.own.waiting(source, Wanted(), LISTED).value:
        if any(key.startswith("approval:") for key in each.missing):
            continue
        what = say.text(N_("%(event)s waits for %(missing)s"), event=say.text(known(EVENTS, each.type)),
                        missing=say.listed(each.missing))  # fmt: skip
        found.append(Todo(what, say.age(each.parked_at, services.now()), f"{PARKED}/{each.number}"))
    if ingest.parked > LISTED:
        said = say.plural("%(num)s event is parked in all", "%(num)s events are parked in all", ingest.parked)
        found.append(Todo(said, "", f"{own.HELD}?show=parked"))
    for asked in services.reads.corrections(source, "waiting", 0, LISTED).value:
        what = say.text(N_("The correction of %(id)s waits for a second person"), id=asked.data.corrects)
        found.append(Todo(what, say.age(asked.asked_at, services.now()), own.event_address(asked.id)))
    return found


def _missing(figures: Scorecard | None, name: str, now: datetime, say: Speech) -> list[Todo]:
    """Reports that others can be expected to miss: custody of money that is there, figures of the last month."""
    if figures is None:
        return []
    found = []
    for one in figures.custody:
        if one.as_of is None and one.derived:
            what = say.text(N_("No custodian has reported a balance in %(currency)s"), currency=one.currency)
            held = say.text(N_("by the books there is %(amount)s"), amount=say.money(one.derived, one.currency))
            found.append(Todo(what, held, f"{own.SANDBOX}?example=custody.reported"))
        elif one.as_of is not None and one.derived and now - one.as_of > CUSTODY_AGE:
            what = say.text(N_("The newest custody balance in %(currency)s is old"), currency=one.currency)
            found.append(Todo(what, say.age(one.as_of, now), f"{own.SANDBOX}?example=custody.reported"))
    before = month_before(now.date())
    if figures.month is not None and figures.month < before:
        what = say.text(N_("The monthly figures of %(month)s have not arrived"), month=before)
        last = say.text(N_("the last are of %(month)s"), month=figures.month)
        found.append(Todo(what, last, f"{own.SANDBOX}?example=platform.reported"))
    return found


def month_before(today: date) -> str:
    """The month before the one of a day, YYYY-MM."""
    return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
