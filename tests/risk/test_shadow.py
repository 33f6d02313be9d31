"""A candidate version in the shadow of the live one: same runs, no alert, and a difference at an equal budget."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from risk import corpus, document, runs, shadow
from risk.document import Loaded, RuleError
from tests.risk.conftest import LAST, RULES, Monitor

LIVE = RULES["I01-shared-channel"]
DAY = (LAST - datetime(1970, 1, 1, tzinfo=UTC).date()).days
DUE = datetime(2026, 11, 22, 2, 10, tzinfo=UTC)


def candidate(**changes: Any) -> Loaded:
    rule = replace(LIVE.rule, version=LIVE.rule.version + 1, maturity="shadow", **changes)
    plain = {**LIVE.plain, "version": rule.version, "maturity": "shadow", "params": dict(rule.params)}
    return document.restore(plain, LIVE.sql)


def judge(monitor: Monitor, at: datetime) -> runs.Ran:
    ran = runs.run(monitor.connection, monitor.submit, LIVE, [DAY], now=monitor.now, due_at=at)
    assert ran is not None
    return ran


def test_candidate_is_judged_beside_each_live_run_and_raises_nothing(played: Monitor) -> None:
    monitor = played
    strict = candidate(params={"k": 12})
    judge(monitor, DUE - timedelta(days=1))
    told = monitor.connection.execute("SELECT count(*) FROM events").fetchone()
    live = judge(monitor, DUE)
    assert shadow.follow(monitor.connection, strict, monitor.now) == [live.number], "it begins with the newest run"
    assert shadow.follow(monitor.connection, strict, monitor.now) == []
    later = judge(monitor, DUE + timedelta(days=1))
    assert shadow.follow(monitor.connection, strict, monitor.now) == [later.number]
    found = shadow.beside(monitor.connection, strict)
    assert (found.runs, found.live_version, found.version) == (2, LIVE.rule.version, LIVE.rule.version + 1)
    assert found.difference.only_left, "twelve at one address are rarer than two"
    assert not found.difference.only_right
    assert monitor.connection.execute("SELECT count(*) FROM events").fetchone() == told
    cutoffs = monitor.connection.execute(
        "SELECT DISTINCT cutoff, days FROM rule_runs WHERE number >= %s", (live.number,)
    )
    assert len(cutoffs.fetchall()) == 1, "same days, same cutoff"
    rows = monitor.connection.execute("SELECT number FROM rule_runs WHERE kind = 'shadow'").fetchall()
    for (number,) in rows:
        again = runs.replay(monitor.connection, number)
        assert again.then_hash == again.now_hash


def test_same_candidate_differs_in_nothing(played: Monitor) -> None:
    judge(played, DUE)
    shadow.follow(played.connection, candidate(), played.now)
    found = shadow.beside(played.connection, candidate(), budget=1)
    assert (found.difference.only_left, found.difference.only_right, len(found.difference.both)) == ((), (), 1)
    assert found.moves == []


def test_candidate_that_can_not_be_compiled_is_named(played: Monitor) -> None:
    judge(played, DUE)
    plain = {**candidate().plain, "having": "investors // 0 > 1 or sum_of_nothing >= k"}
    with pytest.raises(RuleError):
        shadow.follow(played.connection, document.restore(plain, None), played.now)
    assert played.connection.execute("SELECT count(*) FROM rule_runs WHERE kind = 'shadow'").fetchone() == (0,)


def test_candidate_needs_a_live_rule_and_a_higher_version(tmp_path: Path) -> None:
    def put(**changes: Any) -> None:
        (tmp_path / LIVE.name).write_text(yaml.safe_dump({**LIVE.plain, "maturity": "shadow", **changes}))

    put()
    with pytest.raises(RuleError, match="make it"):
        shadow.candidates(RULES, tmp_path)
    put(version=LIVE.rule.version + 1)
    assert list(shadow.candidates(RULES, tmp_path)) == [LIVE.rule.id]
    with pytest.raises(RuleError, match="no live rule"):
        shadow.candidates({}, tmp_path)
    put(version=LIVE.rule.version + 1, maturity="live")
    with pytest.raises(RuleError, match="a candidate's is shadow"):
        shadow.candidates(RULES, tmp_path)


def test_candidates_of_this_program_are_whole() -> None:
    for each in shadow.candidates(RULES).values():
        assert corpus.problems(each, shadow.FOLDER) == []
