"""What a second person says of a correction that waits, as an event: the ledger's decision says whether it may be."""

from __future__ import annotations

from typing import Final

from api.access import Principal
from api.problems import Problem
from api.services import Services
from ledger.candidate import Answer
from ledger.kernel import clock
from ledger.kernel.refusals import Code
from ledger.recorded import scope_of
from ledger.store.reading import AskedCorrection

KINDS: Final = {"approve": "correction.approved", "reject": "correction.rejected"}


def settle(
    services: Services, principal: Principal, source: str, name: str, action: str, text: dict[str, str]
) -> tuple[Answer, AskedCorrection]:
    """Record what `principal` says; the ledger's answer, and the correction after it. Raises Problem."""
    if principal.source is None:
        raise Problem("forbidden", f"a key of role {principal.role} reads and records nothing.")
    asked = services.reads.correction(source, name).value if principal.may_read(source) else None
    if asked is None:
        raise Problem("not_found", f"no correction {name!r} of {source!r} needs, or needed, a second person.")
    data = {"correction": f"{scope_of(source)}/{name}", "corrects": asked.data.corrects, "by": principal.id, **text}
    if isinstance(asked.data.asked_by, str):
        data["asked_by"] = asked.data.asked_by
    event = {
        "specversion": "1.0",
        "id": clock.new_id(),
        "source": principal.source,
        "type": KINDS[action],
        "time": services.now().isoformat(),
        "data": data,
    }
    answer = services.record(services.decode(event, frozenset({principal.source}), services.now()))
    if answer.status == "refused":
        raise Problem(answer.code or Code.MALFORMED, answer.detail or "refused.")
    after = services.reads.correction(source, name).value
    assert after is not None, "what was asked for stays in the list"
    return answer, after
