"""What people do about cases, as events: deadlines are counted here, the ledger's decision says what may be done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from api import acting
from api.access import Principal
from api.problems import Problem
from api.services import Services
from ledger.casework.deadlines import due_day
from ledger.kernel import clock
from ledger.kernel.refusals import Code
from ledger.states.alerts import AlertKey, parts, rank
from ledger.states.cases import FOUR_EYES, Case, case_key, key_of_alert, severity_of
from ledger.states.platforms import Platform

ACTIONS: Final[Mapping[str, str]] = {
    "add_alert": "case.alert_added",
    "remove_alert": "case.alert_removed",
    "assign": "case.assigned",
    "note": "case.noted",
    "set_due": "case.due_set",
    "refer": "case.referred",
    "update_referral": "case.referral_updated",
    "close": "case.closed",
    "reopen": "case.reopened",
}
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "add_alert": frozenset({"alert", "text"}),
    "remove_alert": frozenset({"alert", "text"}),
    "assign": frozenset({"to", "text"}),
    "note": frozenset({"text"}),
    "set_due": frozenset({"due", "text"}),
    "refer": frozenset({"agency", "text"}),
    "update_referral": frozenset({"agency", "status", "reference", "text"}),
    "close": frozenset({"outcome", "reason", "text"}),
    "reopen": frozenset({"due", "text"}),
}
_TRIES: Final = 3  # numbers of a sequence are taken only where a backup was restored without it


class Opened(NamedTuple):
    """A case that was opened, and the position of the event."""

    case: str
    due: str
    position: int


def open_case(services: Services, principal: Principal, fields: Mapping[str, Any], once: str | None = None) -> Opened:
    """Open a case. Jurisdiction and deadline follow from its alerts where they are not given. Raises Problem.

    `once`: the id of the form; one that is sent again leads to the case that it opened.
    """
    if principal.role != "regulator":
        raise Problem("forbidden", f"a regulator opens cases, not a {principal.role}.")
    alerts: Sequence[str] = fields.get("alerts") or ()
    states = _alert_states(services, alerts)
    about = _platforms_of(services, alerts)
    platform = fields.get("platform") or (about[0] if len(about) == 1 else None)
    jurisdiction = fields.get("jurisdiction") or _jurisdiction_of(services, [platform] if platform else about)
    severity = max((state.severity for state in states.values()), key=rank, default="medium")
    due = fields.get("due") or due_day(severity, jurisdiction, today(services)).isoformat()
    given = {**fields, "alerts": list(alerts), "platform": platform, "jurisdiction": jurisdiction, "due": due}
    for attempt in count(1):
        name = f"K-{today(services).year}-{services.casework.next_number():06d}"
        try:
            done = acting.record_once(
                services, principal, "case.opened", {"case": name, **given}, once, ("case", "due", "jurisdiction")
            )
            return Opened(done.data["case"], done.data["due"], done.position)
        except Problem as problem:
            if problem.code != Code.ENTITY_EXISTS or attempt == _TRIES:
                raise
    raise AssertionError("counting has no end")


def act(
    services: Services,
    principal: Principal,
    name: str,
    action: str,
    fields: Mapping[str, Any],
    once: str | None = None,
) -> tuple[str, int]:
    """Append what `principal` does; the event's type and position. Raises Problem where it is refused."""
    if principal.role != "regulator":
        raise Problem("forbidden", f"a regulator works on cases, not a {principal.role}.")
    case, kind = state_of(services, name), ACTIONS[action]
    if fields.keys() - FIELDS[action]:
        raise Problem("invalid_parameter", f"{action} takes {', '.join(sorted(FIELDS[action]))} only.")
    added = dict(fields)
    unsettled = case.status != "closed"
    if action == "close" and unsettled and _grave(services, case) and case.close_by in {None, principal.name}:
        # The first of two people: it closes when the second one does the same.
        kind = "case.close_requested"
    elif action == "add_alert":
        added["due"] = _due(services, case, [str(fields.get("alert", ""))])
    elif action == "reopen" and "due" not in fields:
        added["due"] = _due(services, case, [*case.alerts])
    made = {"due"} - fields.keys()
    return kind, acting.record_once(services, principal, kind, {"case": name, **added}, once, made).position


