"""Of an alert: what else is open about the same people, projects or platform, so that it is one matter, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from api.console.office.case_new import NEW
from api.console.office.casework import platforms_of
from api.console.office.filters import Filters
from api.console.reasons import Sentence
from api.console.sentences import reason_of
from api.console.shell import Shell
from api.console.visits import Visit
from projections.alerts import Alert

SHOWN: Final = 8


class Other(NamedTuple):
    """An open alert. `closer`: it is about the same person, project or loan, not only about the same platform."""

    alert: Alert
    reason: Sentence
    closer: bool


def of(shell: Shell, visit: Visit, alert: Alert) -> Mapping[str, Any] | None:
    """The alerts, those that share most first; None where there is none."""
    found = shell.services.reads.alerts_beside(alert).value
    if not found:
        return None
    own = {*alert.subject} - {f"platform:{alert.platform}"}
    rules, platforms = shell.services.rules, platforms_of(shell)
    others = [
        Other(each, reason_of(each, rules, platforms, visit.speech), bool(own & {*each.subject})) for each in found
    ]
    free = [each.alert.id for each in others if each.closer and each.alert.case_id is None]
    return {
        "others": others[:SHOWN],
        "more": len(others) > SHOWN,
        "all": Filters(platform=alert.platform).address() if alert.platform else None,
        "together": _together(alert, free) if visit.may_act and alert.case_id is None and free else None,
    }


def _together(alert: Alert, others: list[str]) -> str:
    return f"{NEW}?{urlencode([('alert', name) for name in (alert.id, *others)])}"
