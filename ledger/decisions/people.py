"""Decisions on people's data: looking is always recorded, erasing takes two people and happens once.

Whether the law lets it be erased yet is asked before (ledger/people): it depends on a day and on what else is open.
"""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, look, micros
from ledger.events.naming import referred
from ledger.events.people import PartyErased, PartyErasureRequested, VaultOpened
from ledger.kernel.refusals import Code, Refused
from ledger.states.parties import Party


def opened(candidate: Candidate, data: VaultOpened, boundary: Boundary) -> Outcome:
    """A fact about the office itself; whom it was about is one of its tags."""
    if data.party is UNSET:
        return Outcome({}, concerns=(f"person:{data.person}",))
    own, _ = _party(data.party, candidate, boundary)
    return Outcome({}, concerns=(own,))


def erasure_requested(candidate: Candidate, data: PartyErasureRequested, boundary: Boundary) -> Outcome:
    """Whoever asks last is the one who may not confirm."""
    own, party = _party(data.party, candidate, boundary)
    _must_be_there(data.party, party)
    return Outcome({own: replace(party, erasure_by=data.by)})


def erased(candidate: Candidate, data: PartyErased, boundary: Boundary) -> Outcome:
    """By another person than the one who asked."""
    own, party = _party(data.party, candidate, boundary)
    _must_be_there(data.party, party)
    if party.erasure_by is None:
        raise Refused(
            Code.SECOND_PERSON_NEEDED, f"ask for the erasure of party {data.party} first; another confirms it."
        )
    if party.erasure_by == data.by:
        raise Refused(
            Code.SECOND_PERSON_NEEDED,
            f"{data.by} asked for the erasure of party {data.party}; another person has to confirm it.",
        )
    return Outcome({own: replace(party, erased_at=micros(candidate.happened_at))})


def _party(name: str, candidate: Candidate, boundary: Boundary) -> tuple[str, Party]:
    own = referred("party", candidate.scope, name)
    party = look(boundary, Party, own)
    if party is None:
        # Refused, not parked: a look or an erasure that waits for its party would be a surprise later on.
        raise Refused(Code.PARTY_UNKNOWN, f"there is no party {name!r}; the registry writes it as <platform>:<id>.")
    return own, party


def _must_be_there(name: str, party: Party) -> None:
    if party.erased_at is not None:
        raise Refused(Code.ALREADY_ERASED, f"what identified party {name} was erased already.")
