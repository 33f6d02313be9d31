"""Decisions on alerts: a finding opens or joins one; people acknowledge, assign, comment, escalate, close, reopen.

One open alert per key holds since the key's state is decided in the append, whoever found it and in whatever order.
"""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome
from ledger.decisions.outcomes import check_reason
from ledger.events.alerts import (
    AlertAcknowledged,
    AlertAssigned,
    AlertClosed,
    AlertCloseRequested,
    AlertCommented,
    AlertEscalated,
    AlertFound,
    AlertReopened,
)
from ledger.kernel.refusals import Code, Refused
from ledger.states.alerts import FOUR_EYES, AlertKey, alert_key, key_hash, parts, remember, status_after_joining


def found(candidate: Candidate, data: AlertFound, boundary: Boundary) -> Outcome:
    """Opens an alert, or joins the open one with evidence that is new to it; a closed one is followed by a new one."""
    own = alert_key(data.rule, key_hash(data.key))
    state = boundary.get(own)
    concerns = tuple(data.subject)
    if state is None:
        seen, floor = remember((), 0, data.evidence)
        return Outcome({own: AlertKey(1, "open", data.severity, seen, floor)}, concerns=concerns)
    assert isinstance(state, AlertKey), (own, state)
    fresh = state.fresh(data.evidence)
    worse = state.status != "closed" and state.worse(data.severity)
    if not fresh and not worse:
        raise Refused(Code.NOTHING_NEW, f"alert {data.rule} number {state.number} knows this evidence already.")
    seen, floor = remember(state.seen, state.floor, fresh)
    if state.status == "closed":
        return Outcome({own: AlertKey(state.number + 1, "open", data.severity, seen, floor)}, concerns=concerns)
    joined = replace(
        state,
        status=status_after_joining(state.status, worse=worse),
        severity=data.severity if worse else state.severity,
        seen=seen,
        floor=floor,
        findings=state.findings + 1,
        close_by=None,
    )
    return Outcome({own: joined}, concerns=concerns)


def acknowledged(candidate: Candidate, data: AlertAcknowledged, boundary: Boundary) -> Outcome:
    """An open alert is taken note of; doing so twice says nothing."""
    own, state = _unsettled(data.alert, boundary)
    if state.status != "open":
        raise Refused(Code.ALERT_NOT_OPEN, f"alert {data.alert} is {state.status}; there is nothing to acknowledge.")
    return Outcome({own: replace(state, status="acknowledged")})


def assigned(candidate: Candidate, data: AlertAssigned, boundary: Boundary) -> Outcome:
    """Any alert that is not closed can be given to somebody."""
    own, state = _unsettled(data.alert, boundary)
    return Outcome({own: replace(state, assignee=data.to)})


def commented(candidate: Candidate, data: AlertCommented, boundary: Boundary) -> Outcome:
    """A remark is welcome at any time, also on a closed alert."""
    own, state = _existing(data.alert, boundary)
    return Outcome({own: state})


def escalated(candidate: Candidate, data: AlertEscalated, boundary: Boundary) -> Outcome:
    """Handed up, with or without a new assignee; a request to close it is void."""
    own, state = _unsettled(data.alert, boundary)
    assignee = state.assignee if data.to is UNSET else data.to
    return Outcome({own: replace(state, status="escalated", assignee=assignee, close_by=None)})


def close_requested(candidate: Candidate, data: AlertCloseRequested, boundary: Boundary) -> Outcome:
    """The first of four eyes."""
    own, state = _unsettled(data.alert, boundary)
    check_reason(data.outcome, data.reason)
    if state.severity != FOUR_EYES:
        raise Refused(
            Code.ALERT_NOT_OPEN, f"alert {data.alert} is {state.severity}: one person may close it; close it."
        )
    if state.status == "close_requested":
        raise Refused(_second_code(state, data.by), _second_detail(data.alert, state, data.by))
    return Outcome({own: replace(state, status="close_requested", close_by=data.by)})


def closed(candidate: Candidate, data: AlertClosed, boundary: Boundary) -> Outcome:
    """One person closes an alert; a critical one closes by another person than the one who asked for it."""
    own, state = _unsettled(data.alert, boundary)
    check_reason(data.outcome, data.reason)
    if state.severity == FOUR_EYES and (state.status != "close_requested" or state.close_by == data.by):
        raise Refused(Code.SECOND_PERSON_NEEDED, _second_detail(data.alert, state, data.by))
    return Outcome({own: replace(state, status="closed", outcome=data.outcome)})


def reopened(candidate: Candidate, data: AlertReopened, boundary: Boundary) -> Outcome:
    """A closed alert, or one whose closing was asked for, is open again; not where a newer one of its key exists."""
    own, state = _existing(data.alert, boundary)
    if parts(data.alert)[2] != state.number:
        raise Refused(
            Code.ALERT_NOT_OPEN, f"alert {data.alert} was followed by number {state.number}; work on that one."
        )
    if state.status not in {"closed", "close_requested"}:
        raise Refused(Code.ALERT_NOT_OPEN, f"alert {data.alert} is {state.status}; there is nothing to reopen.")
    return Outcome({own: replace(state, status="open", close_by=None, outcome=None)})


def _existing(alert: str, boundary: Boundary) -> tuple[str, AlertKey]:
    rule, hashed, number = parts(alert)
    own = alert_key(rule, hashed)
    state = boundary.get(own)
    if not isinstance(state, AlertKey) or number > state.number:
        raise Refused(Code.ALERT_NOT_OPEN, f"there is no alert {alert}.")
    return own, state


def _unsettled(alert: str, boundary: Boundary) -> tuple[str, AlertKey]:
    own, state = _existing(alert, boundary)
    if parts(alert)[2] != state.number or state.status == "closed":
        raise Refused(Code.ALERT_NOT_OPEN, f"alert {alert} is closed; reopen it, or comment on it.")
    return own, state


def _second_code(state: AlertKey, by: str) -> Code:
    return Code.SECOND_PERSON_NEEDED if state.close_by == by else Code.ALERT_NOT_OPEN


def _second_detail(alert: str, state: AlertKey, by: str) -> str:
    if state.status != "close_requested":
        return f"alert {alert} is critical: ask for its closing first, then another person closes it."
    if state.close_by == by:
        return f"alert {alert} is critical and {by} asked for its closing already; another person has to close it."
    return f"closing alert {alert} was asked for by {state.close_by}; close it, or reopen it."
