"""What the pages of parties, campaigns, loans and pledges have in common: what may be asked, and what they all show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from api import cursors, times
from api.console import evidence
from api.console.flow import Flow, flow_of
from api.console.frame import frame
from api.console.office.filters import ALL
from api.console.rows import Row, row_of
from api.console.shell import Shell
from api.console.visits import Visit
from api.facts import Read
from api.listed import Place
from api.money_flow import HOPS_MAX, NODES_MAX, FlowQuestion
from api.problems import Problem
from api.services import Then
from api.times import Times
from ledger.events.naming import key
from ledger.recorded import Recorded
from projections.alerts import Alert, Filters

PAGE: Final = 20
PLATFORMS_MAX: Final = 1_000
VALUE_LENGTH_MAX: Final = 1_000
ALERTS_MAX: Final = 8
PEOPLE_MAX: Final = 5  # parties of one person whose alerts are looked for
NODES_SHOWN: Final = 20  # more of them than fit a screen are no picture


class Asked(NamedTuple):
    """A page's question: which entity, its parameters, as of when. `error`: why its times can't be meant."""

    kind: str
    scope: str
    name: str
    given: Mapping[str, str]
    times: Times
    error: Problem | None

    @property
    def key(self) -> str:
        """Of the entity."""
        return key(self.kind, self.scope, self.name)

    @property
    def hops(self) -> int:
        """How many steps of the flow to show."""
        return int(self.given.get("hops", "1"))


class Pages(NamedTuple):
    """A page of a list, and the cursor behind it; `cursor` is that of this page."""

    rows: Sequence[Any]
    cursor: str
    following: str | None


def gets(shell: Shell, pages: Mapping[str, Callable[[Shell, Visit], Response]]) -> list[Route]:
    """The routes of pages for the office, by path."""
    return [
        Route(path, shell.page(partial(page, shell)), methods=["GET"], include_in_schema=False)
        for path, page in pages.items()
    ]


def parameters(visit: Visit, *known: str) -> dict[str, str]:
    """The parameters of an address, without empty ones. Raises Problem for what is not known, or is no text."""
    pairs = visit.request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs) or given.keys() - set(known):
        raise Problem("invalid_parameter", f"known, and once each: {', '.join(known)}.")
    values = [*given.values(), *visit.request.path_params.values()]
    if any(len(value) > VALUE_LENGTH_MAX or "\0" in value or "\ufffd" in value for value in map(str, values)):
        raise Problem("invalid_parameter", "a parameter is too long, or no text.")
    return {name: value.strip() for name, value in given.items() if value.strip()}


def asked(shell: Shell, visit: Visit, kind: str, *known: str) -> Asked:
    """The question of an entity's page. Times that can't be meant are told in place, beside the present."""
    given = parameters(visit, "at", "known_at", "hops", "events", *known)
    if given.get("hops", "1") not in {str(number) for number in range(1, HOPS_MAX + 1)}:
        raise Problem("invalid_parameter", f"hops is 1 to {HOPS_MAX}.")
    named = visit.request.path_params
    found, error = Times(), None
    try:
        bounds = times.Bounds(at=given.get("at"), known_at=given.get("known_at"))
        services = shell.services
        found = times.read(bounds, lambda: services.reads.span().value, services.now(), services.time_zone)
    except Problem as problem:
        error = problem
    return Asked(kind, named["scope"], named["name"], given, found, error)


def there(then: Then, of: Asked, shell: Shell, visit: Visit) -> Response | None:
    """None where the entity is there; else the page that says since when it is. Raises Problem where it never was."""
    if then.state is not None:
        return None
    if then.began is None:
        raise Problem("not_found", f"there is no {of.kind} {of.name!r} of {of.scope!r}.")
    return shell.render(visit, "office/not_then.html", 404, **frame(shell.services), asked=of, then=then)


def names(shell: Shell) -> dict[str, str]:
    """Names of platforms by id."""
    return {each.id: each.name for each in shell.services.reads.platforms("", PLATFORMS_MAX).value}


def alerts_about(shell: Shell, visit: Visit, keys: Sequence[str], platforms: Mapping[str, str]) -> list[Row]:
    """The most urgent alerts about an entity, or about the parties of one person."""
    reads = shell.services.reads
    found: dict[str, Alert] = {}
    for own in keys[:PEOPLE_MAX]:
        found |= {each.id: each for each in reads.alerts(Filters(subject=own), None, ALERTS_MAX).value}
    return [row_of(each, shell.services.rules, platforms, visit.speech) for each in [*found.values()][:ALERTS_MAX]]


def alerts_address(own: str) -> str:
    """Where the queue shows all alerts whose subject or words have this key."""
    return f"/console/alerts?status={ALL}&text={quote(own, safe='')}"


def events_about(shell: Shell, visit: Visit, of: Asked, platforms: Mapping[str, str]) -> Pages:
    """The timeline of an entity, the newest page first; within a page in the order in which things happened."""
    reads, look = shell.services.reads, shell.services.look
    question = ("console", "events", of.key)
    before = cursors.decode(question, of.given.get("events"), int, 0)
    found: list[Recorded] = look.events_about(of.key, before or None, PAGE + 1).value
    shown = found[:PAGE]
    marks = reads.states([evidence.mark_of(each) for each in shown]).value.keys()
    following = cursors.encode(question, shown[-1].position) if len(found) > PAGE else None
    rows = evidence.timeline(shown, platforms, visit.speech, marks)
    return Pages(rows, of.given.get("events", ""), following)


def listed(of: Mapping[str, str], name: str, question: Sequence[Any], read: Any, place: Any) -> Pages:
    """A page of a list whose cursor is the parameter `name`; `read(before, limit)`, `place(row)` its sort key."""
    question = ("console", name, *question)
    before = cursors.decode(question, of.get(name), Place | None, None)
    found = read(before, PAGE + 1).value
    shown = found[:PAGE]
    following = cursors.encode(question, place(shown[-1])) if len(found) > PAGE else None
    return Pages(shown, of.get(name, ""), following)


def flow_around(shell: Shell, visit: Visit, of: Asked, keys: Sequence[str], platforms: Mapping[str, str]) -> Read[Flow]:
    """Who paid whom around an entity, as of the times asked for."""
    question = FlowQuestion(keys, (), of.hops, times=of.times, nodes=min(NODES_SHOWN * of.hops, NODES_MAX))
    read = shell.services.look.flow(question)
    title = visit.speech.text("Flow of money around %(name)s", name=of.name)
    return Read(flow_of(read.value, title, platforms, visit.speech), read.as_of)


def wrong_kind(of: Asked) -> Response:
    """A key whose state is of another kind: nothing that a page could show."""
    raise Problem("not_found", f"there is no {of.kind} {of.name!r} of {of.scope!r}.")
