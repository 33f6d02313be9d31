"""A piece of an alert's page and of a case's: what somebody else did to it since the page was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from api.console import asked
from api.console.office import case_words
from api.console.office.casework import BOARD
from api.console.office.filters import QUEUE
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import STEPS, known
from api.problems import Problem
from projections import alerts, cases

Steps = Sequence[alerts.Step] | Sequence[cases.Step]
_DIGITS_MAX: Final = 18


def routes(shell: Shell) -> list[Route]:
    """/console/alerts/{name}/news and the same of cases, `?after=` the position that the page is of."""
    reads = shell.services.reads

    def of_alert(name: str) -> Steps | None:
        found = reads.alert(name).value
        return None if found is None else found[1]

    def of_case(name: str) -> Steps | None:
        found = reads.case(name).value
        return None if found is None else found.history

    return [
        Route(f"{home}/{{name}}/news", shell.page(_piece(shell, home, steps, said)), include_in_schema=False)
        for home, steps, said in ((QUEUE, of_alert, STEPS), (BOARD, of_case, case_words.STEPS))
    ]


def _piece(
    shell: Shell, home: str, steps_of: Callable[[str], Steps | None], said: Mapping[str, str]
) -> Callable[[Visit], Response]:
    def page(visit: Visit) -> Response:
        after = asked.read(visit.request, after=None).get("after", "")
        if not after.isascii() or not after.isdigit() or len(after) > _DIGITS_MAX:
            raise Problem("invalid_parameter", "after is a position of the ledger.")
        name = visit.request.path_params["name"]
        steps = steps_of(name)
        if steps is None:
            raise Problem("not_found", f"there is no {name!r}.")
        last = next((each for each in reversed(steps) if each.position > int(after)), None)
        return shell.render(
            visit,
            "office/_changed.html",
            own_address=f"{home}/{quote(name, safe=':')}",
            since=int(after),
            change=last,
            what="" if last is None else visit.speech.text(known(said, last.step)),
        )

    return page
