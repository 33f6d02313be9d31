"""Who is told of findings: subscriptions, a new one with its secret, an end; messages that could not be delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import cursors, subscribing
from api.console.office import case_words
from api.console.office.casework import (
    SUBSCRIPTIONS,
    Endpoint,
    Reply,
    frame_of,
    led,
    officer,
    platforms_of,
    reply_of,
    told,
    validated,
)
from api.console.reasons import title_of
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import SEVERITIES
from api.office import NewSubscription
from api.problems import Problem
from ledger.kernel.refusals import Code

PAGE: Final = 30
DEAD: Final = 50
KNOWN_MAX: Final = 1_000  # subscriptions that a new one is held against
FIELDS: Final = ("name", "channel", "target", "min_severity", "rule", "platform", "language", "group_seconds")
BEGUN: Final[Mapping[str, str]] = {"channel": "webhook", "min_severity": "high", "group_seconds": "30"}


def routes(shell: Shell) -> list[Route]:
    """/console/subscriptions: the list, the form, the end of one, another try for a dead letter."""

    def show(visit: Visit) -> Response:
        reply, given = reply_of(visit, "cursor", "dead")
        return _page(shell, visit, reply, given)

    one, retry = f"{SUBSCRIPTIONS}/{{name}}/end", f"{SUBSCRIPTIONS}/dead/{{name}}/retry"
    return [
        Route(SUBSCRIPTIONS, shell.page(show), methods=["GET"], include_in_schema=False),
        Route(SUBSCRIPTIONS, _subscribing(shell), methods=["POST"], include_in_schema=False),
        Route(one, _settling(shell, "end"), methods=["POST"], include_in_schema=False),
        Route(one, led(shell, SUBSCRIPTIONS), methods=["GET"], include_in_schema=False),
        Route(retry, _settling(shell, "retry"), methods=["POST"], include_in_schema=False),
        Route(retry, led(shell, SUBSCRIPTIONS), methods=["GET"], include_in_schema=False),
    ]


def _subscribing(shell: Shell) -> Endpoint:
    def make(visit: Visit, form: dict[str, str]) -> Response:
        who = officer(visit)
        try:
            given: dict[str, str] = {name: form[name] for name in FIELDS if name in form}
            new = validated(subscribing.Subscribe, {"name": "", "target": "", **given})
            _check_new(shell, new)
            _, secret = subscribing.subscribe(shell.services, who, new)
        except Problem as problem:
            if problem.code not in case_words.TOLD:
                raise
            return _page(shell, visit, Reply(trouble=told(problem), tried="subscribe", form=form), {})
        if secret is None:
            return RedirectResponse(f"{SUBSCRIPTIONS}?done=subscribe", 303)
        # No redirect: the secret is on this page and nowhere else, neither in an address nor in a cookie.
        return _page(shell, visit, Reply(done=case_words.DONE["subscribe"]), {}, secret=secret)

    async def act(visit: Visit, form: dict[str, str]) -> Response:
        return await asyncio.to_thread(make, visit, form)

    return shell.action(act)


def _check_new(shell: Shell, new: subscribing.Subscribe) -> None:
    """Raises Problem where the same is told to the same already: a form that is sent twice."""
    asked = NewSubscription(**new.model_dump())
    for row in shell.services.notifications.subscriptions(None, KNOWN_MAX):
        if row.ended_at is None and NewSubscription(*(getattr(row, name) for name in NewSubscription._fields)) == asked:
            raise Problem(Code.ENTITY_EXISTS, f"subscription {row.id} is the same; end it first for a new secret.")


def _settling(shell: Shell, kind: str) -> Endpoint:
    services = shell.services

    def settle(visit: Visit) -> Response:
        officer(visit)
        name = _uuid(visit.request.path_params["name"])
        # What was ended or tried by somebody else a moment before is as it should be: the list shows it.
        _ = services.notifications.unsubscribe(name) if kind == "end" else services.notifications.retry(name)
        return RedirectResponse(f"{SUBSCRIPTIONS}?{urlencode({'done': kind})}", 303)

    async def act(visit: Visit, _form: dict[str, str]) -> Response:
        return await asyncio.to_thread(settle, visit)

    return shell.action(act)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem("not_found", "there is no such subscription or message.") from None


def _begun(tag: str) -> dict[str, str]:
    """What the form begins with."""
    return {**dict.fromkeys(FIELDS, ""), **BEGUN, "language": "en" if tag == "en" else "zh"}


def _page(shell: Shell, visit: Visit, reply: Reply, given: Mapping[str, str], secret: str | None = None) -> Response:
    notifications, say, rules = shell.services.notifications, visit.speech, shell.services.rules
    question, dead_question = ("console", "subscriptions"), ("console", "dead")
    after: str | None = cursors.decode(question, given.get("cursor"), str | None, None)
    dead_after: tuple[datetime, str] | None = cursors.decode(
        dead_question, given.get("dead"), tuple[datetime, str] | None, None
    )
    found = notifications.subscriptions(after, PAGE + 1)
    dead = notifications.dead(dead_after, DEAD + 1)
    rows, letters = found[:PAGE], dead[:DEAD]

    def following(name: str, question: tuple[str, ...], key: Any) -> str:
        return f"{SUBSCRIPTIONS}?{urlencode({name: cursors.encode(question, key)})}"

    last = letters[-1] if letters else None
    return shell.render(
        visit,
        "office/subscriptions.html",
        reply.status,
        **frame_of(shell, None, reply),
        rows=rows,
        dead=letters,
        secret=secret,
        form={
            **dict.fromkeys(FIELDS, ""),
            **BEGUN,
            "language": "en" if say.tag == "en" else "zh",
            **(reply.form or {}),
        },
        severities=[(code, say.text(message)) for code, message in SEVERITIES.items()],
        rules=[(name, f"{name.partition('-')[0]} {title_of(name, rules, say.tag).text}") for name in sorted(rules)],
        platforms=sorted(platforms_of(shell).items(), key=lambda each: each[1]),
        first=SUBSCRIPTIONS if after else None,
        following=following("cursor", question, str(rows[-1].id)) if len(found) > PAGE else None,
        dead_first=SUBSCRIPTIONS if dead_after else None,
        dead_following=(
            following("dead", dead_question, (last.created_at, str(last.id))) if last and len(dead) > DEAD else None
        ),
    )
