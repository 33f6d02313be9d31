"""What people do about alerts, as events: which event an action is, and what it has to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.events.alerts import (
    AlertAcknowledged,
    AlertAssigned,
    AlertClosed,
    AlertCloseRequested,
    AlertCommented,
    AlertEscalated,
    AlertReopened,
)
from ledger.states.alerts import FOUR_EYES, AlertKey, alert_key, parts

# Action of the API -> (event type, fields it needs, fields it may have).
ACTIONS: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "acknowledge": (AlertAcknowledged.TYPE, (), ("text",)),
    "assign": (AlertAssigned.TYPE, ("to",), ("text",)),
    "comment": (AlertCommented.TYPE, ("text",), ()),
    "escalate": (AlertEscalated.TYPE, (), ("to", "text")),
    "close": (AlertClosed.TYPE, ("outcome",), ("reason", "text")),
    "reopen": (AlertReopened.TYPE, (), ("text",)),
}


class ActionError(ValueError):
    """The action makes no sense as asked; the message says what it needs."""


def state_key(alert: str) -> str:
    """The key of the state that an alert's id stands for. Raises ActionError where it is no alert's id."""
    try:
        rule, hashed, _ = parts(alert)
    except ValueError:
        raise ActionError(f"{alert!r} is not the id of an alert.") from None
    return alert_key(rule, hashed)


def event_of(
    alert: str, state: AlertKey | None, action: str, fields: Mapping[str, str], *, by: str, id: str, time: str
) -> dict[str, Any]:
    """The CloudEvent of an officer's action. `state` is that of `state_key(alert)`. Raises ActionError.

    The first of two persons who close a critical alert asks for its closing; the second one's event closes it. Whether
    the action is possible is decided in the append, not here.
    """
    if action not in ACTIONS:
        raise ActionError(f"there is no action {action!r}; there are: {', '.join(ACTIONS)}.")
    kind, needed, optional = ACTIONS[action]
    given = {name: value for name, value in fields.items() if value}
    if missing := [name for name in needed if name not in given]:
        raise ActionError(f"{action} needs {', '.join(missing)}.")
    if unknown := sorted(set(given) - {*needed, *optional}):
        raise ActionError(f"{action} takes {', '.join((*needed, *optional)) or 'nothing'}, not {', '.join(unknown)}.")
    if action == "close" and state and state.severity == FOUR_EYES and state.status != "close_requested":
        kind = AlertCloseRequested.TYPE
    return {
        "specversion": "1.0", "id": id, "source": "registry", "type": kind, "time": time,
        "data": {"alert": alert, "by": by, **given},
    }  # fmt: skip
