"""Of an alert: the mute that holds for it, or the form that mutes its matter for a time."""

from __future__ import annotations

from typing import Any, Final

from api.console.shell import Shell
from api.console.visits import Visit
from ledger.events.mutes import MUTE_DAYS_MAX
from projections.alerts import Alert
from projections.mutes import Asked

DAYS: Final = 30  # what the form begins with


def of(shell: Shell, visit: Visit, alert: Alert) -> dict[str, Any]:
    """The mute with its reason and its author, where one holds now."""
    now = shell.services.now()
    holds = alert.muted_by is not None and alert.muted_until is not None and alert.muted_until > now
    found = shell.services.reads.mutes(Asked(now, id=alert.muted_by), None, 1).value if holds else []
    return {
        "mute": found[0] if found else None,
        "until": alert.muted_until if holds else None,
        "may_act": visit.may_act,
        "days": DAYS,
        "days_max": MUTE_DAYS_MAX,
    }
