"""What a regulator does, as an event: the ledger's decision says whether it may be done."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from api.access import Principal
from api.problems import Problem
from api.services import Services
from ledger.kernel import clock
from ledger.kernel.refusals import Code

_ONCE: Final = re.compile(r"[A-Za-z0-9-]{16,64}")


class Acted(NamedTuple):
    """What stands in the log, and where. Of a form that was sent twice it is what the first one said."""

    position: int
    data: Mapping[str, Any]


def record(services: Services, principal: Principal, kind: str, data: Mapping[str, Any]) -> int:
    """Append an event under the name of `principal`; its position. Raises Problem: forbidden, or why it is refused."""
    return record_once(services, principal, kind, data, None).position


def record_once(
    services: Services,
    principal: Principal,
    kind: str,
    data: Mapping[str, Any],
    once: str | None,
    made: Collection[str] = (),
) -> Acted:
    """The same, where `once` is the id that a form was given when it was made: sending it again changes nothing.

    `made` names the members of `data` that are made anew at each try (ids, deadlines), which tell no two forms apart.
    Raises Problem also where the form was sent before with something else in it.
    """
    if principal.role != "regulator" or principal.source is None:
        raise Problem("forbidden", f"this is for a regulator, not a {principal.role}.")
    if once is not None and not _ONCE.fullmatch(once):
        raise Problem("invalid_parameter", "the form has lost its id; load the page again.")
    now = services.now()
    told = {"by": principal.name, **{name: value for name, value in data.items() if value is not None}}
    event = {
        "specversion": "1.0",
        "id": once or clock.new_id(),
        "source": principal.source,
        "type": kind,
        "time": now.isoformat(),
        "data": told,
    }
    answer = services.record(services.decode(event, frozenset({principal.source}), now))
    if answer.status == "refused":
        if once is not None and answer.code == Code.ID_REUSED:
            return _first(services, principal.source, once, kind, told, made)
        raise Problem(answer.code or Code.MALFORMED, answer.detail or "refused.")
    assert answer.position is not None, "what a regulator does is recorded or refused, never parked"
    return Acted(answer.position, told)


def _first(
    services: Services, source: str, once: str, kind: str, told: Mapping[str, Any], made: Collection[str]
) -> Acted:
    """What the same form recorded when it was first sent. Raises Problem where it said something else."""
    stored = services.reads.event(source, once).value
    if stored is not None and stored.type == kind:
        data: dict[str, Any] = msgspec.json.decode(stored.body)["data"]
        if _apart(data, made) == _apart(told, made):
            return Acted(stored.position, data)
    raise Problem(
        Code.ID_REUSED, "this form was sent before with something else in it; look at what was recorded, then send it."
    )


def _apart(data: Mapping[str, Any], made: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in made}
