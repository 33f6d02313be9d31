"""Mutes: what is not told for a time, why, and until when; a new one, and an early end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from api import cursors, mute_actions
from api.access import Principal
from api.console.office.alert_mute import DAYS
from api.console.office.casework import MUTES, Reply, acting, frame_of, led, platforms_of, reply_of, validated
from api.console.reasons import Sentence, title_of
from api.console.shell import Shell
from api.console.visits import Visit
from api.mute_actions import NewMute
from api.problems import Problem
from ledger.events.mutes import MUTE_DAYS_MAX
from projections.mutes import Asked, ShownMute

PAGE: Final = 30
ACTIVE: Final[Mapping[str, bool | None]] = {"active": True, "ended": False, "all": None}
FIELDS: Final = ("rule", "platform", "subject", "days", "reason")


class Line(NamedTuple):
    """A mute in the list."""

    mute: ShownMute
    title: Sentence | None
    platform: str | None
    active: bool


def routes(shell: Shell) -> list[Route]:
    """/console/mutes: the list, the form, the end of one."""
    services = shell.services

    def show(visit: Visit) -> Response:
        reply, given = reply_of(visit, "state", "cursor")
        return _page(shell, visit, reply, given)

    def again(visit: Visit, reply: Reply) -> Response:
        return _page(shell, visit, reply, {})

    def begin(_visit: Visit, who: Principal, form: dict[str, str], once: str | None) -> tuple[str, int]:
        fields = {name: form.get(name) for name in FIELDS} | {"reason": form.get("reason", "")}
        return MUTES, mute_actions.mute(services, who, validated(NewMute, fields), once)[1]

    def end(visit: Visit, who: Principal, form: dict[str, str], once: str | None) -> tuple[str, int]:
        name = visit.request.path_params["name"]
        return MUTES, mute_actions.end(services, who, name, form.get("reason"), once)

    one = f"{MUTES}/{{name}}/end"
    return [
        Route(MUTES, shell.page(show), methods=["GET"], include_in_schema=False),
        Route(MUTES, acting(shell, "mute", begin, again), methods=["POST"], include_in_schema=False),
        Route(one, acting(shell, "unmute", end, again), methods=["POST"], include_in_schema=False),
        Route(one, led(shell, MUTES), methods=["GET"], include_in_schema=False),
    ]


def _page(shell: Shell, visit: Visit, reply: Reply, given: Mapping[str, str]) -> Response:
    state = given.get("state", "active")
    if state not in ACTIVE:
        raise Problem("invalid_parameter", f"state is one of {', '.join(ACTIVE)}.")
    now, say, rules = shell.services.now(), visit.speech, shell.services.rules
    question = ("console", "mutes", state)
    before: int | None = cursors.decode(question, given.get("cursor"), int | None, None)
    found = shell.services.reads.mutes(Asked(now, ACTIVE[state]), before, PAGE + 1)
    platforms = platforms_of(shell)
    shown = found.value[:PAGE]
    following = cursors.encode(question, shown[-1].position) if len(found.value) > PAGE else None

    def line(mute: ShownMute) -> Line:
        title = None if mute.rule is None else title_of(mute.rule, rules, say.tag)
        where = None if mute.platform is None else platforms.get(mute.platform, mute.platform)
        return Line(mute, title, where, mute.ended_at is None and now < mute.until)

    titles = [(name, f"{name.partition('-')[0]} {title_of(name, rules, say.tag).text}") for name in sorted(rules)]
    return shell.render(
        visit,
        "office/mutes.html",
        reply.status,
        **frame_of(shell, found.as_of, reply),
        lines=[line(each) for each in shown],
        state=state,
        first=f"{MUTES}?{urlencode({'state': state})}" if before else None,
        following=following and f"{MUTES}?{urlencode({'state': state, 'cursor': following})}",
        rules=titles,
        platforms=sorted(platforms.items(), key=lambda each: each[1]),
        days=DAYS,
        days_max=MUTE_DAYS_MAX,
    )
