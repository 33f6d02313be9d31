"""What casework does from the page of an alert: into a case, mute its matter, end a mute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import case_actions, mute_actions
from api.access import Principal
from api.console.office.alert import address, page
from api.console.office.casework import Reply, officer, recorded, told, validated
from api.console.office.filters import QUEUE
from api.console.shell import Shell
from api.console.visits import Visit
from api.mute_actions import NewMute
from api.problems import Problem

Form = dict[str, str]
# What is done with a form: (who, the alert's id, the form, the form's id) -> the event's position.
Do = Callable[[Principal, str, Form, str | None], int]


def routes(shell: Shell) -> list[Route]:
    """The acts; whoever loads the answer to a form again is led to the alert."""
    services = shell.services

    def join(who: Principal, alert: str, form: Form, once: str | None) -> int:
        name = form.get("case", "").partition(" ")[0]
        return case_actions.act(services, who, name, "add_alert", {"alert": alert}, once)[1]

    def mute(who: Principal, alert: str, form: Form, once: str | None) -> int:
        new = validated(NewMute, {"alert": alert, "days": form.get("days"), "reason": form.get("reason", "")})
        return mute_actions.mute(services, who, new, once)[1]

    def unmute(who: Principal, _alert: str, form: Form, once: str | None) -> int:
        return mute_actions.end(services, who, form.get("mute", ""), form.get("reason"), once)

    acts = {"add_alert": ("case", join), "mute": ("mute", mute), "unmute": ("unmute", unmute)}
    made = []
    for done, (path, do) in acts.items():
        one = f"{QUEUE}/{{name}}/{path}"
        made.append(Route(one, shell.action(_acting(shell, done, do)), methods=["POST"], include_in_schema=False))
        made.append(Route(one, shell.page(_back), methods=["GET"], include_in_schema=False))
    return made


def _back(visit: Visit) -> Response:
    return RedirectResponse(address(visit), 303)


def _acting(shell: Shell, done: str, do: Do) -> Callable[[Visit, Form], Awaitable[Response]]:
    reads: Any = shell.services.reads

    async def act(visit: Visit, form: Form) -> Response:
        who, name, once = officer(visit), visit.request.path_params["name"], form.pop("once", None)

        def refused(problem: Problem) -> Response:
            return page(shell, visit, Reply(trouble=told(problem), tried=done, form=form))

        return await recorded(
            lambda: (address(visit), do(who, name, form, once)), done, refused, lambda: reads.alert(name).as_of
        )

    return act
