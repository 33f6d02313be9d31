"""What holds for all rules, after the corpus tests of Elastic's detection rules; and that the checks really check."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
import yaml

from ledger.events.alerts import AlertFound
from risk import corpus, document, inputs
from risk.document import RuleError
from tests.risk.conftest import RULES

FILES = sorted(document.FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rule_has_everything_a_rule_must_have(path: Path) -> None:
    assert corpus.problems(document.load(path)) == []


def test_ids_and_titles_are_unique() -> None:
    assert len(RULES) == len(FILES) >= 10
    for language in ("zh", "en"):
        titles = [getattr(each.rule.title, language) for each in RULES.values()]
        assert len(set(titles)) == len(titles)


def test_every_version_is_frozen() -> None:
    lock = corpus.read_lock()
    assert corpus.drift(RULES, lock) == []
    assert corpus.unlocked(RULES, lock) == [], "run: crowdledger rules lock"


def test_severities_of_rules_are_those_of_alerts() -> None:
    allowed = msgspec.json.schema(AlertFound)["$defs"]["AlertFound"]["properties"]["severity"]["enum"]
    assert sorted(document.SEVERITIES) == sorted(allowed)


def test_every_input_has_a_query_and_every_query_an_input() -> None:
    assert {name.replace(".", "_") for name in inputs.INPUTS} == set(inputs.SQL)


def test_every_file_beside_the_rules_belongs_to_one() -> None:
    sql = {each.rule.sql for each in RULES.values() if each.rule.sql}
    assert {path.name for path in document.FOLDER.glob("*.sql")} == sql
    assert {path.stem for path in (document.FOLDER / "fixtures").iterdir()} == set(RULES)


@pytest.mark.parametrize("each", [each for each in RULES.values() if each.sql], ids=lambda each: each.rule.id)
def test_own_sql_keeps_the_grammar(each: document.Loaded) -> None:
    """Integers only, no clock, no windows by interval: what makes engines agree (docs/RISK.md 5.2)."""
    assert each.sql is not None
    text = each.sql.lower()
    for word in ("now(", "current_", "interval", "float", "double", "round(", "random", "decimal"):
        assert word not in text, word


# -- the checks check


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of one rule, to be broken."""
    for name in ("I01-shared-channel.yaml", "fixtures/I01-shared-channel.yaml"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(document.FOLDER / name, target)
    corpus.write_lock(tmp_path)
    return tmp_path


def change(folder: Path, **fields: object) -> Path:
    path = folder / "I01-shared-channel.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **fields}))
    return path


def test_changed_rule_without_a_new_version_is_found(folder: Path) -> None:
    path = change(folder, params={"k": 3})
    following = f"make it version {document.load(path).rule.version + 1}"
    assert following in corpus.drift(document.load_all(folder), corpus.read_lock(folder))[0]
    with pytest.raises(RuleError, match=following):
        corpus.write_lock(folder)


def test_changed_rule_with_a_new_version_can_be_frozen(folder: Path) -> None:
    change(folder, params={"k": 3}, version=9)
    assert corpus.unlocked(document.load_all(folder), corpus.read_lock(folder)) == ["I01-shared-channel"]
    assert corpus.write_lock(folder)["I01-shared-channel"].version == 9


def test_reformatting_a_document_changes_nothing(folder: Path) -> None:
    change(folder)
    assert corpus.drift(document.load_all(folder), corpus.read_lock(folder)) == []


def test_vanished_rule_and_lower_version_are_found(folder: Path) -> None:
    with (folder / corpus.LOCK).open("a") as lines:
        lines.write("X99-gone 1 0\nI01-shared-channel 5 0\n")  # the higher of two versions counts, as after a merge
    found = corpus.drift(document.load_all(folder), corpus.read_lock(folder))
    assert any("X99-gone is gone" in each for each in found)
    assert any("went back from version 5" in each for each in found)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"version": 0}, "version"),
        ({"severity": [{"score": 0, "severity": "dire"}]}, "severity"),
        ({"severity": [{"score": 10, "severity": "low"}]}, "begin at score 0"),
        ({"severity": [{"score": 0, "severity": "high"}, {"score": 9, "severity": "low"}]}, "rise in both"),
        ({"window": {"width": "1d", "hop": "7d"}}, "narrower than its hop"),
        ({"window": {"width": "1 month"}}, "width"),
        ({"dedupe": {"key": ["campaign"]}}, "not in group_by"),
        ({"platform": "campaign"}, "not in group_by"),
        ({"measures": {}}, "it needs `measures`"),
        ({"maturity": "retired"}, "retired_reason"),
        ({"guide": {"zh": ["看一看"], "en": ["look"]}}, "guide"),
        ({"suprise": 1}, "suprise"),
        ({"table": {"match": ["act"], "gives": ["cap"], "rows": [{"act": "x"}]}, "monotone": False}, "table row 1"),
        ({"members": None}, "what it is about"),
    ],
)
def test_document_that_makes_no_sense_is_refused(folder: Path, fields: dict[str, object], says: str) -> None:
    with pytest.raises(RuleError, match=says):
        document.load(change(folder, **fields))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"having": "investrs >= k"}, "investrs"),
        ({"having": "investors / 2 >= k"}, "integer division"),
        ({"filter": "secret == 'x'"}, "secret"),
        ({"measures": {"investors": "investor", "uses": "count()", "campaigns": "count()"}}, "needs an aggregate"),
        ({"group_by": ["platform", "channel", "value", "shoe"]}, "shoe"),
        ({"params": {"k": 2, "value": 3}}, "called like columns"),
        ({"reason": {"zh": "共 {wealth}", "en": "{wealth}"}}, "wealth"),
        ({"reason": {"zh": "共 {uses}", "en": "{investors}"}}, "not say the same"),
        ({"reason": {"zh": "共 {uses|money}", "en": "{uses|money}"}}, "currency"),
        ({"subject": ["{nobody}"]}, "nobody"),
        ({"schedule": {"cron": "10 2 * * *", "zone": "Asia/Atlantis"}}, "Atlantis"),
        ({"window": {"width": "1d"}, "schedule": {"cron": "10 2 * * 1", "zone": "UTC"}}, "narrower than the interval"),
        ({"input": "v9.nothing"}, "v9.nothing"),
        ({"evidence": {"columns": ["investors", "colour"]}}, "colour"),
    ],
)
def test_rule_that_can_t_work_is_found(folder: Path, fields: dict[str, object], says: str) -> None:
    found = corpus.problems(document.load(change(folder, **fields)), folder)
    assert any(says in each for each in found), found


def test_rule_without_fixtures_is_found(folder: Path) -> None:
    (folder / "fixtures" / "I01-shared-channel.yaml").unlink()
    assert any("fixtures/" in each for each in corpus.problems(document.load(change(folder)), folder))


def test_file_named_otherwise_is_refused(folder: Path) -> None:
    path = change(folder)
    with pytest.raises(RuleError, match=r"to be called I01-shared-channel\.yaml"):
        document.load(path.rename(folder / "other.yaml"))
