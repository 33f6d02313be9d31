"""One event that came in from outside."""

from __future__ import annotations

from typing import Final, NamedTuple

from api.services import Item, Services
from ledger.candidate import Candidate, Rejected
from ledger.events.catalogue import TYPES
from ledger.kernel import clock
from ledger.kernel.refusals import Code

# What says who did it. Through here anybody with a key of the source could write any name.
_FAMILIES: Final = {
    "alert": "POST /v1/alerts/{id}/actions",
    "vault": "POST /v1/vault/lookups",
    "case": "POST /v1/cases and /v1/cases/{id}/actions",
    "sanction": "POST /v1/sanctions",
    "correction": "POST /v1/corrections/{source}/{id}/approve or /reject",
}
DOORS: Final = {
    **{name: _FAMILIES[name.partition(".")[0]] for name in TYPES if name.partition(".")[0] in _FAMILIES},
    "alert.muted": "POST /v1/mutes",
    "alert.unmuted": "POST /v1/mutes/{id}/end",
    "case.evidence_attached": "POST /v1/cases/{id}/evidence",
    "case.evidence_opened": "POST /v1/cases/{id}/evidence/{evidence}",
    "party.erasure_requested": "POST /v1/vault/erasures",
    "party.erased": "POST /v1/vault/erasures",
}


class Sender(NamedTuple):
    """Who sends: the id of the key, and the sources that it may send."""

    id: str
    sources: frozenset[str]


def decode(services: Services, raw: bytes, sender: Sender) -> Item:
    """The event as a candidate, or as what is wrong with it."""
    item = services.decode(raw, sender.sources, clock.now(), sender.id)
    if type(item) is Candidate and item.type in DOORS:
        detail = f"{item.type} is recorded through {DOORS[item.type]}, which knows who acts."
        return Rejected(item.source, item.id, Code.SOURCE_NOT_YOURS, detail, item.body)
    return item
