"""One event that came in from outside."""

from __future__ import annotations

from typing import Final

from api.access import REGISTRY
from api.services import Item, Services
from ledger.candidate import Candidate, Rejected
from ledger.kernel import clock
from ledger.kernel.refusals import Code

# What people of the regulator do says who did it. Through here anybody with the registry's key could write any name.
_OWN_DOORS: Final = {"alert.": "POST /v1/alerts/{id}/actions"}


def decode(services: Services, raw: bytes, sources: frozenset[str]) -> Item:
    """The event as a candidate, or as what is wrong with it."""
    item = services.decode(raw, sources, clock.now())
    if REGISTRY in sources and type(item) is Candidate:
        for prefix, door in _OWN_DOORS.items():
            if item.type.startswith(prefix):
                detail = f"{item.type} is recorded through {door}, which knows who acts."
                return Rejected(item.source, item.id, Code.SOURCE_NOT_YOURS, detail, item.body)
    return item
