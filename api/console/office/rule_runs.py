"""What a rule did: its runs, one of them, and the form that asks for one now."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import cursors
from api.console.figures import settings
from api.console.office.rule_frame import framed, no_query, rule_of
from api.console.office.rules import RULES
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import RUN_KINDS
from api.problems import Problem
from risk.kept import Row

PAGE: Final = 50
UNENDED: Final = frozenset({"waiting", "running"})


def routes(shell: Shell) -> list[Route]:
    """/console/rules/{name}/runs, one of them, and /run."""

    def listing(visit: Visit) -> Response:
        return _listing(shell, visit)

    def one(visit: Visit) -> Response:
        no_query(visit)
        loaded = rule_of(shell, visit)
        number: int = visit.request.path_params["number"]
        row = shell.services.reads.rule_run(loaded.rule.id, number).value if number < 1 << 63 else None
        if row is None:
            raise Problem("not_found", "this rule has no such run.")
        waits = (shell.services.now() - row.due_at).total_seconds() if row.status == "waiting" else 0.0
        return shell.render(
            visit,
            "office/rule_run.html",
            **framed(shell, visit, loaded, "/runs"),
            row=row,
            params=settings(loaded.rule, row.params, visit.speech),
            unended=row.status in UNENDED,
            forgotten=waits > 30,
            stale=row.version != loaded.rule.version,
        )

    async def run(visit: Visit, _form: dict[str, str]) -> Response:
        if not visit.may_act or visit.principal is None:
            raise Problem("forbidden", "only a regulator has a rule run.")
        loaded = rule_of(shell, visit)
        try:
            number = await asyncio.to_thread(shell.services.run_rule, loaded, visit.principal.name)
        except Problem as problem:
            if problem.code not in {"invalid_parameter", "unavailable"}:
                raise
            return await asyncio.to_thread(_listing, shell, visit, problem)
        return RedirectResponse(f"{RULES}/{loaded.rule.id}/runs/{number}", 303)

    def back(visit: Visit) -> Response:
        return RedirectResponse(f"{RULES}/{rule_of(shell, visit).rule.id}/runs", 303)

    own = f"{RULES}/{{name}}"
    return [
        Route(f"{own}/runs", shell.page(listing), methods=["GET"], include_in_schema=False),
        Route(f"{own}/runs/{{number:int}}", shell.page(one), methods=["GET"], include_in_schema=False),
        Route(f"{own}/run", shell.action(run), methods=["POST"], include_in_schema=False),
        Route(f"{own}/run", shell.page(back), methods=["GET"], include_in_schema=False),
    ]


def _listing(shell: Shell, visit: Visit, problem: Problem | None = None) -> Response:
    loaded, say = rule_of(shell, visit), visit.speech
    kind, cursor = ("", "") if problem else _asked(visit)
    question = ("console", "rule_runs", loaded.rule.id, kind)
    before = cursors.decode(question, cursor or None, int | None, None)
    found = shell.services.reads.rule_runs(loaded.rule.id, before, PAGE + 1, kind or None).value
    shown: list[Row] = found[:PAGE]
    values: dict[str, Any] = framed(shell, visit, loaded, "/runs")

    def address(**cursor: str) -> str:
        query = urlencode({"kind": kind, **cursor} if kind else cursor)
        return f"{values['here']}?{query}" if query else values["here"]

    return shell.render(
        visit,
        "office/rule_runs.html",
        problem.status if problem else 200,
        **values,
        rows=shown,
        kind=kind,
        kinds=[(code, say.text(said)) for code, said in RUN_KINDS.items()],
        first=address() if cursor else None,
        following=address(cursor=cursors.encode(question, shown[-1].number)) if len(found) > PAGE else None,
        problem=problem,
    )


def _asked(visit: Visit) -> tuple[str, str]:
    """(kind, cursor) of an address. Raises Problem for what is not known."""
    pairs = visit.request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs) or given.keys() - {"kind", "cursor"}:
        raise Problem("invalid_parameter", "known, and once each: kind, cursor.")
    kind, cursor = given.get("kind", ""), given.get("cursor", "")
    if kind not in {"", *RUN_KINDS}:
        raise Problem("invalid_parameter", f"kind is one of {', '.join(RUN_KINDS)}.")
    if len(cursor) > 300:
        raise Problem("invalid_parameter", "the cursor is none of this list.")
    return kind, cursor
