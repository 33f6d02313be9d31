"""Decisions on parties and on what investors declare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, absent, look, micros, need, need_all, until_micros
from ledger.events.investors import InvestorDeclared
from ledger.events.naming import key, referred
from ledger.events.parties import PartyRecorded, PartyRegistered, PartyRelated, PartyVerified
from ledger.states.parties import Declaration, Party

T = TypeVar("T")
OTHERS_MAX = 20  # declarations that are kept beside the one that counts


def registered(candidate: Candidate, data: PartyRecorded | PartyRegistered, boundary: Boundary) -> Outcome:
    """An id is given once per platform; the same person may be known to many platforms."""
    own = absent(boundary, "party", candidate, data.party)
    # Without personal data there is nothing to set aside, so the sent form is the recorded one.
    person = given(data.person) if isinstance(data, PartyRecorded) else None
    # Tagged with the person, so that her parties on all platforms are found in the log, at any position.
    concerns = () if person is None else (f"person:{person}",)
    return Outcome({own: Party(data.kind, person, micros(candidate.happened_at), given(data.country))}, (), concerns)


def verified(candidate: Candidate, data: PartyVerified, boundary: Boundary) -> Outcome:
    """A party may be verified by several methods."""
    own = key("party", candidate.scope, data.party)
    party = need(boundary, Party, own)
    return Outcome({own: replace(party, verified=party.verified + 1)})


def related(candidate: Candidate, data: PartyRelated, boundary: Boundary) -> Outcome:
    """Both must be known. Relations are read by views and rules; no decision depends on them."""
    need_all(boundary, *(referred("party", candidate.scope, name) for name in (data.party, data.to)))
    return Outcome({})


def declared(candidate: Candidate, data: InvestorDeclared, boundary: Boundary) -> Outcome:
    """The latest declaration by valid time counts, whatever order the reports came in."""
    need(boundary, Party, key("party", candidate.scope, data.investor))
    own = key("declaration", candidate.scope, data.investor)
    former = look(boundary, Declaration, own)
    return Outcome({own: counting((*declarations(former), declaration_of(candidate, data)))})


def declarations(state: Declaration | None) -> tuple[Declaration, ...]:
    """All that a state keeps, in order of valid time: the last one counts."""
    return () if state is None else (*state.others, replace(state, others=()))


def counting(declared: Iterable[Declaration]) -> Declaration:
    """The state of several declarations; of two at the same moment the one that was told later counts."""
    *others, last = sorted(declared, key=lambda each: each.declared_at)
    return replace(last, others=tuple(others[-OTHERS_MAX:]))


def declaration_of(candidate: Candidate, data: InvestorDeclared) -> Declaration:
    """The state that the event stands for."""
    return Declaration(
        micros(candidate.happened_at),
        data.jurisdiction,
        data.currency,
        given(data.annual_income),
        given(data.net_worth),
        given(data.financial_assets),
        given(data.accredited),
        given(data.sophisticated),
        given(data.experience_years),
        given(data.knowledge_passed),
        None if data.valid_to is UNSET else until_micros(candidate, data.valid_to),
    )


def given(value: T | UnsetType) -> T | None:
    """The value of an optional field, None where it is absent."""
    return None if isinstance(value, UnsetType) else value
