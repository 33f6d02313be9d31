"""The rules of the monitor as people read them: what each looks for, from when on, how often it was right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api.console.figures import thresholds
from api.console.frame import frame
from api.console.reasons import Sentence, guide_of, laws_of, title_of, told
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import FAMILIES, N_
from api.problems import Problem
from projections.alerts import Statistics
from risk.document import Loaded

RULES: Final = "/console/rules"


class Line(NamedTuple):
    """A rule in the list. `right`: of its closed alerts, those worth the look, in basis points; None where none is."""

    loaded: Loaded
    title: Sentence
    raised: int
    open: int
    right: int | None


class Family(NamedTuple):
    """Rules whose ids begin with the same letter."""

    name: str
    lines: Sequence[Line]


def routes(shell: Shell) -> list[Route]:
    """/console/rules and /console/rules/{name}."""
    reads, rules = shell.services.reads, shell.services.rules

    def listing(visit: Visit) -> Response:
        _no_query(visit)
        counted = reads.rule_statistics(None).value
        lines = [_line(each, counted.get(name), visit) for name, each in sorted(rules.items())]
        families = [
            Family(visit.speech.text(said), own)
            for letter, said in FAMILIES.items()
            if (own := [line for line in lines if line.loaded.rule.id.startswith(letter)])
        ]
        return shell.render(visit, "office/rules.html", **frame(shell.services), families=families, number=len(lines))

    def show(visit: Visit) -> Response:
        _no_query(visit)
        name = visit.request.path_params["name"]
        if name not in rules:
            raise Problem("not_found", "there is no such rule.")
        loaded, say = rules[name], visit.speech
        counted = reads.rule_statistics(name).value.get(name)
        return shell.render(
            visit,
            "office/rule.html",
            **frame(shell.services),
            loaded=loaded,
            rule=loaded.rule,
            title=title_of(name, rules, say.tag),
            reason=told(loaded.rule.reason.zh, loaded.rule.reason.en, say.tag),
            params=thresholds(loaded.rule, say),
            guide=guide_of(loaded.rule, say.tag),
            laws=laws_of(loaded.rule, say.tag),
            counted=counted,
            right=_right(counted),
            width=_width(loaded, visit),
        )

    return [
        Route(RULES, shell.page(listing), methods=["GET"], include_in_schema=False),
        Route(f"{RULES}/{{name}}", shell.page(show), methods=["GET"], include_in_schema=False),
    ]


def _no_query(visit: Visit) -> None:
    if visit.request.query_params:
        raise Problem("invalid_parameter", "this address takes no parameters.")


def _line(loaded: Loaded, counted: Statistics | None, visit: Visit) -> Line:
    title = told(loaded.rule.title.zh, loaded.rule.title.en, visit.speech.tag)
    return Line(loaded, title, counted.raised if counted else 0, counted.open if counted else 0, _right(counted))


def _right(counted: Statistics | None) -> int | None:
    """Confirmed or worth the look, of all that were closed."""
    if counted is None:
        return None
    good = counted.confirmed + counted.justified_look
    closed = good + counted.false_positive
    return good * 10_000 // closed if closed else None


def _width(loaded: Loaded, visit: Visit) -> str:
    window = loaded.rule.window
    if window.width == "life":
        return visit.speech.text(N_("all that was ever reported"))
    return visit.speech.plural("%(num)s day", "%(num)s days", window.width_days)
