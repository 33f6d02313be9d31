"""What casework does from the page of an alert: into a case, mute its matter, end a mute."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import case_actions, mute_actions
from api.access import Principal
from api.console.office.alert import address, page
from api.console.office.casework import Reply, acting, validated
from api.console.office.filters import QUEUE
from api.console.shell import Shell
from api.console.visits import Visit
from api.mute_actions import NewMute

Form = dict[str, str]


def routes(shell: Shell) -> list[Route]:
    """The acts; whoever loads the answer to a form again is led to the alert."""
    services = shell.services

    def join(visit: Visit, who: Principal, form: Form, once: str | None) -> tuple[str, int]:
        name, alert = form.get("case", "").partition(" ")[0], visit.request.path_params["alert"]
        return address(visit), case_actions.act(services, who, name, "add_alert", {"alert": alert}, once)[1]

    def mute(visit: Visit, who: Principal, form: Form, once: str | None) -> tuple[str, int]:
        given = {"alert": visit.request.path_params["alert"], "days": form.get("days")}
        new = validated(NewMute, {**given, "reason": form.get("reason", "")})
        return address(visit), mute_actions.mute(services, who, new, once)[1]

    def unmute(visit: Visit, who: Principal, form: Form, once: str | None) -> tuple[str, int]:
        return address(visit), mute_actions.end(services, who, form.get("mute", ""), form.get("reason"), once)

    def again(visit: Visit, reply: Reply) -> Response:
        return page(shell, visit, reply)

    made = []
    for done, path, do in (("add_alert", "case", join), ("mute", "mute", mute), ("unmute", "unmute", unmute)):
        one = f"{QUEUE}/{{alert}}/{path}"
        act = acting(shell, done, do, again)
        made.append(Route(one, act, methods=["POST"], include_in_schema=False))
        made.append(Route(one, shell.page(_back), methods=["GET"], include_in_schema=False))
    return made


def _back(visit: Visit) -> Response:
    return RedirectResponse(address(visit), 303)
