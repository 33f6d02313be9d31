"""Of an alert: the case it is in, or the cases that it may be put into."""

from __future__ import annotations

from typing import Any, Final

from api import case_actions
from api.console.office.case_told import card
from api.console.office.casework import platforms_of
from api.console.shell import Shell
from api.console.visits import Visit
from projections.alerts import Alert
from projections.cases import Filters

OFFERED: Final = 30  # unsettled cases, those of the same platform first
UNSETTLED: Final = ("open", "close_requested")


def of(shell: Shell, visit: Visit, alert: Alert) -> dict[str, Any]:
    """The case, and where there is none that is open the cases that are offered, by number with their titles."""
    reads, today = shell.services.reads, case_actions.today(shell.services)
    found = reads.cases(Filters(id=alert.case_id), None, 1).value if alert.case_id else []
    held = card(found[0], today, platforms_of(shell), visit.speech) if found else None
    free = held is None or held.case.status == "closed"
    return {
        "card": held,
        "free": free,
        "may_act": visit.may_act,
        "offered": _offered(shell, alert.platform) if free and visit.may_act else {},
    }


def _offered(shell: Shell, platform: str | None) -> dict[str, str]:
    reads = shell.services.reads
    asked = [Filters(statuses=UNSETTLED, platform=platform)] if platform else []
    rows = [row for each in (*asked, Filters(statuses=UNSETTLED)) for row in reads.cases(each, None, OFFERED).value]
    return {row.case.id: row.case.title for row in rows}
