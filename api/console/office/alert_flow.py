"""Where the money of an alert went: the flow around its subjects in its window, or of its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.console.flow import Flow, flow_of
from api.console.office import entity
from api.console.shell import Shell
from api.console.visits import Visit
from api.money_flow import HOPS_MAX, NODES_MAX, FlowQuestion
from api.problems import Problem
from projections.alerts import Alert
from projections.base import day_of

FOLLOWED: Final = ("party:", "campaign:", "loan:")
EVIDENCE_MAX: Final = 200  # the newest: their parties are where the flow begins, where no subject is one
NODES_SHOWN: Final = 20


def hops_of(query: Mapping[str, str]) -> int:
    """How many steps an address asks for. Raises Problem."""
    text = query.get("hops", "1")
    if text not in {str(number) for number in range(1, HOPS_MAX + 1)}:
        raise Problem("invalid_parameter", f"hops is 1 to {HOPS_MAX}.")
    return int(text)


def section(shell: Shell, visit: Visit, alert: Alert) -> Mapping[str, Any]:
    """What the alert's page shows."""
    hops = hops_of(visit.request.query_params)
    return {"flow": of_alert(shell, visit, alert, hops), "hops": hops}


def of_alert(shell: Shell, visit: Visit, alert: Alert, hops: int) -> Flow:
    """Around parties, campaigns and loans that it is about; else around what its events moved, whenever that was."""
    about = [each for each in alert.subject if each.startswith(FOLLOWED)]
    evidence = () if about else alert.evidence[-EVIDENCE_MAX:]
    question = FlowQuestion(
        about,
        evidence,
        hops,
        day_of(alert.first_day),
        day_of(alert.last_day),
        nodes=min(NODES_SHOWN * hops, NODES_MAX),
    )
    found = shell.services.look.flow(question).value
    return flow_of(found, visit.speech.text("Flow of money of the alert"), entity.names(shell), visit.speech)
