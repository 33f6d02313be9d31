"""What a regulator does, as an event: the ledger's decision says whether it may be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.access import Principal
from api.problems import Problem
from api.services import Services
from ledger.kernel import clock
from ledger.kernel.refusals import Code


def record(services: Services, principal: Principal, kind: str, data: Mapping[str, Any]) -> int:
    """Append an event under the name of `principal`; its position. Raises Problem: forbidden, or why it is refused."""
    if principal.role != "regulator" or principal.source is None:
        raise Problem("forbidden", f"this is for a regulator, not a {principal.role}.")
    now = services.now()
    event = {
        "specversion": "1.0",
        "id": clock.new_id(),
        "source": principal.source,
        "type": kind,
        "time": now.isoformat(),
        "data": {"by": principal.name, **{name: value for name, value in data.items() if value is not None}},
    }
    answer = services.record(services.decode(event, frozenset({principal.source}), now))
    if answer.status == "refused":
        raise Problem(answer.code or Code.MALFORMED, answer.detail or "refused.")
    assert answer.position is not None, "what a regulator does is recorded or refused, never parked"
    return answer.position
