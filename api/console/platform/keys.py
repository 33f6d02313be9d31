"""A platform's own keys: made here and shown once, replaced without a gap, revoked after being asked twice."""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple
from uuid import UUID

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.console.frame import frame
from api.console.platform import own
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.ways import PLATFORM
from api.own import KEYS_MAX, OwnKey
from api.problems import Problem

NAME_LENGTH_MAX: Final = 128
DONE: Final = ("revoked",)


class Told(NamedTuple):
    """What a form led to: a key's text, shown this once; a key that is about to be revoked; what was wrong."""

    text: str = ""
    name: str = ""
    asked: OwnKey | None = None
    trouble: str = ""  # name, many


def routes(shell: Shell) -> list[Route]:
    """/platform/keys."""

    def show(visit: Visit) -> Response:
        done = own.asked(visit.request, "done").get("done", "")
        if done not in {"", *DONE}:
            raise Problem("invalid_parameter", f"done is one of {', '.join(DONE)}.")
        return _page(shell, visit, Told(), done=done)

    async def act(visit: Visit, form: dict[str, str]) -> Response:
        return await asyncio.to_thread(_act, shell, visit, form)

    return [
        Route(own.KEYS, shell.page(show, PLATFORM), methods=["GET"], include_in_schema=False),
        Route(own.KEYS, shell.action(act, PLATFORM), methods=["POST"], include_in_schema=False),
    ]


def _act(shell: Shell, visit: Visit, form: dict[str, str]) -> Response:
    action = form.get("do", "")
    if action == "make":
        return _make(shell, visit, form.get("name", ""))
    if action not in {"ask", "revoke"}:
        raise Problem("invalid_parameter", "do is make, ask or revoke.")
    key = _key(shell, visit, form.get("key", ""))
    if action == "ask":
        return _page(shell, visit, Told(asked=key))
    assert visit.principal is not None, "an action is for people who have signed in"
    shell.services.own.keys.revoke(own.source_of(visit), key.id, visit.principal)
    return RedirectResponse(f"{own.KEYS}?done=revoked", 303)


def _make(shell: Shell, visit: Visit, name: str) -> Response:
    assert visit.principal is not None, "an action is for people who have signed in"
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        return _page(shell, visit, Told(name=name[:NAME_LENGTH_MAX], trouble="name"), status=422)
    text = shell.services.own.keys.create(own.source_of(visit), name, visit.principal)
    if text is None:
        return _page(shell, visit, Told(name=name, trouble="many"), status=409)
    return _page(shell, visit, Told(text=text, name=name), status=201)


def _key(shell: Shell, visit: Visit, text: str) -> OwnKey:
    """A key of this platform that is in use. Raises Problem, also for another platform's."""
    try:
        wanted = UUID(text)
    except ValueError:
        raise Problem("not_found", "you have no such key.") from None
    for key in shell.services.own.keys.listed(own.source_of(visit)):
        if key.id == wanted and key.revoked_at is None:
            return key
    raise Problem("not_found", "you have no such key in use.")


def _page(shell: Shell, visit: Visit, told: Told, *, done: str = "", status: int = 200) -> Response:
    keys = shell.services.own.keys.listed(own.source_of(visit))
    return shell.render(
        visit,
        "platform/keys.html",
        status,
        **frame(shell.services),
        keys=keys,
        used=sum(key.revoked_at is None for key in keys),
        most=KEYS_MAX,
        told=told,
        done=done,
        base=str(visit.request.base_url).rstrip("/"),
        source=own.source_of(visit),
    )
