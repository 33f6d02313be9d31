"""The page of typologies says what the rules say, and leaves none of the sources' typologies unmentioned."""

from __future__ import annotations

from pathlib import Path

from risk import reference
from tests.risk.conftest import RULES

PAGE = Path(__file__).parents[2] / "docs" / "typologies.md"
# The typologies of the sources: platforms 1 to 20, owners 1 to 14, investors and accounts 1 to 16.
SOURCES = {
    f"{family}{number:02d}" for family, last in (("P", 20), ("C", 14), ("I", 16)) for number in range(1, last + 1)
}


def test_page_is_written_from_the_rules() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.page(), "run: python -m risk.reference > docs/typologies.md"


def test_every_typology_has_a_rule_or_a_reason() -> None:
    reasons = set(reference.UNCOVERED)
    covered = reference.covered(RULES)
    assert not covered & reasons, "a rule looks for it now"
    assert SOURCES - covered - reasons == set()


def test_there_are_rules_of_all_three_families() -> None:
    live = [name for name, each in RULES.items() if each.rule.maturity == "live"]
    assert len(live) >= 35
    assert all(sum(name.startswith(family) for name in live) >= 8 for family in "PCI")
