"""The words for figures: a line each, in order, so that two people who add some don't collide."""

from __future__ import annotations

from risk.document import referenced
from risk.figures import FIGURES, FILE
from tests.risk.conftest import RULES


def test_a_line_each_in_order() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()[1:]
    names = [line.partition(":")[0] for line in lines]
    assert names == sorted(set(names)), "sort the file, and name nothing twice"
    assert names == list(FIGURES)
    assert all(label.zh and label.en for label in FIGURES.values())


def test_no_words_for_what_no_rule_has() -> None:
    used = {name for each in RULES.values() for name in (*each.rule.evidence.columns, *each.rule.params)}
    used |= {name for each in RULES.values() for name in referenced(each.rule.reason.en)}
    own = {"size"}  # of alerts that the program raises itself
    assert not sorted(FIGURES.keys() - used - own)
