"""Cases: the board by status, and the same as a list with pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api import case_actions, cursors
from api.console.office import case_filters
from api.console.office.case_filters import NOBODY, UNSETTLED, Filters
from api.console.office.case_told import Card, card
from api.console.office.case_words import STATUSES
from api.console.office.casework import BOARD, frame_of, platforms_of, said
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import N_
from api.problems import Problem
from projections.cases import After, Before, Listed, after_of, before_of

COLUMN: Final = 12  # cards of one column
PAGE: Final = 40


class Column(NamedTuple):
    """The cases of one status; `more`: there are others, in the list."""

    status: str
    cards: list[Card]
    more: bool


def routes(shell: Shell) -> list[Route]:
    """/console/cases."""

    def page(visit: Visit) -> Response:
        filters = case_filters.read(visit)
        platforms = platforms_of(shell)
        if filters.platform and filters.platform not in platforms:
            raise Problem("invalid_parameter", f"there is no platform {filters.platform!r}.")
        show = _board if filters.view == "board" else _list
        shown = {"columns": (), "cards": (), "following": None, **show(shell, visit, filters, platforms)}
        return shell.render(
            visit,
            "office/cases.html",
            **frame_of(shell),
            filters=filters,
            options=_options(shell, visit.speech, platforms),
            **shown,
        )

    return [Route(BOARD, shell.page(page), methods=["GET"], include_in_schema=False)]


def _board(shell: Shell, visit: Visit, filters: Filters, platforms: Mapping[str, str]) -> dict[str, Any]:
    if filters.cursor:
        raise Problem("invalid_parameter", "the board has no pages; ask with view=list.")
    today = case_actions.today(shell.services)
    asked = filters.asked(_me(visit), today)
    found = shell.services.reads.case_board(asked, COLUMN + 1)

    def column(status: str, rows: Sequence[Listed]) -> Column:
        cards = [card(each, today, platforms, visit.speech) for each in rows[:COLUMN]]
        return Column(status, cards, len(rows) > COLUMN)

    wanted = [name for name in STATUSES if asked.statuses is None or name in asked.statuses]
    return {"columns": [column(status, getattr(found.value, status)) for status in wanted]}


def _list(shell: Shell, visit: Visit, filters: Filters, platforms: Mapping[str, str]) -> dict[str, Any]:
    reads, today = shell.services.reads, case_actions.today(shell.services)
    asked = filters.asked(_me(visit), today)
    question = ("console", "cases", filters.status, *asked._replace(today=None))
    rows: list[Listed]
    if filters.status == "closed":
        before = cursors.decode(question, filters.cursor or None, Before | None, None)
        rows = reads.cases_ended(asked, before, PAGE + 1).value
    else:
        after = cursors.decode(question, filters.cursor or None, After | None, None)
        rows = reads.cases(asked, after, PAGE + 1).value
    key = before_of if filters.status == "closed" else after_of
    return {
        "cards": [card(each, today, platforms, visit.speech) for each in rows[:PAGE]],
        "following": cursors.encode(question, key(rows[PAGE - 1])) if len(rows) > PAGE else None,
    }


def _options(shell: Shell, say: Speech, platforms: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    return {
        "status": [(UNSETTLED, say.text(N_("Not closed"))), *said(STATUSES, say)],
        "owner": [(NOBODY, say.text(N_("Nobody"))), *((name, name) for name in shell.services.officers())],
        "platform": sorted(platforms.items(), key=lambda each: each[1]),
    }


def _me(visit: Visit) -> str:
    return visit.principal.name if visit.principal else ""
