"""The road of a rule with a shape: rows by SQL, groups by a pure function, judged like any other."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

import psycopg
import pytest
from msgspec.structs import replace

from risk import compile as compiling
from risk.compile import compile_rule
from risk.document import Loaded, RuleError, Words
from risk.evaluator import evaluate
from risk.shapes import Asked, Grouped, Shape, Table
from tests.risk.conftest import RULES

EPOCH = 86_400


def each_payer(rows: Table, asked: Asked) -> Iterator[Grouped]:
    """A group for each payer and day: how often, and how much."""
    for day in asked.days:
        inside = [row for row in rows.of("payer", "amount", "position", "day") if day - asked.width < row[3] <= day]
        for payer in {row[0] for row in inside}:
            own = [row for row in inside if row[0] == payer]
            figures = (len(own), sum(row[1] for row in own))
            yield Grouped(day, (payer,), figures, ([row[2] for row in own],), day * EPOCH, [f"party:a/{payer}"])


@pytest.fixture
def shaped(monkeypatch: pytest.MonkeyPatch) -> Loaded:
    shape = Shape(("payer", "amount", "position", "day"), ("payer",), ("times", "total"), ("position",), each_payer)
    monkeypatch.setattr(compiling, "SHAPES", MappingProxyType({"each_payer@1": shape}))
    monkeypatch.setattr("risk.evaluator.SHAPES", MappingProxyType({"each_payer@1": shape}))
    base = RULES["I03-structuring"]
    rule = replace(
        base.rule, shape="each_payer@1", measures={}, columns=["times", "total"], group_by=["payer"], monotone=False,
        table=None, filter="act == 'transfer'", params={"k": 2}, having="times >= k", platform=None, members="payer",
        score=replace(base.rule.score, expr="10 * times", ties=["total"]),
        evidence=replace(base.rule.evidence, columns=["times", "total"], positions=["position"], limit=2),
        dedupe=replace(base.rule.dedupe, key=["payer"]), subject=[], null_key="drop",
        reason=Words("{payer} {times}", "{payer} {times}"),
    )  # fmt: skip
    return Loaded(rule, "", None, "shaped.yaml", {})


def row(position: int, payer: str, amount: int, act: str = "transfer", day: int = 20_000) -> dict[str, object]:
    return {"position": position, "known": position, "day": day, "epoch": day * EPOCH, "platform": "a", "act": act,
            "payer": payer, "payee": "x", "amount": amount, "currency": "CNY"}  # fmt: skip


def test_groups_of_a_shape_are_judged_scored_and_ordered(shaped: Loaded, database_url: str) -> None:
    rows = [row(5, "li", 2**53 - 1), row(3, "li", 2**53 - 1), row(9, "li", 7), row(2, "wu", 7), row(4, "an", 1),
            row(6, "an", 2), row(7, "wu", 9, act="pledge"), row(8, "wu", 9, day=19_000)]  # fmt: skip
    with psycopg.connect(database_url) as connection:
        compiled = compile_rule(shaped, fixture=True)
        found = evaluate(connection, shaped.rule, compiled, [20_000, 20_001], 2**40, fixture=rows)
        late = evaluate(connection, shaped.rule, compiled, [20_000], 5, fixture=rows)
    assert [(each.day, each.key["payer"], each.score) for each in found] == [
        (20_000, "li", 30), (20_000, "an", 20), (20_001, "li", 30), (20_001, "an", 20)
    ]  # fmt: skip
    assert found[0].evidence == (5, 9), "the newest two"
    assert found[0].evidence_count == 3
    assert found[0].subject == ("party:a/li",)
    assert [each.key["payer"] for each in late] == ["li"], "what is not known yet is not there"


def test_statements_of_a_run_are_kept_and_taken_back(shaped: Loaded) -> None:
    compiled = compile_rule(shaped)
    assert compiled.rows is not None
    assert compiled.as_kept(compiled.text) == compiled
    plain = compile_rule(RULES["I03-structuring"])
    assert plain.as_kept(plain.text) == plain


def test_shape_that_does_not_fit_is_refused(shaped: Loaded) -> None:
    wrong = Loaded(replace(shaped.rule, columns=["total", "times"]), "", None, "shaped.yaml", {})
    with pytest.raises(RuleError, match="gives group_by"):
        compile_rule(wrong)
    unknown = Loaded(replace(shaped.rule, shape="no_such@1"), "", None, "shaped.yaml", {})
    with pytest.raises(RuleError, match="no shape no_such@1"):
        compile_rule(unknown)
    starved = Loaded(replace(shaped.rule, input="v1.parked"), "", None, "shaped.yaml", {})
    with pytest.raises(RuleError, match="needs amount, payer"):
        compile_rule(starved)
