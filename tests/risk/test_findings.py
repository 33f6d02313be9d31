"""Findings: from rows to events, and which of them are worth telling an alert."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.states.alerts import AlertKey
from risk.backtest import episodes
from risk.compile import Compiled
from risk.findings import Finding, coalesce, event, finding, result_hash
from tests.ledger.given import INTAKE, NOW
from tests.risk.conftest import RULES

RULE = RULES["I01-shared-channel"].rule
COMPILED = Compiled("", tuple(RULE.group_by), tuple(RULE.measures), ("position",), members=True)
DAY = 20_515  # 2026-03-03


def row(
    day: int = DAY, evidence: tuple[int, ...] = (3, 4), investors: int = 2, value: str | None = "ip-1"
) -> tuple[Any, ...]:
    newest_first = sorted(evidence, reverse=True)
    figures = dict(zip(RULE.measures, (investors, len(evidence), 1), strict=True))
    return (
        day, 70, day * 86_400 + 50, "huizhong", "ip", value, *figures.values(), newest_first, len(evidence),
        ["party:huizhong/a", "party:huizhong/b"],
    )  # fmt: skip


def made(**fields: Any) -> Finding:
    return finding(RULE, COMPILED, RULE.params, row(**fields))


def test_row_becomes_a_finding() -> None:
    each = made()
    assert (each.rule, each.version, each.day, each.first_day) == (RULE.id, RULE.version, DAY, DAY - 89)
    assert each.key == {"platform": "huizhong", "channel": "ip", "value": "ip-1"}
    assert (each.severity, each.score, each.platform) == ("info", 70, "huizhong")
    assert each.subject == ("party:huizhong/a", "party:huizhong/b")
    assert each.evidence == (3, 4)
    assert each.figures == {"investors": 2, "uses": 2, "campaigns": 1}
    assert "2 investors on huizhong" in each.en
    assert "a, b" in each.zh


def test_unreported_key_is_empty_and_said_so() -> None:
    each = made(value=None)
    assert each.key["value"] == ""
    assert "not reported" in each.en


def test_figures_are_bounded_by_what_json_carries() -> None:
    assert made(investors=2**80).figures["investors"] == 2**53 - 1


def test_event_is_one_that_the_ledger_takes() -> None:
    candidate = INTAKE.decode(event(made()), frozenset({"system"}), NOW)
    assert isinstance(candidate, Candidate), candidate
    assert candidate.happened_at.isoformat() == "2026-03-03T00:00:50+00:00"


def test_same_finding_has_the_same_id_and_another_one_has_not() -> None:
    assert event(made()) == event(made())
    assert event(made())["id"] != event(made(evidence=(3, 4, 5)))["id"]
    assert event(made())["id"] != event(made(day=DAY + 1))["id"]


def test_result_hash_depends_on_order_and_content() -> None:
    one, two = made(), made(value="ip-2")
    assert result_hash([one, two]) == result_hash([one, two])
    assert len({result_hash(each) for each in ([one, two], [two, one], [one], [])}) == 4


def test_sliding_window_tells_an_alert_only_what_is_new() -> None:
    nights = [made(day=DAY + n, evidence=evidence) for n, evidence in enumerate([(1, 2), (1, 2), (2, 3), (2, 3), (3,)])]
    assert [each.day - DAY for each in coalesce(nights, {})] == [0, 2]


def test_what_the_alert_knows_is_not_told_again() -> None:
    own = made().alert_key
    opened = AlertKey(1, "open", "info", (3, 4))
    assert coalesce([made()], {own: opened}) == []
    assert coalesce([made(evidence=(4, 5))], {own: opened}) == [made(evidence=(4, 5))]
    assert coalesce([made()], {own: replace(opened, status="closed")}) == []
    assert coalesce([made()], {own: replace(opened, seen=(), floor=9)}) == []


def test_worse_is_told_also_without_new_evidence() -> None:
    worse = replace(made(day=DAY + 1), severity="high")
    assert coalesce([made(), worse, replace(worse, day=DAY + 2)], {}) == [made(), worse]
    closed = {made().alert_key: AlertKey(1, "closed", "info", (3, 4))}
    assert coalesce([worse], closed) == []


def test_finding_without_events_is_told_once() -> None:
    bare = replace(made(), evidence=())
    assert coalesce([bare, replace(bare, day=DAY + 1)], {}) == [bare]


@given(st.lists(st.frozensets(st.integers(1, 30), max_size=6), max_size=12))
def test_coalescing_loses_no_evidence(nights: list[frozenset[int]]) -> None:
    found = [made(day=DAY + n, evidence=tuple(sorted(each))) for n, each in enumerate(nights)]
    kept = coalesce(found, {})
    assert set().union(*(each.evidence for each in kept), set()) == set().union(*nights, set())
    seen = list(accumulate((set(each.evidence) for each in kept), set.union))
    assert all(before < after for before, after in pairwise(seen))


def test_episodes_count_what_lies_apart_anew() -> None:
    found = [made(day=DAY + n) for n in (0, 1, 2, 10, 11)] + [made(day=DAY, value="ip-2")]
    assert episodes(found, 3) == 3
    assert episodes(found, 8) == 2
    assert episodes([], 3) == 0
