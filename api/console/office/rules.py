"""The rules of the monitor as a list: what each looks for, how often it was right, how its last run ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.console.frame import frame
from api.console.reasons import Sentence, told
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import FAMILIES, MATURITIES
from api.problems import Problem
from projections.alerts import Statistics
from risk import shadow
from risk.document import Loaded
from risk.kept import Row
from risk.reference import UNCOVERED

RULES: Final = "/console/rules"
FILTERS: Final = ("family", "maturity", "trouble", "q")
TROUBLES: Final = frozenset({"failed", "inconclusive"})


class Line(NamedTuple):
    """A rule in the list. `right`: of its closed alerts, those worth the look, in basis points; None where none is."""

    loaded: Loaded
    title: Sentence
    raised: int
    open: int
    right: int | None
    last: Row | None
    candidate: bool

    @property
    def trouble(self) -> str:
        """How its last run went wrong; empty where it didn't."""
        return self.last.status if self.last is not None and self.last.status in TROUBLES else ""


class Family(NamedTuple):
    """Rules whose ids begin with the same letter."""

    name: str
    lines: Sequence[Line]


def routes(shell: Shell) -> list[Route]:
    """/console/rules."""
    reads, rules = shell.services.reads, shell.services.rules

    def listing(visit: Visit) -> Response:
        asked = _asked(visit.request)
        counted = reads.rule_statistics(None).value
        newest = reads.newest_runs(sorted(rules)).value
        candidates = shadow.candidates(dict(rules))
        lines = [
            _line(each, counted.get(name), newest.get(name), visit, candidate=name in candidates)
            for name, each in sorted(rules.items())
        ]
        shown = [line for line in lines if _fits(line, asked)]
        families = [
            Family(visit.speech.text(said), own)
            for letter, said in FAMILIES.items()
            if (own := [line for line in shown if line.loaded.rule.id.startswith(letter)])
        ]
        return shell.render(
            visit,
            "office/rules.html",
            **frame(shell.services),
            families=families,
            number=len(shown),
            troubled=sum(bool(line.trouble) for line in lines),
            asked=asked,
            filtered=any(asked.values()),
            letters=[(letter, visit.speech.text(said)) for letter, said in FAMILIES.items()],
            maturities=[(code, visit.speech.text(said)) for code, said in MATURITIES.items()],
            uncovered=[
                (
                    code,
                    told(each.title.zh, each.title.en, visit.speech.tag),
                    told(each.why.zh, each.why.en, visit.speech.tag),
                )
                for code, each in sorted(UNCOVERED.items())
            ],
        )

    return [Route(RULES, shell.page(listing), methods=["GET"], include_in_schema=False)]


def _asked(request: Request) -> Mapping[str, str]:
    """The filters of an address. Raises Problem for what is not known."""
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs) or given.keys() - set(FILTERS):
        raise Problem("invalid_parameter", f"known, and once each: {', '.join(FILTERS)}.")
    asked = {name: given.get(name, "").strip() for name in FILTERS}
    if any(len(value) > 100 or "\0" in value or "\ufffd" in value for value in asked.values()):
        raise Problem("invalid_parameter", "a parameter is too long, or no text.")
    if asked["family"] not in {"", *FAMILIES} or asked["maturity"] not in {"", *MATURITIES}:
        raise Problem(
            "invalid_parameter", f"family is one of {', '.join(FAMILIES)}, maturity of {', '.join(MATURITIES)}."
        )
    if asked["trouble"] not in {"", "1"}:
        raise Problem("invalid_parameter", "trouble is 1, or left out.")
    return asked


def _fits(line: Line, asked: Mapping[str, str]) -> bool:
    rule = line.loaded.rule
    said = f"{rule.id} {rule.title.zh} {rule.title.en} {rule.typology} {line.title.text}".casefold()
    return (
        rule.id.startswith(asked["family"])
        and (asked["maturity"] in {"", rule.maturity} or (asked["maturity"] == "shadow" and line.candidate))
        and (not asked["trouble"] or bool(line.trouble))
        and all(word in said for word in asked["q"].casefold().split())
    )


def _line(loaded: Loaded, counted: Statistics | None, last: Row | None, visit: Visit, *, candidate: bool) -> Line:
    title = told(loaded.rule.title.zh, loaded.rule.title.en, visit.speech.tag)
    raised, still = (counted.raised, counted.open) if counted else (0, 0)
    return Line(loaded, title, raised, still, right(counted), last, candidate)


def right(counted: Statistics | None) -> int | None:
    """Confirmed or worth the look, of all that were closed; basis points."""
    if counted is None:
        return None
    good = counted.confirmed + counted.justified_look
    closed = good + counted.false_positive
    return good * 10_000 // closed if closed else None
