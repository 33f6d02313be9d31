"""Packs: what is refused before anything is answered by it, and which law held on a day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from ledger.rulebook import reference
from ledger.rulebook.changes import changes
from ledger.rulebook.loading import Book, RulebookError, at_once, book, books, in_force, stated_on
from ledger.rulebook.model import Cap

HEAD = """
jurisdictions = ["CN"]
kinds = ["lending"]
title = "办法"
title_en = "Measures"
issued_by = "somebody"
source = "somewhere"
effective_from = {day}
{more}
"""
RULE = """
[[rule]]
id = "x.cap"
check = "cap"
zh = "不超过"
en = "At most"
of = "borrower"
measure = "outstanding"
bound = "<="
tiers = [{ amount = 100 }]
currency = "CNY"
article = "art. 1"
source = "somewhere"
"""


def pack(*files: tuple[str, str], more: str = "") -> Book:
    return book("x", {f"{day}.toml": HEAD.format(day=day, more=more) + rules for day, rules in files})


def test_a_rule_holds_until_it_is_stated_anew_or_ended() -> None:
    later = RULE.replace("100", "200")
    made = book(
        "x",
        {
            "2020-01-01.toml": HEAD.format(day="2020-01-01", more="") + RULE,
            "2021-01-01.toml": HEAD.format(day="2021-01-01", more="") + RULE.replace("x.cap", "x.other"),
            "2022-01-01.toml": HEAD.format(day="2022-01-01", more="") + later,
            "2023-01-01.toml": HEAD.format(day="2023-01-01", more='ends = ["x.cap"]'),
        },
    )

    def amount(day: str) -> int | None:
        found = stated_on(made.rules["x.cap"], at_once(date.fromisoformat(day)))
        return found.rule.tiers[0].amount if found and isinstance(found.rule, Cap) else None

    assert [amount(day) for day in ("2019-12-31", "2020-01-01", "2021-12-31", "2022-01-01", "2022-12-31")] == [
        None, 100, 100, 200, 200,
    ]  # fmt: skip
    assert amount("2023-01-01") is None
    found = changes(made, date(2021, 6, 1), date(2022, 6, 1))
    assert [(each.rule, each.kind, list(each.fields)) for each in found] == [("x.cap", "changed", ["tiers"])]
    assert [each.kind for each in changes(made, date(2019, 1, 1), date(2020, 1, 1))] == ["new"]
    assert [each.kind for each in changes(made, date(2022, 1, 1), date(2023, 1, 1))] == ["gone"]


def test_the_anchor_decides_the_day() -> None:
    made = pack(("2020-01-01", RULE.replace('bound = "<="', 'bound = "<="\nanchor = "contract"')))
    stated = made.rules["x.cap"]
    assert stated_on(stated, {"trade": date(2025, 1, 1), "contract": date(2019, 12, 31)}) is None
    assert stated_on(stated, {"trade": date(2019, 1, 1), "contract": date(2020, 1, 1)}) is not None
    assert stated_on(stated, {"trade": date(2019, 1, 1)}) is None
    assert in_force({"x": made}, "CN", "lending", at_once(date(2020, 1, 1)))
    assert not in_force({"x": made}, "US", "lending", at_once(date(2020, 1, 1)))
    assert not in_force({"x": made}, "CN", "equity", at_once(date(2020, 1, 1)))


UNTIL_2020 = RULE.replace('article = "art. 1"', 'article = "art. 1"\neffective_to = 2020-12-31')


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([("2020-01-01", RULE.replace("art. 1", ""))], "article"),
        ([("2020-01-01", RULE.replace('source = "somewhere"\n', ""))], "source"),
        ([("2020-01-01", RULE.replace('"outstanding"', '"happiness"'))], "happiness"),
        ([("2020-01-01", RULE.replace('check = "cap"', 'check = "wish"'))], "wish"),
        ([("2020-01-01", RULE + "colour = 3\n")], "colour"),
        ([("2020-01-01", RULE.replace("x.cap", "X cap"))], "id"),
        ([("2020-01-01", RULE + RULE)], "twice"),
        ([("2020-01-01", RULE.replace('currency = "CNY"\n', ""))], "money needs a currency"),
        ([("2020-01-01", RULE.replace('"outstanding"', '"holders"'))], "counts and ratios have none"),
        ([("2020-01-01", RULE.replace('bound = "<="', 'bound = "<="\nmonths = 12'))], "only a flow"),
        ([("2020-01-01", RULE.replace("{ amount = 100 }", "{ }"))], "an amount or a share"),
        ([("2020-01-01", RULE.replace("{ amount = 100 }", '{ share = "0.1" }'))], "a share needs a base"),
        (
            [("2020-01-01", RULE.replace("{ amount = 100 }", "{ amount = 1 }, { amount = 2 }"))],
            "each tier but the last",
        ),
        ([("2020-01-01", RULE.replace("[{ amount = 100 }]", "[]"))], "tiers"),
        ([("2020-01-01", UNTIL_2020), ("2020-12-31", RULE)], "overlap"),
        ([("2020-01-01", UNTIL_2020), ("2021-01-02", RULE)], "gap"),
        ([], "no file"),
    ],
)
def test_what_can_not_be_answered_by_is_refused(files: list[tuple[str, str]], says: str) -> None:
    with pytest.raises(RulebookError, match=says):
        pack(*files)


def test_what_follows_a_dated_end_without_a_gap_is_fine() -> None:
    assert pack(("2020-01-01", UNTIL_2020), ("2021-01-01", RULE))


def test_a_file_is_named_after_its_day() -> None:
    with pytest.raises(RulebookError, match="name the file after that day"):
        book("x", {"2021-01-01.toml": HEAD.format(day="2020-01-01", more="") + RULE})
    with pytest.raises(RulebookError, match="ends what was never stated"):
        pack(("2020-01-01", RULE), more='ends = ["x.else"]')


def test_an_id_belongs_to_one_pack(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "2020-01-01.toml").write_text(HEAD.format(day="2020-01-01", more="") + RULE)
    with pytest.raises(RulebookError, match="belongs to one pack"):
        books(tmp_path)


def test_what_is_remembered_is_not_law() -> None:
    """What has no source but memory must say so in its status."""
    for name, each in books().items():
        for pack_ in each.files:
            for rule in pack_.rule:
                assert (rule.source == "from memory") <= (rule.status == "unverified"), (name, rule.id)


def test_every_effective_date_changes_something() -> None:
    for each in books().values():
        for pack_ in each.files:
            day = pack_.effective_from
            assert changes(each, day - timedelta(days=1), day), (each.name, day)


def test_the_page_of_rulebooks_is_current() -> None:
    written = (Path(__file__).parents[3] / "docs" / "rulebooks.md").read_text(encoding="utf-8")
    assert written == reference.page(), "run: python -m ledger.rulebook.reference > docs/rulebooks.md"
