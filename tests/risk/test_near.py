"""Near-real-time runs: what they find is what a run over everything finds for the groups that new events touched."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from ops.simulator.market import Market
from risk import runs
from risk.compile import compile_rule
from risk.document import Loaded
from risk.evaluator import evaluate, standing_still, touched
from risk.near import LOOK_BACK_DAYS, days_to_judge
from tests.risk.conftest import LAST, RULES, Monitor

MEASURED = [each for each in RULES.values() if each.rule.measures and each.rule.evidence.positions]


def near(each: Loaded) -> Loaded:
    rule = replace(each.rule, schedule=replace(each.rule.schedule, every="1s"))
    return replace(each, rule=rule)


class Moving(Monitor):
    """A monitor whose clock goes where it is told."""

    moment = datetime(2026, 11, 22, 3, tzinfo=UTC)

    def now(self) -> datetime:
        self.ticks += 1
        return self.moment + timedelta(microseconds=self.ticks)


def play(monitor: Monitor, events: Sequence[dict[str, Any]]) -> None:
    monitor.book.submit(events)
    monitor.book.follow()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_touched_groups_are_found_as_a_full_run_finds_them(monitor: Monitor, small: Market, seed: int) -> None:
    """Deliveries shuffled within limits (late ones), some taken back, cut into random pieces."""
    chance = random.Random(seed)
    told = shuffled(chance, [delivery.event for delivery in small.deliveries])
    since, compared, found_some, left_some_out = 0, 0, 0, 0
    today = (LAST - datetime(1970, 1, 1, tzinfo=UTC).date()).days
    while told:
        size = chance.randrange(1, max(2, len(told) // 3))
        piece, told = told[:size], told[size:]
        if chance.random() < 0.4:
            piece += corrections(chance, piece)
        play(monitor, piece)
        for each in chance.sample(MEASURED, 3):
            rule, whole, part = each.rule, compile_rule(each), compile_rule(each, near=True)
            days = sorted(chance.sample(range(today - 60, today + 2), 3))
            with standing_still(monitor.connection, rule) as cutoff:
                groups = {one.own for one in touched(monitor.connection, rule, part, days, since, cutoff)}
                full = evaluate(monitor.connection, rule, whole, days, cutoff)
                some = evaluate(monitor.connection, rule, part, days, cutoff, since=since)
                owns = own_groups(monitor, each, days, cutoff)
            assert some == [found for found in full if owns[tuple(found.key.values())] & groups], (rule.id, seed)
            new = [found for found in full if any(since < at <= cutoff for at in found.evidence)]
            assert [found for found in new if found not in some] == [], (rule.id, seed)
            compared += len(full)
            found_some += bool(some)
            left_some_out += len(some) < len(full)
        since = cutoff
    assert compared > 20, "the pieces were to hold something to find"
    assert found_some > 0, "some groups were to be touched"
    assert left_some_out > 0, "some groups were to be left out"


def own_groups(monitor: Monitor, each: Loaded, days: list[int], cutoff: int) -> dict[tuple[str, ...], set[str]]:
    """Dedupe key -> the texts of the groups of that key, as the statement names them."""
    part = compile_rule(each, near=True)
    found: dict[tuple[str, ...], set[str]] = {}
    for one in touched(monitor.connection, each.rule, part, days, -1, cutoff):
        cells = dict(zip(part.keys, json.loads(one.own), strict=True))
        names = [*each.rule.dedupe.key, *part.keys[len(each.rule.group_by) :]]
        key = tuple("" if cells[name] is None else str(cells[name]) for name in names)
        found.setdefault(key, set()).add(one.own)
    return found


def shuffled(chance: random.Random, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each a little earlier or later than it was told; what comes too early waits for what it names."""
    return [event for _, event in sorted(enumerate(events), key=lambda each: each[0] + chance.randrange(0, 60))]


