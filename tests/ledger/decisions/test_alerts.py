"""Alerts: one open alert per key whatever comes in which order, and who may do what about it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as having
from hypothesis import strategies as st

from ledger.decisions.base import Outcome
from ledger.kernel.refusals import Code, Refused
from ledger.states.alerts import SEEN_MAX, AlertKey, alert_key, key_hash, remember
from tests.ledger.given import Event, World, given

RULE = "I01-shared-channel"
KEY = {"platform": "huizhong", "channel": "ip", "value": "ip-1"}
OWN = alert_key(RULE, key_hash(KEY))


def found(evidence: list[int], severity: str = "medium", **other: Any) -> Event:
    data = {
        "rule": RULE, "version": 1, "key": KEY, "severity": severity, "score": 300,
        "window": {"first_day": "2026-01-01", "last_day": "2026-03-02"}, "subject": ["party:huizhong/U-1"],
        "platform": "huizhong", "figures": {"investors": 2}, "params": {"k": 2}, "evidence": evidence,
        "evidence_count": len(evidence), "reason": {"zh": "两人", "en": "two"}, **other,
    }  # fmt: skip
    return Event("alert.found", data, source="system")


def act(kind: str, by: str = "lin", number: int = 1, **fields: Any) -> Event:
    data = {"alert": f"{RULE}:{key_hash(KEY)}:{number}", "by": by, **fields}
    return Event(f"alert.{kind}", data, source="registry")


def closing(by: str = "lin", number: int = 1, kind: str = "closed") -> Event:
    return act(kind, by, number, outcome="false_positive", reason="shared_channel")


def test_finding_opens_an_alert_tagged_with_whom_it_is_about() -> None:
    given().when(found([3, 4])).then(tags=[OWN, "party:huizhong/U-1"], alert_key={"number": 1, "status": "open"})


def test_new_evidence_joins_the_open_alert() -> None:
    given(found([3, 4])).when(found([4, 5])).then(alert_key={"number": 1, "findings": 2, "seen": (3, 4, 5)})


def test_known_evidence_is_nothing_new() -> None:
    given(found([3, 4])).when(found([3])).then_refused(Code.NOTHING_NEW)


def test_worse_severity_joins_without_new_evidence() -> None:
    given(found([3]), act("acknowledged")).when(found([3], "critical")).then(
        alert_key={"severity": "critical", "status": "open"}
    )


def test_closed_alert_stays_closed_on_known_evidence() -> None:
    given(found([3, 4]), closing()).when(found([3, 4], "critical")).then_refused(Code.NOTHING_NEW)


def test_closed_alert_is_followed_by_a_new_one_on_new_evidence() -> None:
    given(found([3]), closing()).when(found([3, 9])).then(
        alert_key={"number": 2, "status": "open", "outcome": None, "seen": (3, 9)}
    )


def test_finding_without_events_opens_once() -> None:
    """What is missing has no position."""
    given(found([])).when(found([])).then_refused(Code.NOTHING_NEW)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([act("acknowledged")], "acknowledged"),
        ([act("assigned", to="zhao")], "open"),
        ([act("commented", text="called them")], "open"),
        ([act("escalated", to="zhao")], "escalated"),
        ([closing()], "closed"),
        ([closing(), act("reopened")], "open"),
        ([act("acknowledged"), act("escalated"), closing()], "closed"),
    ],
)
def test_actions_lead_to_their_status(events: list[Event], status: str) -> None:
    given(found([1]), *events[:-1]).when(events[-1]).then(alert_key={"status": status})


def test_assigning_and_escalating_name_who_is_responsible() -> None:
    given(found([1])).when(act("assigned", to="zhao")).then(alert_key={"assignee": "zhao"})
    given(found([1]), act("assigned", to="zhao")).when(act("escalated")).then(alert_key={"assignee": "zhao"})


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([act("acknowledged"), act("acknowledged")], "nothing to acknowledge"),
        ([closing(), act("acknowledged")], "is closed"),
        ([closing(), act("assigned", to="zhao")], "is closed"),
        ([closing(), closing()], "is closed"),
        ([act("reopened")], "nothing to reopen"),
        ([act("acknowledged", number=2)], "no alert"),
        ([closing(), found([2]), act("reopened")], "number 2"),
        ([closing(), found([2]), closing()], "is closed"),
        ([closing(kind="close_requested")], "one person may close it"),
    ],
)
def test_actions_out_of_place_are_refused(events: list[Event], says: str) -> None:
    given(found([1]), *events[:-1]).when(events[-1]).then_refused(Code.ALERT_NOT_OPEN, says)


def test_closed_alert_takes_comments_still() -> None:
    given(found([1]), closing()).when(act("commented", text="for the record")).then_accepted()


def test_false_positive_needs_a_reason() -> None:
    given(found([1])).when(act("closed", outcome="false_positive")).then_refused(Code.MALFORMED, "reason")
    given(found([1])).when(act("closed", outcome="justified_look")).then(alert_key={"outcome": "justified_look"})


def test_critical_alert_is_not_closed_by_one_person() -> None:
    critical = found([1], "critical")
    asked = closing("lin", kind="close_requested")
    given(critical).when(closing("lin")).then_refused(Code.SECOND_PERSON_NEEDED, "ask for its closing first")
    given(critical, asked).when(closing("lin")).then_refused(Code.SECOND_PERSON_NEEDED, "lin asked")
    given(critical, asked).when(asked).then_refused(Code.SECOND_PERSON_NEEDED, "another person")
    given(critical, asked).when(closing("zhao")).then(alert_key={"status": "closed", "close_by": "lin"})


def test_second_person_may_say_no() -> None:
    given(found([1], "critical"), closing("lin", kind="close_requested")).when(act("reopened", "zhao")).then(
        alert_key={"status": "open", "close_by": None}
    )


def test_new_evidence_voids_a_request_to_close() -> None:
    given(found([1], "critical"), closing("lin", kind="close_requested")).when(found([2])).then(
        alert_key={"status": "open", "close_by": None}
    )


def test_only_the_system_finds_and_only_the_registry_acts() -> None:
    given().when(found([1]).by("platform:huizhong")).then_refused(Code.SOURCE_NOT_YOURS)
    given(found([1])).when(closing().by("platform:huizhong")).then_refused(Code.SOURCE_NOT_YOURS)


@having(st.lists(st.sampled_from(["a", "b", "close", "reopen"]), max_size=30), st.data())
def test_any_interleaving_leaves_at_most_one_open_alert_per_key(order: list[str], data: st.DataObject) -> None:
    """Two evaluators and an officer, in any order: numbers never skip, and evidence is never raised twice."""
    world = World()
    shown: set[int] = set()
    opened = 0
    for step in order:
        before = world.get(OWN)
        number = before.number if isinstance(before, AlertKey) else 1
        if step in {"a", "b"}:
            evidence = sorted(data.draw(st.sets(st.integers(1, 12), max_size=4)))
            end = world.attempt(found(evidence))
            after = world.get(OWN)
            assert isinstance(after, AlertKey)
            opened += after.number != (before.number if isinstance(before, AlertKey) else 0)
            fresh = set(evidence) - shown
            assert (end is None) == (bool(fresh) or before is None)
            shown |= set(evidence)
        else:
            world.attempt(closing(number=number) if step == "close" else act("reopened", number=number))
    state = world.get(OWN)
    assert opened == (state.number if isinstance(state, AlertKey) else 0)


@having(st.lists(st.sets(st.integers(1, 5_000), max_size=700), max_size=6))
def test_what_was_seen_stays_seen_within_bounds(batches: list[set[int]]) -> None:
    seen: tuple[int, ...] = ()
    floor = 0
    for batch in batches:
        seen, floor = remember(seen, floor, sorted(batch))
        assert len(seen) <= SEEN_MAX
        assert AlertKey(1, "open", "low", seen, floor).fresh(sorted(batch)) == []


def test_outcome_type_is_what_the_store_expects() -> None:
    world = World()
    assert isinstance(world.send(found([1])), Outcome)
    assert isinstance(world.attempt(found([1])), Refused)
