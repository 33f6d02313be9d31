"""What people do about alerts, as events: the decision in the ledger says whether it may be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api import acting
from api.access import Principal
from api.problems import Problem
from api.services import Services
from ledger.states.alerts import FOUR_EYES, AlertKey, alert_key, parts

ACTIONS: Final[Mapping[str, str]] = {
    "acknowledge": "alert.acknowledged",
    "assign": "alert.assigned",
    "comment": "alert.commented",
    "escalate": "alert.escalated",
    "close": "alert.closed",
    "reopen": "alert.reopened",
}
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "acknowledge": frozenset({"text"}),
    "assign": frozenset({"to", "text"}),
    "comment": frozenset({"text"}),
    "escalate": frozenset({"to", "text"}),
    "close": frozenset({"outcome", "reason", "text"}),
    "reopen": frozenset({"text"}),
}


def act(
    services: Services,
    principal: Principal,
    alert: str,
    action: str,
    fields: Mapping[str, str],
    once: str | None = None,
) -> tuple[str, int]:
    """Append what `principal` does; the event's type and position. Raises Problem where it is refused.

    `once`: the id of a form; one that is sent again changes nothing.
    """
    if principal.role != "regulator":
        raise Problem("forbidden", f"a regulator works on alerts, not a {principal.role}.")
    state = _state(services, alert)
    kind = ACTIONS[action]
    if fields.keys() - FIELDS[action]:
        raise Problem("invalid_parameter", f"{action} takes {', '.join(sorted(FIELDS[action]))} only.")
    unsettled = state.status != "closed"
    if action == "close" and unsettled and state.severity == FOUR_EYES and state.close_by in {None, principal.name}:
        # The first of two people: it closes when the second one does the same.
        kind = "alert.close_requested"
    return kind, acting.record_once(services, principal, kind, {"alert": alert, **fields}, once).position


def _state(services: Services, alert: str) -> AlertKey:
    try:
        rule, hashed, number = parts(alert)
    except ValueError:
        raise Problem("not_found", f"there is no alert {alert!r}.") from None
    own = alert_key(rule, hashed)
    state = services.reads.states([own]).value.get(own)
    if not isinstance(state, AlertKey) or not 0 < number <= state.number:
        raise Problem("not_found", f"there is no alert {alert!r}.")
    return state