def corrections(chance: random.Random, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some pledges and transfers of these taken back."""
    chosen = [each for each in events if each["type"] in {"pledge.made", "transfer.reported", "party.related"}]
    return [
        {"specversion": "1.0", "id": f"undo-{each['id']}", "source": each["source"], "type": "event.corrected",
         "time": each["time"], "data": {"corrects": each["id"], "reason": "entered twice"}}
        for each in chance.sample(chosen, min(3, len(chosen)))
    ]  # fmt: skip


def test_days_whose_windows_hold_a_new_row_are_judged() -> None:
    assert days_to_judge([100], 1, 70, 100) == [100]
    assert days_to_judge([98], 1, 70, 100) == [98], "late, and of a rule that looks at single days"
    assert days_to_judge([98], 2, 70, 100) == [98, 99]
    assert days_to_judge([98], 30, 70, 100) == [98, 99, 100], "not of days to come"
    assert days_to_judge([101], 30, 70, 100) == [101], "it is tomorrow there already"
    assert days_to_judge([60], 5, 70, 100) == []
    assert days_to_judge([60], 30, 98, 100) == []
    assert days_to_judge([60], 40, 98, 100) == [98, 99]
    assert days_to_judge([], 30, 98, 100) == []


def test_near_runs_are_a_chain_and_tell_nothing_twice(database_url: str, small: Market) -> None:
    monitor = Moving(database_url)
    monitor.book.follow()
    rules = [near(RULES[name]) for name in ("I17-pledge-velocity", "C01-self-pledge", "I03-structuring")]
    events = [delivery.event for delivery in small.deliveries]
    for start in range(0, len(events), 800):
        piece = events[start : start + 800]
        play(monitor, piece)
        monitor.moment = max(datetime.fromisoformat(each["time"]) for each in piece).astimezone(UTC)
        for each in rules:
            runs.near(monitor.connection, monitor.submit, each, now=monitor.now)
            assert runs.near(monitor.connection, monitor.submit, each, now=monitor.now) is None, "nothing is new"
    found = 0
    for each in rules:
        chain = monitor.connection.execute(
            "SELECT since, cutoff, status, findings, number FROM rule_runs WHERE rule = %s ORDER BY number",
            (each.rule.id,),
        ).fetchall()
        assert [row[2] for row in chain] == ["done"] * len(chain)
        assert [0, *(row[1] for row in chain)][:-1] == [row[0] for row in chain], "each begins where the last ended"
        found += sum(row[3] for row in chain)
        for row in chain:
            again = runs.replay(monitor.connection, row[4])
            assert again.then_hash == again.now_hash
    assert found > 5
    assert monitor.connection.execute("SELECT count(*) FROM refusals WHERE source = 'system'").fetchone() == (0,)
    monitor.close()


def test_run_without_news_asks_nothing(played: Monitor) -> None:
    each = near(RULES["I17-pledge-velocity"])
    first = runs.near(played.connection, played.submit, each, now=played.now)
    assert first is not None
    assert first.days <= LOOK_BACK_DAYS + 1
    assert runs.near(played.connection, played.submit, each, now=played.now) is None
    assert played.connection.execute("SELECT count(*) FROM rule_runs").fetchone() == (1,)


def test_run_whose_process_died_is_done_as_it_was_decided(played: Monitor, small: Market) -> None:
    each = near(RULES["I01-shared-channel"])
    sent: list[Any] = []

    def die(events: Any) -> Any:
        sent.extend(played.submit(events[:1]))
        raise RuntimeError("killed in the middle")

    monitor = played
    with pytest.raises(RuntimeError):
        runs.near(monitor.connection, die, each, now=monitor.now)
    monitor.book.follow()
    again = runs.near(monitor.connection, monitor.submit, each, now=monitor.now)
    assert again is not None
    rows = monitor.connection.execute("SELECT number, since, cutoff, status FROM rule_runs").fetchall()
    assert rows == [(again.number, 0, again.cutoff, "done")]
    assert len(sent) == 1
    known = monitor.connection.execute("SELECT count(*) FROM events WHERE type = 'alert.found'").fetchone()
    assert known == (1 + again.submitted,), "what was told before it died is told once"
