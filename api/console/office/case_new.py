"""Opening a case: a title, and the alerts that are one matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from api import case_actions
from api.console.office.casework import BOARD, Reply, frame_of, officer, platforms_of, recorded, told
from api.console.rows import row_of
from api.console.sentences import reason_of
from api.console.shell import Shell
from api.console.visits import Visit
from api.problems import Problem
from ledger.casework.lists import lists
from ledger.events.cases import CASE_ALERTS_MAX

NEW: Final = f"{BOARD}/new"
FIELDS: Final = ("title", "platform", "jurisdiction", "due", "assignee", "text")
TITLE_LENGTH_MAX: Final = 200


def routes(shell: Shell) -> list[Route]:
    """/console/cases/new: the form, and what it does."""

    def form(visit: Visit) -> Response:
        officer(visit)
        pairs = visit.request.query_params.multi_items()
        if any(name != "alert" for name, _ in pairs) or len(pairs) > CASE_ALERTS_MAX:
            raise Problem("invalid_parameter", f"known: alert, up to {CASE_ALERTS_MAX} times.")
        return _page(shell, visit, Reply(), {"alerts": "\n".join(value.strip() for _, value in pairs)})

    async def act(visit: Visit, form: dict[str, str]) -> Response:
        who = officer(visit)
        once = form.pop("once", None)
        alerts = list(dict.fromkeys(form.get("alerts", "").split()))
        fields: dict[str, Any] = {name: form[name] for name in FIELDS if name in form} | {"alerts": alerts}

        def do() -> tuple[str, int]:
            if len(alerts) > CASE_ALERTS_MAX:
                raise Problem("invalid_parameter", f"a case has at most {CASE_ALERTS_MAX} alerts.")
            if not fields.get("title"):
                raise Problem("invalid_parameter", "a case has a title.")
            opened = case_actions.open_case(shell.services, who, fields, once)
            return f"{BOARD}/{quote(opened.case)}", opened.position

        def refused(problem: Problem) -> Response:
            return _page(shell, visit, Reply(trouble=told(problem), tried="open", form=form), form)

        return await recorded(do, "open", refused)

    return [
        Route(NEW, shell.page(form), methods=["GET"], include_in_schema=False),
        Route(NEW, shell.action(act), methods=["POST"], include_in_schema=False),
    ]


def _page(shell: Shell, visit: Visit, reply: Reply, form: Mapping[str, str]) -> Response:
    reads, say = shell.services.reads, visit.speech
    names = list(dict.fromkeys(form.get("alerts", "").split()))[:CASE_ALERTS_MAX]
    found = reads.several_alerts(names).value if names else []  # the most severe first
    platforms, title = platforms_of(shell), ""
    if found and reply.trouble is None:
        title = reason_of(found[0], shell.services.rules, platforms, say).text[:TITLE_LENGTH_MAX]
    return shell.render(
        visit,
        "office/case_new.html",
        reply.status,
        **frame_of(shell, None, reply),
        form={**dict.fromkeys((*FIELDS, "alerts"), ""), "title": title, **form},
        alerts=[row_of(each, shell.services.rules, platforms, say) for each in found],
        me=officer(visit).name,
        officers=[
            (name, name)
            for name in sorted({*shell.services.officers(), visit.principal.name if visit.principal else ""})
        ],
        platforms=sorted(platforms.items(), key=lambda each: each[1]),
        levels=lists().service_levels,
    )
