"""Cases: an alert in one open case at most, four eyes where it is grave, no end while an agency has it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as having
from hypothesis import settings
from hypothesis import strategies as st

from ledger.kernel.refusals import Code
from ledger.states.alerts import AlertKey, key_hash
from ledger.states.cases import AlertCase, Case, alert_case_key, case_key, key_of_alert
from tests.ledger.given import Event, World, given

RULE = "I01-shared-channel"


def found(value: str = "a", evidence: tuple[int, ...] = (3,), severity: str = "medium") -> Event:
    data = {
        "rule": RULE, "version": 1, "key": {"value": value}, "severity": severity, "score": 300,
        "window": {"first_day": "2026-01-01", "last_day": "2026-03-02"}, "subject": ["party:huizhong/U-1"],
        "figures": {}, "params": {}, "evidence": list(evidence), "evidence_count": len(evidence),
        "reason": {"zh": "两人", "en": "two"},
    }  # fmt: skip
    return Event("alert.found", data, source="system")


def alert(value: str = "a", number: int = 1) -> str:
    return f"{RULE}:{key_hash({'value': value})}:{number}"


def opening(name: int = 1, *values: str, **fields: Any) -> Event:
    data = {
        "case": case_id(name), "by": "lin", "title": "Shared device", "alerts": [alert(each) for each in values],
        "jurisdiction": "CN", "due": "2026-03-16", **fields,
    }  # fmt: skip
    return Event("case.opened", data, "registry")


def case_id(name: int) -> str:
    return f"K-2026-{name:06d}"


def act(kind: str, number: int = 1, by: str = "lin", **fields: Any) -> Event:
    return Event(f"case.{kind}", {"case": case_id(number), "by": by, **fields}, "registry")


def closing(by: str = "lin", name: int = 1, kind: str = "closed", outcome: str = "confirmed", **more: Any) -> Event:
    return act(kind, name, by, outcome=outcome, text="looked into", **more)


def test_a_case_gathers_alerts() -> None:
    given(found(), found("b")).when(opening(1, "a", "b")).then(
        tags=[key_of_alert(alert())], case={"status": "open", "alerts": {alert("a"): "medium", alert("b"): "medium"}}
    )


def test_an_alert_that_is_not_there_can_not_be_gathered() -> None:
    given(found()).when(opening(1, "b")).then_refused(Code.ALERT_NOT_OPEN, "no alert")
    given(found(), opening(1)).when(act("alert_added", alert=alert(number=2))).then_refused(Code.ALERT_NOT_OPEN)
    given(found()).when(opening(1, "a", "a")).then_refused(Code.MALFORMED, "twice")


def test_an_alert_is_in_one_open_case() -> None:
    first = (found(), opening(1, "a"))
    given(*first).when(opening(2, "a")).then_refused(Code.ALERT_IN_CASE, "remove it there first")
    given(*first, opening(2)).when(act("alert_added", 2, alert=alert())).then_refused(Code.ALERT_IN_CASE)
    given(*first).when(act("alert_added", alert=alert())).then_refused(Code.ALERT_IN_CASE, "already")
    given(*first, act("alert_removed", alert=alert())).when(opening(2, "a")).then_accepted()
    given(*first, closing()).when(opening(2, "a")).then_accepted()
    given(*first).when(opening(1)).then_refused(Code.ENTITY_EXISTS)
    given(*first, act("alert_removed", alert=alert())).when(act("alert_removed", alert=alert())).then_refused(
        Code.CASE_NOT_OPEN, "not in case"
    )


def test_a_case_is_not_reopened_over_another_that_has_its_alert() -> None:
    story = (found(), opening(1, "a"), closing(), opening(2, "a"))
    given(*story).when(act("reopened", text="more")).then_refused(Code.ALERT_IN_CASE, case_id(2))
    given(*story, act("alert_removed", 2, alert=alert())).when(act("reopened", text="more")).then_accepted()


def test_closing_a_case_closes_its_open_alerts() -> None:
    own = Event("alert.closed", {"alert": alert("b"), "by": "lin", "outcome": "justified_look"}, "registry")
    world = given(found(), found("b"), opening(1, "a", "b"), own).when(closing()).then_accepted().world
    states = [world.get(key_of_alert(alert(each))) for each in "ab"]
    assert [(state.status, state.outcome) for state in states if isinstance(state, AlertKey)] == [
        ("closed", "confirmed"), ("closed", "justified_look")
    ]  # fmt: skip


def test_an_alert_that_was_followed_by_another_is_left_alone() -> None:
    """Number 1 closed by itself, and number 2 of the same matter is no part of the case."""
    gone = Event("alert.closed", {"alert": alert(), "by": "lin", "outcome": "confirmed"}, "registry")
    world = given(found(), opening(1, "a"), gone, found("a", (9,))).when(closing()).then_accepted().world
    state = world.get(key_of_alert(alert()))
    assert isinstance(state, AlertKey)
    assert (state.number, state.status) == (2, "open")


@pytest.mark.parametrize("severity", ["high", "critical"])
def test_a_grave_case_is_closed_by_two(severity: str) -> None:
    story = (found(severity=severity), opening(1, "a"))
    asked = closing(kind="close_requested")
    given(*story).when(closing()).then_refused(Code.SECOND_PERSON_NEEDED, "ask for its closing first")
    given(*story, asked).when(closing()).then_refused(Code.SECOND_PERSON_NEEDED, "another person")
    given(*story, asked).when(asked).then_refused(Code.SECOND_PERSON_NEEDED)
    given(*story, asked).when(closing("zhao")).then(case={"status": "closed", "outcome": "confirmed"})
    given(*story, asked).when(act("reopened", by="zhao", text="no")).then(case={"status": "open", "close_by": None})


def test_an_alert_that_grew_grave_later_counts() -> None:
    story = (found(), opening(1, "a"), found("a", (4,), "critical"))
    given(*story).when(closing()).then_refused(Code.SECOND_PERSON_NEEDED)


def test_one_person_closes_what_is_not_grave() -> None:
    given(found(), opening(1, "a")).when(closing(kind="close_requested")).then_refused(Code.CASE_NOT_OPEN, "one person")


@pytest.mark.parametrize(
    "more",
    [
        act("evidence_attached", evidence="E-1", name="x.pdf", media_type="application/pdf", size=1, digest="0" * 64),
        act("alert_added", alert=alert("b")),
        act("referred", agency="police"),
    ],
)
def test_something_new_voids_a_request_to_close(more: Event) -> None:
    story = (found(severity="high"), found("b"), opening(1, "a"), closing(kind="close_requested"))
    given(*story).when(more).then(case={"status": "open", "close_by": None})


def test_a_new_finding_voids_a_request_to_close() -> None:
    story = (found(severity="high"), opening(1, "a"), closing(kind="close_requested"), found("a", (7,)))
    given(*story).when(closing("zhao")).then_refused(Code.CASE_NOT_OPEN, "new findings")
    again = (act("reopened", by="zhao", text="look again"), closing(kind="close_requested"))
    given(*story, *again).when(closing("zhao")).then_accepted()


def test_a_case_that_an_agency_has_does_not_end() -> None:
    story = (found(), opening(1, "a"), act("referred", agency="tax"))
    given(*story).when(closing()).then_refused(Code.REFERRAL_OPEN, "tax")
    given(*story).when(act("referred", agency="tax")).then_refused(Code.REFERRAL_OPEN, "not answered")
    received = act("referral_updated", agency="tax", status="received", reference="T-7")
    given(*story, received).when(closing()).then_refused(Code.REFERRAL_OPEN)
    given(*story, received).when(received).then_refused(Code.REFERRAL_OPEN)
    for status in ("answered", "declined"):
        ended = act("referral_updated", agency="tax", status=status)
        given(*story, received, ended).when(closing()).then_accepted()
        given(*story, ended).when(act("referral_updated", agency="tax", status="received")).then_refused(
            Code.REFERRAL_OPEN
        )
        given(*story, ended).when(act("referred", agency="tax")).then(case={"referrals": {"tax": "sent"}})
    given(*story).when(act("referral_updated", agency="police", status="received")).then_refused(Code.REFERRAL_OPEN)
    given(*story).when(act("referred", agency="navy")).then_refused(Code.MALFORMED, "none of")


def test_a_false_positive_has_a_code_of_the_list() -> None:
    story = (found(), opening(1, "a"))
    given(*story).when(closing(outcome="false_positive")).then_refused(Code.MALFORMED, "lawful_pattern")
    given(*story).when(closing(outcome="false_positive", reason="because")).then_refused(Code.MALFORMED)
    given(*story).when(closing(outcome="false_positive", reason="threshold")).then_accepted()


def test_deadlines_move_and_a_graver_alert_brings_them_forward() -> None:
    story = (found(), found("b"), opening(1, "a"))
    given(*story).when(act("due_set", due="2026-04-01", text="holidays")).then(case={"due": "2026-04-01"})
    sooner, later = (act("alert_added", alert=alert("b"), due=f"2026-03-{day}") for day in ("03", "30"))
    given(*story).when(sooner).then(case={"due": "2026-03-03"})
    given(*story).when(later).then(case={"due": "2026-03-16"})


def test_a_closed_case_takes_notes_and_nothing_else() -> None:
    story = (found(), found("b"), opening(1, "a"), closing())
    given(*story).when(act("noted", text="for the record")).then_accepted()
    for each in (
        closing(), act("assigned", to="zhao"), act("alert_added", alert=alert("b")), act("referred", agency="tax"),
        act("due_set", due="2026-04-01", text="x"), act("alert_removed", alert=alert()),
    ):  # fmt: skip
        given(*story).when(each).then_refused(Code.CASE_NOT_OPEN, "closed")
    given(found()).when(act("noted", text="x")).then_refused(Code.CASE_NOT_OPEN, "no case")


VALUES = st.sampled_from("abc")
STEPS = st.one_of(
    st.builds(found, VALUES, st.lists(st.integers(1, 9), max_size=2).map(lambda all_: tuple(sorted({*all_}))),
              st.sampled_from(["low", "high"])),
    st.builds(lambda name, values: opening(name, *values), st.integers(1, 3),
              st.lists(VALUES, max_size=3, unique=True)),
    st.builds(lambda name, value, number: act("alert_added", name, alert=alert(value, number)),
              st.integers(1, 3), VALUES, st.integers(1, 2)),
    st.builds(lambda name, value: act("alert_removed", name, alert=alert(value)), st.integers(1, 3), VALUES),
    st.builds(closing, st.sampled_from(["lin", "zhao"]), st.integers(1, 3),
              st.sampled_from(["closed", "close_requested"])),
    st.builds(lambda name, by: act("reopened", name, by, text="again"), st.integers(1, 3),
              st.sampled_from(["lin", "zhao"])),
    st.builds(lambda value, number: Event("alert.closed",
              {"alert": alert(value, number), "by": "lin", "outcome": "confirmed"}, "registry"), VALUES,
              st.integers(1, 2)),
)  # fmt: skip


@settings(max_examples=200)
@having(st.lists(STEPS, max_size=40))
def test_whatever_happens_no_alert_is_in_two_open_cases(steps: list[Event]) -> None:
    world = World()
    for step in [*map(found, "abc"), *steps]:
        world.attempt(step)
    cases = {each: world.get(case_key(case_id(each))) for each in (1, 2, 3)}
    homes: dict[str, int] = {}
    for number, case in cases.items():
        if isinstance(case, Case) and case.status != "closed":
            for each in case.alerts:
                assert each not in homes, f"{each} is in {homes[each]} and {number}"
                homes[each] = number
                now = world.get(alert_case_key(each))
                assert isinstance(now, AlertCase)
                assert now.case == case_id(number)
        if isinstance(case, Case) and case.status == "close_requested":
            assert case.close_by is not None
