"""How the log itself does: seal and witnesses, views, pace, what waits, what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api.console.charts import Chart, Series
from api.console.frame import counted, frame
from api.console.shell import Page, Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import CODES, ENTITIES, N_, VIEW_STATES, known
from api.logged import Health, Minute, Refused, Witness
from api.problems import Problem

LOG: Final = "/console/log"
PACE_MINUTES: Final = 180
REASONS_MAX: Final = 12
SOURCES_MAX: Final = 10
AGES: Final = {
    "hour": N_("less than an hour"),
    "day": N_("less than a day"),
    "week": N_("less than a week"),
    "longer": N_("a week or longer"),
}


class Signs(NamedTuple):
    """A witness: its name and key id, how far it has signed, how many entries it is behind."""

    name: str
    id: str
    size: int
    behind: int
    witness: Witness


class Reason(NamedTuple):
    """How often something was refused for a reason: in the last days, ever, and by which source most."""

    code: str
    said: str
    recent: int
    ever: int
    source: str


def routes(shell: Shell) -> list[Route]:
    """/console/log."""
    return [Route(LOG, shell.page(_health(shell)), methods=["GET"], include_in_schema=False)]


def _health(shell: Shell) -> Page:
    reads = shell.services.reads

    def page(visit: Visit) -> Response:
        if visit.request.query_params:
            raise Problem("invalid_parameter", "this address takes no parameters.")
        say = visit.speech
        ready = shell.services.readiness()
        health: Health = reads.log_health(shell.services.now()).value
        return shell.render(
            visit,
            "office/log.html",
            **frame(shell.services),
            counted=counted(shell.services),
            head=ready.position,
            views=sorted(ready.views, key=lambda view: (view.state == "live", view.name)),
            sealing=ready.sealing,
            note=reads.checkpoint().value,
            keys=reads.log_keys().value,
            view_state=lambda state: say.text(known(VIEW_STATES, state)),
            health=health,
            witnesses=[_signs(each, ready.sealing.size if ready.sealing else 0) for each in health.witnesses],
            pace=_pace(health.pace, say),
            ages=[(say.text(AGES[name]), count) for name, count in health.waiting.ages],
            kinds=[(say.text(known(ENTITIES, kind)), count) for kind, count in health.waiting.kinds],
            reasons=_reasons(health, say),
            by_day=_by_day(health.refused, say),
            sources=_sources(health.refused),
        )

    return page


def _signs(witness: Witness, sealed: int) -> Signs:
    name, identity, *_ = [*witness.verifier_key.split("+"), "", ""]
    return Signs(name, identity, witness.size, max(0, sealed - witness.size), witness)


def _pace(minutes: Sequence[Minute], say: Speech) -> Chart | None:
    """Entries by minute; minutes in which nothing came are there with nothing."""
    if not minutes:
        return None
    found = {each.begins: each.entries for each in minutes}
    last = max(found)
    begins = [last - timedelta(minutes=back) for back in range(PACE_MINUTES - 1, -1, -1)]
    begins = [each for each in begins if each >= min(found)]
    return Chart(
        kind="line" if len(begins) > 1 else "bar",
        title=say.text("Entries sealed each minute"),
        along=say.text("Minute"),
        labels=[say.clock(each)[:5] for each in begins],
        series=[Series(say.text("Entries"), [found.get(each, 0) for each in begins])],
    )


def _reasons(health: Health, say: Speech) -> list[Reason]:
    recent: Counter[str] = Counter()
    sources: dict[str, Counter[str]] = {}
    for each in health.refused:
        recent[each.code] += each.refused
        sources.setdefault(each.code, Counter())[each.source] += each.refused
    found = []
    for code, ever in health.refused_ever[:REASONS_MAX]:
        most = sources[code].most_common(1)[0][0] if code in sources else ""
        found.append(Reason(code, say.text(known(CODES, code)), recent[code], ever, most))
    return sorted(found, key=lambda each: (-each.recent, -each.ever, each.code))


def _by_day(refused: Sequence[Refused], say: Speech) -> Chart | None:
    """By day and reason; the four most frequent reasons by name, the rest together."""
    if not refused:
        return None
    codes = Counter[str]()
    for each in refused:
        codes[each.code] += each.refused
    named = [code for code, _ in codes.most_common(4)]
    days = sorted({each.day for each in refused})
    days = [days[0] + timedelta(days=place) for place in range((days[-1] - days[0]).days + 1)]

    def values(wanted: Any) -> list[int]:
        return [sum(each.refused for each in refused if each.day == day and wanted(each.code)) for day in days]

    series = [Series(say.text(known(CODES, code)), values(lambda own, code=code: own == code)) for code in named]
    if len(codes) > len(named):
        series.append(Series(say.text("Other reasons"), values(lambda own: own not in named)))
    return Chart(
        kind="stacked",
        title=say.text("Refused by day (UTC) and reason"),
        along=say.text("Day"),
        labels=[say.day(day) for day in days],
        series=series,
    )


def _sources(refused: Sequence[Refused]) -> list[tuple[str, int]]:
    found = Counter[str]()
    for each in refused:
        found[each.source] += each.refused
    return found.most_common(SOURCES_MAX)
