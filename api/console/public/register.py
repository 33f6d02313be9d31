"""The public register: who may do business, who may not, and since when."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from api import cursors, register
from api.console import asked
from api.console.public.open import public, render
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import N_, PLATFORM_KINDS, PLATFORM_STATUSES, SANCTIONS, STANDING_STEPS
from api.problems import Problem
from api.scorecards import Registered, Wanted
from api.services import Services
from projections.base import day_of
from projections.sanctions import Asked, Sanction

REGISTER: Final = "/register"
PAGE: Final = 50
SANCTIONS_MAX: Final = 1_000  # read at once; of all platforms together far fewer hold
STANDINGS: Final = {
    "closed": N_("Closed down"),
    "suspended": N_("Suspended"),
    "expired": N_("Licence expired"),
    "restricted": N_("Licensed, restricted"),
    "licensed": N_("Licensed"),
    "registered": N_("Registered, no licence"),
}
MEANINGS: Final = {
    "closed": N_("This platform has ended its business. It must not take money any more."),
    "suspended": N_("This platform must not do business at present. Do not send it money."),
    "expired": N_("The licence of this platform has run out. Until it is renewed it must not take new business."),
    "restricted": N_("This platform has a licence, but it must not do everything that the licence allows. See below."),
    "licensed": N_("This platform has a licence and may do business of the kinds named here."),
    "registered": N_("This platform is registered and has no licence yet. It must not take money."),
}
# How a standing is coloured: the class of `parts.state`.
COLOURS: Final = {
    "closed": "closed", "suspended": "suspended", "expired": "suspended", "restricted": "acknowledged",
    "licensed": "licensed", "registered": "registered",
}  # fmt: skip


class Line(NamedTuple):
    """A platform in the register."""

    platform: Registered
    standing: str


class Found(NamedTuple):
    """A platform with the public sanctions in force; `position` is what it is as of."""

    platform: Registered
    held: list[Sanction]
    standing: str
    position: int


def routes(shell: Shell) -> list[Route]:
    """/register and /register/{platform}."""
    reads = shell.services.reads

    def listing(visit: Visit) -> Response:
        given = asked.read(visit.request, kind=PLATFORM_KINDS, status=PLATFORM_STATUSES, text=None, cursor=None)
        wanted = Wanted(given.get("kind"), given.get("status"), given.get("text"))
        question = ("register", *wanted)
        after: str | None = cursors.decode(question, given.get("cursor"), str | None, None)
        found = reads.register(wanted, after, PAGE + 1).value
        today = _today(shell.services)
        sanctions = reads.sanctions(Asked(day=day_of(today)), None, SANCTIONS_MAX).value
        lines = [
            Line(each, register.standing(each, register.in_force(sanctions, each.id, today), today))
            for each in found[:PAGE]
        ]
        return render(
            shell, visit, "register.html", "/register", lines=lines, given=given, standings=STANDINGS, colours=COLOURS,
            following=cursors.encode(question, found[PAGE - 1].id) if len(found) > PAGE else None,
            options={
                "kinds": [(code, visit.speech.text(said)) for code, said in PLATFORM_KINDS.items()],
                "statuses": [(code, visit.speech.text(said)) for code, said in PLATFORM_STATUSES.items()],
            },
        )  # fmt: skip

    def show(visit: Visit) -> Response:
        asked.read(visit.request)
        name = visit.request.path_params["platform"]
        found = find(shell.services, name)
        steps = [each for each in reads.platform_standings(name).value[::-1] if each.corrected_position is None]
        return render(
            shell, visit, "platform.html", "/register", it=found.platform, standing=found.standing, held=found.held,
            position=found.position, steps=steps, said=STANDINGS, meanings=MEANINGS, colours=COLOURS,
            sanction_kinds=SANCTIONS, step_names=STANDING_STEPS, base=str(visit.request.base_url).rstrip("/"),
        )  # fmt: skip

    return [
        Route(REGISTER, public(shell, listing), methods=["GET"], include_in_schema=False),
        Route(f"{REGISTER}/{{platform}}", public(shell, show), methods=["GET"], include_in_schema=False),
    ]


def find(services: Services, name: str) -> Found:
    """A platform's standing today. Raises Problem."""
    read = services.reads.platform(name)
    if read.value is None:
        raise Problem("not_found", "the register has no such platform.")
    today = _today(services)
    sanctions = services.reads.sanctions(Asked(subject=f"platform:{name}"), None, SANCTIONS_MAX)
    held = register.in_force(sanctions.value, name, today)
    position = min(read.as_of.position, sanctions.as_of.position)
    return Found(read.value, held, register.standing(read.value, held, today), position)


def _today(services: Services) -> date:
    return services.now().astimezone(ZoneInfo(services.time_zone)).date()