def attach(
    services: Services,
    principal: Principal,
    name: str,
    content: bytes,
    called: str,
    media_type: str,
    once: str | None = None,
) -> tuple[str, int]:
    """Seal a file and say so in the log; its id and the event's position. Raises Problem."""
    state_of(services, name)
    evidence = f"E-{clock.new_id()}"
    data = {
        "case": name, "evidence": evidence, "name": called, "media_type": media_type, "size": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    # The file first: what the log names is there. What the log refuses goes again.
    services.casework.put_file(name, evidence, content)
    try:
        done = acting.record_once(services, principal, "case.evidence_attached", data, once, ("evidence",))
    except Problem:
        services.casework.drop_file(evidence)
        raise
    if done.data["evidence"] != evidence:  # the form was sent twice: the first file is there
        services.casework.drop_file(evidence)
    return done.data["evidence"], done.position


def open_file(services: Services, principal: Principal, name: str, evidence: str, reason: str) -> bytes:
    """A file of a case, after the look was recorded. Raises Problem."""
    if evidence not in state_of(services, name).evidence:
        raise Problem("not_found", f"there is no file {evidence!r} in case {name}.")
    acting.record(services, principal, "case.evidence_opened", {"case": name, "evidence": evidence, "reason": reason})
    content = services.casework.file(name, evidence)
    if content is None:
        raise Problem("erased", f"file {evidence} of case {name} is not kept any more; the log has its digest.")
    return content


def state_of(services: Services, name: str) -> Case:
    """A case as decisions see it. Raises Problem (404)."""
    own = case_key(name)
    state = services.reads.states([own]).value.get(own)
    if not isinstance(state, Case):
        raise Problem("not_found", f"there is no case {name!r}.")
    return state


def today(services: Services) -> date:
    """The day where the server is."""
    return services.now().astimezone(ZoneInfo(services.time_zone)).date()


def _grave(services: Services, case: Case) -> bool:
    return severity_of(case, _alert_states(services, [*case.alerts])) in FOUR_EYES


def _due(services: Services, case: Case, alerts: Sequence[str]) -> str:
    states = _alert_states(services, alerts)
    severity = max((state.severity for state in states.values()), key=rank, default="medium")
    return due_day(severity, case.jurisdiction, today(services)).isoformat()


def _alert_states(services: Services, alerts: Sequence[str]) -> dict[str, AlertKey]:
    """The states behind alerts. Raises Problem for an id that is none."""
    keys = {}
    for alert in alerts:
        try:
            parts(alert)
            keys[alert] = key_of_alert(alert)
        except ValueError:
            raise Problem("alert_not_open", f"there is no alert {alert!r}.") from None
    found = services.reads.states([*keys.values()]).value
    states = {alert: found.get(key) for alert, key in keys.items()}
    return {alert: state for alert, state in states.items() if isinstance(state, AlertKey)}


def _platforms_of(services: Services, alerts: Sequence[str]) -> list[str]:
    """The platforms that the alerts are about."""
    found = {each.platform for each in services.reads.several_alerts(alerts).value}
    return sorted(each for each in found if each is not None)


def _jurisdiction_of(services: Services, platforms: Sequence[str]) -> str:
    """The one in which all of the platforms are."""
    states = services.reads.states([f"platform:{each}" for each in platforms]).value.values()
    found = {state.jurisdiction for state in states if isinstance(state, Platform)}
    if len(found) != 1:
        raise Problem(
            "invalid_parameter",
            "the alerts don't say by which country's calendar the deadline is counted; give a `jurisdiction`.",
        )
    return found.pop()
