"""Views of the queue that people keep: listed above its filter; named, shared and dropped on a page of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.console.frame import frame
from api.console.office import filters
from api.console.office.filters import QUEUE, Filters
from api.console.shell import Shell
from api.console.visits import Visit
from api.desk import NewView, SavedView, SavedViews
from api.problems import Problem
from api.services import Services

VIEWS: Final = "/console/views"
NAME_LENGTH_MAX: Final = 60
TOLD: Final = frozenset({"entity_exists", "invalid_parameter", "malformed"})


class Tab(NamedTuple):
    """A view as it stands above the filter; `current` where the page shows just this."""

    view: SavedView
    address: str
    current: bool


def tabs(services: Services, visit: Visit, chosen: Filters) -> list[Tab]:
    """Own views and shared ones. One whose filter is no longer understood is left out here; its own page says so."""
    made = []
    for view in services.saved_views.seen_by(_user(visit)):
        kept = understood(view.query)
        if kept is not None:
            made.append(Tab(view, kept.address(), kept.address() == chosen.address()))
    return made


def understood(query: str) -> Filters | None:
    """The filter of a view; None where a later release no longer knows what it asks."""
    try:
        return filters.kept(query)
    except Problem:
        return None


def start(services: Services, visit: Visit) -> str | None:
    """Where the bare address of the queue leads this person."""
    query = services.saved_views.at_start(_user(visit))
    kept = None if query is None else understood(query)
    address = None if kept is None else kept.address()
    return None if address == QUEUE else address


def routes(shell: Shell) -> list[Route]:
    """/console/views: list, keep, change, drop."""

    def show(visit: Visit) -> Response:
        if visit.request.query_params:
            raise Problem("invalid_parameter", "this address takes no parameters.")
        return _page(shell, visit)

    def back(_visit: Visit) -> Response:
        return RedirectResponse(VIEWS, 303)

    made = [Route(VIEWS, shell.page(show), methods=["GET"], include_in_schema=False)]
    for name, do in (("keep", _keep), ("change", _change), ("drop", _drop)):
        made.append(Route(f"{VIEWS}/{name}", _act(shell, do), methods=["POST"], include_in_schema=False))
        made.append(Route(f"{VIEWS}/{name}", shell.page(back), methods=["GET"], include_in_schema=False))
    return made


def _page(shell: Shell, visit: Visit, trouble: Problem | None = None) -> Response:
    seen = shell.services.saved_views.seen_by(_user(visit))
    return shell.render(
        visit,
        "office/views.html",
        trouble.status if trouble else 200,
        **frame(shell.services),
        mine=[each for each in seen if each.mine],
        others=[each for each in seen if not each.mine],
        understood=understood,
        trouble=trouble,
    )


Do = Callable[[SavedViews, Visit, Mapping[str, str]], str]  # gives the address to lead to


def _act(shell: Shell, do: Do) -> Callable[[Request], Awaitable[Response]]:
    async def answer(visit: Visit, form: dict[str, str]) -> Response:
        try:
            address = await asyncio.to_thread(do, shell.services.saved_views, visit, form)
        except Problem as trouble:
            if trouble.code not in TOLD:
                raise
            return await asyncio.to_thread(_page, shell, visit, trouble)
        return RedirectResponse(address, 303)

    return shell.action(answer)


def _keep(views: SavedViews, visit: Visit, form: Mapping[str, str]) -> str:
    kept = filters.kept(form.get("query", ""))
    views.keep(_user(visit), _new(form, kept.address().partition("?")[2]))
    # The bare address would lead on to the view at start.
    return kept.address() if kept.address() != QUEUE else f"{QUEUE}?status={kept.status}"


def _change(views: SavedViews, visit: Visit, form: Mapping[str, str]) -> str:
    if not views.change(_user(visit), _id(form), _new(form, "")):
        raise Problem("not_found", "you have no such view.")
    return VIEWS


def _drop(views: SavedViews, visit: Visit, form: Mapping[str, str]) -> str:
    if not views.drop(_user(visit), _id(form)):
        raise Problem("not_found", "you have no such view.")
    return VIEWS


def _new(form: Mapping[str, str], query: str) -> NewView:
    name = " ".join(form.get("name", "").split())
    if not name or len(name) > NAME_LENGTH_MAX:
        raise Problem("malformed", f"a view has a name of 1 to {NAME_LENGTH_MAX} characters.")
    return NewView(name, query, "shared" in form, "at_start" in form)


def _id(form: Mapping[str, str]) -> UUID:
    try:
        return UUID(form.get("view", ""))
    except ValueError:
        raise Problem("not_found", "you have no such view.") from None


def _user(visit: Visit) -> str:
    assert visit.principal is not None, "the page is for people who have signed in"
    return visit.principal.id
