"""Decisions on cases: one open case per alert, four eyes where it is grave, no end while an agency has it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET
from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.casework.lists import lists
from ledger.decisions.base import Boundary, Outcome, micros
from ledger.decisions.outcomes import check_reason
from ledger.events.cases import (
    CASE_ALERTS_MAX,
    CaseAlertAdded,
    CaseAlertRemoved,
    CaseAssigned,
    CaseClosed,
    CaseCloseRequested,
    CaseDueSet,
    CaseEvidenceAttached,
    CaseEvidenceOpened,
    CaseNoted,
    CaseOpened,
    CaseReferralUpdated,
    CaseReferred,
    CaseReopened,
)
from ledger.kernel.refusals import Code, Refused
from ledger.states.alerts import AlertKey, parts
from ledger.states.base import State
from ledger.states.cases import (
    FOUR_EYES,
    OPEN_REFERRALS,
    AlertCase,
    Case,
    alert_case_key,
    case_key,
    key_of_alert,
    severity_of,
)

EVIDENCE_MAX = 200  # files of one case


def opened(candidate: Candidate, data: CaseOpened, boundary: Boundary) -> Outcome:
    """With the alerts that are named, none of which is in another open case."""
    own = case_key(data.case)
    if boundary.get(own) is not None:
        raise Refused(Code.ENTITY_EXISTS, f"case {data.case} exists already; choose another id.")
    boundary.prefetch([key(alert) for alert in data.alerts for key in (key_of_alert, alert_case_key)])
    alerts = {alert: _free(alert, data.case, boundary) for alert in data.alerts}
    assignee = None if data.assignee is UNSET else data.assignee
    case = Case("open", micros(candidate.happened_at), data.due, alerts, assignee, jurisdiction=data.jurisdiction)
    concerns = () if data.platform is UNSET else (f"platform:{data.platform}",)
    return Outcome({own: case, **_put(alerts, data.case)}, concerns=concerns)


def alert_added(candidate: Candidate, data: CaseAlertAdded, boundary: Boundary) -> Outcome:
    """Whoever asked for the closing did so without knowing this one."""
    own, case = _unsettled(data.case, boundary)
    if data.alert in case.alerts:
        raise Refused(Code.ALERT_IN_CASE, f"alert {data.alert} is in case {data.case} already.")
    if len(case.alerts) >= CASE_ALERTS_MAX:
        raise Refused(
            Code.MALFORMED, f"case {data.case} has {CASE_ALERTS_MAX} alerts, which is the most; open another."
        )
    alerts = {**case.alerts, data.alert: _free(data.alert, data.case, boundary)}
    due = case.due if data.due is UNSET else min(case.due, data.due)
    changed = replace(_doubted(case), alerts=alerts, due=due)
    return Outcome({own: changed, **_put([data.alert], data.case)})


def alert_removed(candidate: Candidate, data: CaseAlertRemoved, boundary: Boundary) -> Outcome:
    """From then on it can be put into another case."""
    own, case = _unsettled(data.case, boundary)
    if data.alert not in case.alerts:
        raise Refused(Code.CASE_NOT_OPEN, f"alert {data.alert} is not in case {data.case}.")
    alerts = {alert: severity for alert, severity in case.alerts.items() if alert != data.alert}
    return Outcome({own: replace(_doubted(case), alerts=alerts)}, concerns=(key_of_alert(data.alert),))


def assigned(candidate: Candidate, data: CaseAssigned, boundary: Boundary) -> Outcome:
    """Any case that is not closed can be given to somebody."""
    own, case = _unsettled(data.case, boundary)
    return Outcome({own: replace(case, assignee=data.to)})


def noted(candidate: Candidate, data: CaseNoted, boundary: Boundary) -> Outcome:
    """A remark is welcome at any time, also on a closed case."""
    own, case = _existing(data.case, boundary)
    return Outcome({own: case})


def evidence_attached(candidate: Candidate, data: CaseEvidenceAttached, boundary: Boundary) -> Outcome:
    """A file is new to the case, and so is what it may show."""
    own, case = _unsettled(data.case, boundary)
    if data.evidence in case.evidence:
        raise Refused(Code.ENTITY_EXISTS, f"file {data.evidence} is in case {data.case} already.")
    if len(case.evidence) >= EVIDENCE_MAX:
        raise Refused(Code.MALFORMED, f"case {data.case} has {EVIDENCE_MAX} files, which is the most.")
    return Outcome({own: replace(_doubted(case), evidence=(*case.evidence, data.evidence))})


def evidence_opened(candidate: Candidate, data: CaseEvidenceOpened, boundary: Boundary) -> Outcome:
    """A look, at any time."""
    own, case = _existing(data.case, boundary)
    if data.evidence not in case.evidence:
        raise Refused(Code.CASE_NOT_OPEN, f"there is no file {data.evidence} in case {data.case}.")
    return Outcome({own: case})


def due_set(candidate: Candidate, data: CaseDueSet, boundary: Boundary) -> Outcome:
    """Sooner or later than it was."""
    own, case = _unsettled(data.case, boundary)
    return Outcome({own: replace(case, due=data.due)})


def referred(candidate: Candidate, data: CaseReferred, boundary: Boundary) -> Outcome:
    """To an agency that has not got it at the moment."""
    own, case = _unsettled(data.case, boundary)
    if data.agency not in lists().agencies:
        raise Refused(Code.MALFORMED, f"agency {data.agency!r} is none of {', '.join(lists().agencies)}.")
    if case.referrals.get(data.agency) in OPEN_REFERRALS:
        raise Refused(Code.REFERRAL_OPEN, f"case {data.case} is with {data.agency} already, which has not answered.")
    return Outcome({own: replace(_doubted(case), referrals={**case.referrals, data.agency: "sent"})})


def referral_updated(candidate: Candidate, data: CaseReferralUpdated, boundary: Boundary) -> Outcome:
    """Received comes before the answer, or is left out; what was answered or declined is over."""
    own, case = _unsettled(data.case, boundary)
    now = case.referrals.get(data.agency)
    if now not in OPEN_REFERRALS or now == data.status:
        standing = "not with" if now is None else f"{now} by"
        raise Refused(
            Code.REFERRAL_OPEN, f"case {data.case} is {standing} {data.agency}: it can't be {data.status} now."
        )
    return Outcome({own: replace(_doubted(case), referrals={**case.referrals, data.agency: data.status})})


def close_requested(candidate: Candidate, data: CaseCloseRequested, boundary: Boundary) -> Outcome:
    """The first of four eyes."""
    own, case = _unsettled(data.case, boundary)
    _check_close(data, case)
    states = _alert_states(case, boundary)
    if severity_of(case, states) not in FOUR_EYES:
        raise Refused(Code.CASE_NOT_OPEN, f"case {data.case} has no high or critical alert: one person may close it.")
    if case.status == "close_requested":
        code = Code.SECOND_PERSON_NEEDED if case.close_by == data.by else Code.CASE_NOT_OPEN
        raise Refused(code, _second_detail(data.case, case, data.by))
    return Outcome({own: replace(case, status="close_requested", close_by=data.by, known=_findings(states))})


def closed(candidate: Candidate, data: CaseClosed, boundary: Boundary) -> Outcome:
    """By one person, or a second one where it is grave. Its alerts that are still open close with it."""
    own, case = _unsettled(data.case, boundary)
    _check_close(data, case)
    states = _alert_states(case, boundary)
    grave = severity_of(case, states) in FOUR_EYES
    if grave and (case.status != "close_requested" or case.close_by == data.by):
        raise Refused(Code.SECOND_PERSON_NEEDED, _second_detail(data.case, case, data.by))
    if grave and _findings(states) != case.known:
        # Whoever asked for the closing did so without knowing this.
        raise Refused(
            Code.CASE_NOT_OPEN, f"case {data.case} has new findings since its closing was asked for; reopen it."
        )
    changes: dict[str, State] = {
        key_of_alert(alert): replace(state, status="closed", outcome=data.outcome)
        for alert, state in states.items()
        if state.number == parts(alert)[2] and state.status != "closed"
    }
    return Outcome({own: replace(case, status="closed", outcome=data.outcome), **changes})


def reopened(candidate: Candidate, data: CaseReopened, boundary: Boundary) -> Outcome:
    """With the alerts it had, none of which may be in another open case by now."""
    own, case = _existing(data.case, boundary)
    if case.status == "open":
        raise Refused(Code.CASE_NOT_OPEN, f"case {data.case} is open; there is nothing to reopen.")
    for alert in case.alerts:
        _free(alert, data.case, boundary)
    due = case.due if data.due is UNSET else data.due
    again = replace(case, status="open", close_by=None, outcome=None, due=due)
    return Outcome({own: again, **_put(case.alerts, data.case)})


def _alert_states(case: Case, boundary: Boundary) -> dict[str, AlertKey]:
    boundary.prefetch(case.related())
    states = {alert: boundary.get(key_of_alert(alert)) for alert in case.alerts}
    return {alert: state for alert, state in states.items() if isinstance(state, AlertKey)}


def _findings(states: dict[str, AlertKey]) -> int:
    return sum(state.findings + state.number for state in states.values())


def _free(alert: str, case: str, boundary: Boundary) -> str:
    """The severity of an alert that may be put into a case; refused where it is in another one that is open."""
    state = boundary.get(key_of_alert(alert))
    if not isinstance(state, AlertKey) or parts(alert)[2] > state.number:
        raise Refused(Code.ALERT_NOT_OPEN, f"there is no alert {alert}.")
    now = boundary.get(alert_case_key(alert))
    if isinstance(now, AlertCase) and now.case != case:
        other = boundary.get(case_key(now.case))
        if isinstance(other, Case) and other.status != "closed" and alert in other.alerts:
            raise Refused(
                Code.ALERT_IN_CASE, f"alert {alert} is in case {now.case}, which is open; remove it there first."
            )
    return state.severity


def _put(alerts: Iterable[str], case: str) -> dict[str, State]:
    return {alert_case_key(alert): AlertCase(case) for alert in alerts}


def _existing(name: str, boundary: Boundary) -> tuple[str, Case]:
    own = case_key(name)
    case = boundary.get(own)
    if not isinstance(case, Case):
        raise Refused(Code.CASE_NOT_OPEN, f"there is no case {name}.")
    return own, case


def _unsettled(name: str, boundary: Boundary) -> tuple[str, Case]:
    own, case = _existing(name, boundary)
    if case.status == "closed":
        raise Refused(Code.CASE_NOT_OPEN, f"case {name} is closed; reopen it, or add a note.")
    return own, case


def _doubted(case: Case) -> Case:
    """The case after something new: a request to close it is void."""
    return replace(case, status="open", close_by=None) if case.status == "close_requested" else case


def _check_close(data: CaseClosed | CaseCloseRequested, case: Case) -> None:
    check_reason(data.outcome, data.reason)
    if pending := case.pending():
        raise Refused(Code.REFERRAL_OPEN, f"case {data.case} is with {', '.join(pending)}; it ends when they answered.")


def _second_detail(name: str, case: Case, by: str) -> str:
    if case.status != "close_requested":
        return f"case {name} has a high or critical alert: ask for its closing first, then another person closes it."
    if case.close_by == by:
        return f"{by} asked for the closing of case {name} already; another person has to close it."
    return f"closing case {name} was asked for by {case.close_by}; close it, or reopen it."
