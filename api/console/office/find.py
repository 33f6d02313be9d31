"""One box: an id, or the beginning of one, over all platforms. What is hit exactly is led to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.console.frame import frame
from api.console.links import event_page, page_of
from api.console.office import entity
from api.console.office.filters import QUEUE
from api.console.reasons import title_of
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import EVENTS, N_, known
from api.listed import FOUND_MAX, Hit

FIND: Final = "/console/find"
TEXT_LENGTH_MAX: Final = 200
GROUPS: Final[Mapping[str, str]] = {
    "party": N_("Parties"),
    "campaign": N_("Campaigns"),
    "loan": N_("Loans"),
    "pledge": N_("Pledges"),
    "alert": N_("Alerts"),
    "case": N_("Cases"),
    "platform": N_("Platforms"),
    "event": N_("Recorded events"),
}


class Found(NamedTuple):
    """One line of the answer."""

    href: str
    name: str
    about: str
    platform: str
    exact: bool


class Group(NamedTuple):
    """What was found of a kind. `more`: there may be others, a longer beginning finds them."""

    title: str
    rows: list[Found]
    more: bool


def routes(shell: Shell) -> list[Route]:
    """/console/find."""
    return entity.gets(shell, {FIND: _find})


def _find(shell: Shell, visit: Visit) -> Response:
    text = entity.parameters(visit, "text").get("text", "")
    too_long = len(text) > TEXT_LENGTH_MAX
    hits = shell.services.look.find(text).value if text and not too_long else []
    exact = [each for each in hits if each.exact]
    if len(exact) == 1:
        return RedirectResponse(address(exact[0]), 303)
    platforms = entity.names(shell)
    groups = [
        Group(
            visit.speech.text(title),
            [_found(each, shell, platforms, visit.speech) for each in own],
            len(own) >= FOUND_MAX,
        )
        for kind, title in GROUPS.items()
        if (own := [each for each in hits if each.kind == kind])
    ]
    return shell.render(visit, "office/find.html", **frame(shell.services), text=text, groups=groups, too_long=too_long)


def address(hit: Hit) -> str:
    """Where what was found has its page."""
    if hit.kind == "event" and hit.position is not None:
        return event_page(hit.position)
    if hit.kind == "alert":
        return f"{QUEUE}/{quote(hit.name, safe=':')}"
    if hit.kind == "case":
        return f"/console/cases/{quote(hit.name, safe='')}"
    return page_of(hit.key) or FIND


def _found(hit: Hit, shell: Shell, platforms: Mapping[str, str], say: Speech) -> Found:
    about = hit.about
    if hit.kind == "event":
        about = say.text(known(EVENTS, hit.about))
    elif hit.kind == "alert":
        about = title_of(hit.about, shell.services.rules, say.tag).text
    return Found(address(hit), hit.name, about, platforms.get(hit.platform, hit.platform), hit.exact)
