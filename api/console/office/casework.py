"""What all pages of casework share: the ways between them, and acts that are recorded once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import Principal
from api.console.frame import frame
from api.console.office import case_words
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import DONE, N_, Trouble
from api.facts import AsOf
from api.problems import Problem
from ledger.kernel import clock

M = TypeVar("M", bound=BaseModel)
Endpoint = Callable[[Request], Awaitable[Response]]
# What a form does: (its visit, who, its fields, its id) -> the page that shows it, and the event's position.
Do = Callable[[Visit, Principal, dict[str, str], str | None], tuple[str, int]]
BOARD: Final = "/console/cases"
MUTES: Final = "/console/mutes"
SANCTIONS: Final = "/console/sanctions"
SUBSCRIPTIONS: Final = "/console/subscriptions"
WAYS: Final = (
    (BOARD, N_("Cases")),
    (MUTES, N_("Mutes")),
    (SANCTIONS, N_("Sanctions")),
    (SUBSCRIPTIONS, N_("Notifications")),
)
PLATFORMS_MAX: Final = 1_000
VALUE_LENGTH_MAX: Final = 1_000


class Told(NamedTuple):
    """A refusal as it is shown in place. `detail` is the ledger's own sentence."""

    words: Trouble
    detail: str | None
    status: int


@dataclass(frozen=True)
class Reply:
    """What a page shows of the act before it: done, or refused with what was typed."""

    done: str | None = None
    entry: int | None = None
    trouble: Told | None = None
    tried: str = ""
    form: Mapping[str, str] | None = None

    @property
    def status(self) -> int:
        """HTTP status of the page."""
        return self.trouble.status if self.trouble else 200

    def typed(self, action: str, name: str, default: str = "") -> str:
        """What a field of a form begins with: what was typed, where that form was refused."""
        if self.tried == action and self.form is not None:
            return self.form.get(name, "")
        return default


def told(problem: Problem) -> Told:
    """A problem in the reader's words, with the ledger's own."""
    return Told(case_words.trouble(problem.code), problem.detail, problem.status)


def frame_of(shell: Shell, as_of: AsOf | None = None, reply: Reply | None = None) -> dict[str, Any]:
    """What every page of casework is rendered with."""
    reply = reply or Reply()
    behind = bool(as_of and reply.entry and as_of.position < reply.entry)
    return {
        **frame(shell.services),
        "casework_ways": WAYS,
        "case_words": case_words,
        "reply": reply,
        "behind": behind,
        "once": clock.new_id,
    }


def reply_of(visit: Visit, *known: str) -> tuple[Reply, dict[str, str]]:
    """What the address says was done, and its other parameters. Raises Problem for what is not in `known`."""
    given = parameters(visit, "done", "entry", *known)
    done, entry = given.pop("done", ""), given.pop("entry", "")
    if entry and not (entry.isascii() and entry.isdigit() and len(entry) < 19):
        raise Problem("invalid_parameter", "entry is a position of the ledger.")
    return Reply(case_words.DONE.get(done) or DONE.get(done), int(entry) if entry else None), given


def parameters(visit: Visit, *known: str) -> dict[str, str]:
    """The parameters of an address that are not empty. Raises Problem for what is not known, or given twice."""
    pairs = visit.request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Problem("invalid_parameter", "a parameter is given twice.")
    if unknown := sorted(given.keys() - {*known}):
        raise Problem("invalid_parameter", f"unknown: {', '.join(unknown)}. Known: {', '.join(sorted(known))}.")
    if any(len(value) > VALUE_LENGTH_MAX or "\0" in value or "\ufffd" in value for value in given.values()):
        raise Problem("invalid_parameter", "a parameter is too long, or no text.")
    return {name: value.strip() for name, value in given.items() if value.strip()}


def officer(visit: Visit) -> Principal:
    """Who acts. Raises Problem (403) for those who only read."""
    if not visit.may_act or visit.principal is None:
        raise Problem("forbidden", "only a regulator does this; an auditor reads.")
    return visit.principal


async def recorded(
    act: Callable[[], tuple[str, int]],
    done: str,
    refused: Callable[[Problem], Response],
) -> Response:
    """Do it, and lead to the page that shows it (POST, redirect, GET); what is refused is shown in place.

    `act` gives the page's address and the event's position.
    """
    try:
        address, position = await asyncio.to_thread(act)
    except Problem as problem:
        if problem.code not in case_words.TOLD:
            raise
        return await asyncio.to_thread(refused, problem)
    separator = "&" if "?" in address else "?"
    return RedirectResponse(f"{address}{separator}{urlencode({'done': done, 'entry': position})}", 303)


def acting(shell: Shell, done: str, do: Do, show: Callable[[Visit, Reply], Response]) -> Endpoint:
    """The endpoint of a form. `show` makes the page again where it is refused."""

    async def act(visit: Visit, form: dict[str, str]) -> Response:
        who, once = officer(visit), form.pop("once", None)

        def refused(problem: Problem) -> Response:
            tried = visit.request.path_params.get("name", done)
            return show(visit, Reply(trouble=told(problem), tried=tried, form=form))

        return await recorded(lambda: do(visit, who, form, once), done, refused)

    return shell.action(act)


def led(shell: Shell, address: str) -> Endpoint:
    """Whoever loads the answer to a form again, or changes its language, is led to its page."""
    return shell.page(lambda _visit: RedirectResponse(address, 303))


def validated(model: type[M], fields: Mapping[str, Any]) -> M:
    """The fields of a form as what the API takes. Raises Problem where they don't fit; it names the field."""
    try:
        return model.model_validate({name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        found = [f"{'.'.join(map(str, each['loc'])) or 'form'}: {each['msg']}" for each in error.errors()]
        raise Problem("invalid_parameter", "; ".join(found)[:500]) from None


def platforms_of(shell: Shell) -> dict[str, str]:
    """The names of platforms by id."""
    return {each.id: each.name for each in shell.services.reads.platforms("", PLATFORMS_MAX).value}


def said(vocabulary: Mapping[str, str], say: Speech) -> list[tuple[str, str]]:
    """A vocabulary as the options of a field."""
    return [(code, say.text(message)) for code, message in vocabulary.items()]
