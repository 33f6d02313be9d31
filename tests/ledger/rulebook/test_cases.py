"""The packs' own cases, and that they would notice any figure that is changed.

`cases/<pack>.txt` has a case a line, `rule | day | facts | what has to come out`, written from the sources and not from
the packs. Each is asked on that day by every anchor.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ledger.rulebook.checks import counted_from, hold, limit_of, qualifies
from ledger.rulebook.clocks import keeps_time
from ledger.rulebook.loading import PACKS, Book, RulebookError, Stated, at_once, book, books, stated_on
from ledger.rulebook.model import AnyRule, Cap, Clock, Definition, Qualification, Rate
from ledger.rulebook.rates import concerns, standing

FOLDER = Path(__file__).with_name("cases")
STANDINGS = {"accredited", "sophisticated", "high_net_worth", "institution", "angel", "certified"}


class Case(NamedTuple):
    """One line of a file."""

    rule: str
    day: date
    facts: dict[str, str]
    expected: str


def read(pack: str) -> list[Case]:
    found = []
    for line in (FOLDER / f"{pack}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            rule, day, facts, expected = (part.strip() for part in line.split("|"))
            given = dict((*fact.split("=", 1), "")[:2] for fact in facts.split())
            found.append(Case(rule, date.fromisoformat(day), given, expected))
    return found


CASES = {name: read(name) for name in books()}


def outcome(rules: Mapping[str, tuple[Stated, ...]], case: Case) -> str:
    """What comes out of a case, in the words of the files."""
    found = stated_on(rules[case.rule], at_once(case.day))
    if found is None or found.rule is None:
        return "absent"
    if not case.facts:
        return _stated(found.rule, case)
    return _ANSWERS[type(found.rule)](found.rule, case)


def _clock(rule: Clock, case: Case) -> str:
    start, at = (_moment(case.facts[name]) for name in ("start", "at"))
    return "keeps" if keeps_time(rule, start, at) else "breaks"


def _qualification(rule: Qualification, case: Case) -> str:
    return {True: "yes", False: "no", None: "unknown"}[
        qualifies(rule, _figures(case), case.facts.get("party", "person"))
    ]


def _rate(rule: Rate, case: Case) -> str:
    if not concerns(rule, rule.loans, int(case.facts.get("days", 0))):
        return "elsewhere"
    references = {name: Decimal(value) for name, value in case.facts.items() if name.startswith("cn.")}
    return standing(rule, Decimal(case.facts["rate"]), references)


def _stated(rule: AnyRule, case: Case) -> str:
    if isinstance(rule, Cap) and case.expected.startswith("limit="):
        return f"limit={limit_of(rule, {}).amount:_}"
    if isinstance(rule, Definition):
        return f"share={rule.share}" if rule.share else f"months={rule.months}"
    return "stated"


def _cap(rule: Cap, case: Case) -> str:
    standings = frozenset(STANDINGS & set(case.facts))
    if case.expected.startswith("since="):
        return f"since={counted_from(rule, _moment(case.facts['at']).date())}"
    if case.expected.startswith("limit="):
        amount = limit_of(rule, _figures(case), standings).amount
        return "limit=none" if amount is None else f"limit={amount:_}"
    used = int(case.facts["used"]) if "used" in case.facts else None
    return hold(rule, used, int(case.facts.get("new", 0)), _figures(case), standings).outcome


def _figures(case: Case) -> dict[str, int]:
    others = {"used", "new", "party", *STANDINGS}
    return {name: int(value) for name, value in case.facts.items() if name not in others}


def _moment(text: str) -> datetime:
    if len(text) == len("2026-01-01"):
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    return datetime.fromisoformat(text)


_ANSWERS: dict[type, Callable[[Any, Case], str]] = {
    Cap: _cap, Clock: _clock, Qualification: _qualification, Rate: _rate,
}  # fmt: skip


@pytest.mark.parametrize("pack", CASES)
def test_every_case_comes_out(pack: str) -> None:
    rules = books()[pack].rules
    wrong = [(case, found) for case in CASES[pack] if (found := outcome(rules, case)) != case.expected]
    assert not wrong


@pytest.mark.parametrize("pack", CASES)
def test_every_pack_has_cases(pack: str) -> None:
    assert len(CASES[pack]) >= 6
    for file in books()[pack].files:
        eve = file.effective_from - timedelta(days=1)
        days = {case.day for case in CASES[pack]}
        assert {eve, file.effective_from} <= days, f"no case on the day before, or on, {file.effective_from}"


def mutants(pack: str) -> Iterator[tuple[str, Book | None]]:
    """The pack with one figure changed by the least that can be said; None where the loader refuses it."""
    texts = {file.name: tomllib.loads(file.read_text(encoding="utf-8")) for file in (PACKS / pack).glob("*.toml")}
    for name, data in texts.items():
        for path, value in figures(data):
            for other in neighbours(value):
                changed = with_value(data, path, other)
                file = name if path != ("effective_from",) else f"{other}.toml"
                yield f"{name} {path} {value} -> {other}", rebuilt(pack, {**without(texts, name), file: changed})


def rebuilt(pack: str, texts: dict[str, dict[str, Any]]) -> Book | None:
    try:
        return book(pack, texts)
    except RulebookError:
        return None


def without(texts: dict[str, dict[str, Any]], name: str) -> dict[str, dict[str, Any]]:
    return {file: data for file, data in texts.items() if file != name}


def figures(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every number, ratio and date of a file that something is answered by, with its place."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in pairs:
        here = (*path, key)
        if isinstance(value, dict | list):
            yield from figures(value, here)
        elif key == "known_from" or isinstance(value, bool):
            continue
        elif isinstance(value, int | date) or (isinstance(value, str) and key in {"share", "up_to"}):
            yield here, value


def neighbours(value: Any) -> tuple[Any, Any]:
    if isinstance(value, date):
        return value - timedelta(days=1), value + timedelta(days=1)
    if isinstance(value, str):
        # A ten-thousandth is what the sources' own rates differ by at least.
        return str(Decimal(value) - Decimal("0.00001")), str(Decimal(value) + Decimal("0.0001"))
    return value - 1, value + 1


def with_value(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    head, *rest = path
    if isinstance(data, dict):
        return {**data, head: with_value(data[head], tuple(rest), value)}
    return [with_value(each, tuple(rest), value) if n == head else each for n, each in enumerate(data)]


def test_any_changed_figure_is_noticed() -> None:
    """Some case fails, or the loader refuses, for each figure of each pack, a little less and a little more."""
    tried, unnoticed = 0, []
    for pack, cases in CASES.items():
        for name, mutant in mutants(pack):
            tried += 1
            if mutant is not None and all(outcome(mutant.rules, case) == case.expected for case in cases):
                unnoticed.append(f"{pack}/{name}")
    assert tried > 300
    assert not unnoticed, "\n".join(unnoticed)
