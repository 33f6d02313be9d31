"""The facts of a question, from the log and its states at one snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import UNSET

from ledger.affiliates import Group, Link, controls, group
from ledger.eligibility import Commitment, Facts, Offer
from ledger.events.naming import referred, scope_and_name
from ledger.rulebook.loading import Stated
from ledger.rulebook.model import Cap
from ledger.standings import figures_of, standings_of
from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.loans import Bid, Loan
from ledger.states.parties import Declaration, Party
from ledger.states.promises import status_of
from ops.eligibility.reserved import Reservation
from ops.eligibility.snapshot import Snapshot

_STANDS = frozenset({"pledged", "collected"})
_MILLION = 1_000_000


class Calendar(NamedTuple):
    """When a question is asked, and where: days are those of the zone."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The day of the question."""
        return self.now.astimezone(self.zone).date()

    def day_of(self, micros: int) -> date:
        """The day of a moment, Unix microseconds."""
        return datetime.fromtimestamp(micros / _MILLION, self.zone).date()


class Investor(NamedTuple):
    """A party that asks, with all parties that are the same person (itself among them)."""

    own: str
    party: Party
    parties: tuple[str, ...]


def investor(log: Snapshot, own: str) -> Investor | None:
    """The party and her other selves; None where the platform has none of that name."""
    party = log.state(own)
    if not isinstance(party, Party):
        return None
    return Investor(own, party, tuple(same_person(log, own, party)))


def same_person(log: Snapshot, own: str, party: Party | None) -> list[str]:
    """All parties that are this one's person, this one first."""
    if party is None or party.person is None:
        return [own]
    found = log.keys("parties", person=f"person:{party.person}")
    return [own, *sorted(other for other in found if other != own)]


def facts(
    log: Snapshot,
    who: Investor,
    about: str,
    contract: Campaign | Loan,
    amount: int,
    rules: Sequence[Stated],
    held: Sequence[Reservation],
    those: Offered | None,
    calendar: Calendar,
) -> Facts:
    """All that the rules may ask for. What only some jurisdictions ask for is read only for them."""
    declared = declaration(log, who.parties, contract.jurisdiction, calendar.now)
    figures = figures_of(declared, amount)
    asked = {(each.rule.of, each.rule.measure) for each in rules if isinstance(each.rule, Cap)}
    other = contract.issuer if isinstance(contract, Campaign) else contract.borrower
    person = behind(log, other)
    commitments = [*committed(log, who, calendar), *_reserved(log, who, held, calendar)]
    offers = None if those is None else _offers(log, those, held, calendar)
    currencies = {
        contract.currency,
        *(each.currency for each in (*commitments, *(offers or ()))),
        *(each.rule.currency for each in rules if isinstance(each.rule, Cap) and each.rule.currency),
        *([declared.currency] if declared else []),
    }
    rates = log.rates(currencies, calendar.today)
    return Facts(
        day=calendar.today,
        amount=amount,
        currency=contract.currency,
        platform=scope_and_name(who.own).partition("/")[0],
        other=person,
        party=who.party.kind,
        identified=who.party.person is not None,
        commitments=commitments,
        figures=figures,
        figures_currency=declared.currency if declared else None,
        standings=standings_of(declared, figures, who.party.kind, rules),
        holders=_holders(log, about, who, held) if ("campaign", "holders") in asked else None,
        offers=offers,
        term_months=contract.term_months if isinstance(contract, Loan) else None,
        rates=rates,
    )


def declaration(log: Snapshot, parties: Sequence[str], jurisdiction: str, now: datetime) -> Declaration | None:
    """What she declared last, on any platform, under that law and still in date."""
    keys = ["declaration:" + scope_and_name(party) for party in parties]
    found = [
        each
        for each in log.states(keys).values()
        if isinstance(each, Declaration)
        and each.jurisdiction == jurisdiction
        and (each.valid_to is None or each.valid_to >= now.timestamp() * _MILLION)
    ]
    return max(found, key=lambda each: each.declared_at, default=None)


def committed(log: Snapshot, who: Investor, calendar: Calendar) -> Iterator[Commitment]:
    """Pledges that stand, bids that are open, claims that are held: by all parties of the person."""
    states = log.states(log.keys("contracts", parties=list(who.parties)))
    missing = {
        each.campaign if isinstance(each, Pledge) else each.loan
        for each in states.values()
        if isinstance(each, Pledge | Bid)
    } - states.keys()
    states |= log.states(missing)
    others = _persons(log, states.values())
    for key, state in states.items():
        if isinstance(state, Pledge):
            yield from _pledged(state, states, others, calendar)
        elif isinstance(state, Loan):
            yield from _lent(key, state, who, others, calendar)


def _pledged(
    pledge: Pledge, states: Mapping[str, State], others: Mapping[str, str], calendar: Calendar
) -> Iterator[Commitment]:
    campaign = states.get(pledge.campaign)
    if not isinstance(campaign, Campaign) or status_of(pledge, campaign) not in _STANDS:
        return
    platform = scope_and_name(pledge.campaign).partition("/")[0]
    left = pledge.amount - pledge.refunded
    day, other = calendar.day_of(pledge.made_at), others[campaign.issuer]
    yield Commitment(day, left, pledge.currency, platform, pledge.campaign, other, campaign.kind, campaign.jurisdiction)


def _lent(key: str, loan: Loan, who: Investor, others: Mapping[str, str], calendar: Calendar) -> Iterator[Commitment]:
    """Open bids of a listed loan; of one that runs, the claim, on the day it was paid out."""
    if loan.status == "listed":
        amount = sum(amount for party, amount in loan.bids.values() if party in who.parties)
    else:
        amount = sum(held for party, held in loan.holders.items() if party in who.parties)
    if amount:
        platform = scope_and_name(key).partition("/")[0]
        day = calendar.day_of(loan.closed_at or loan.listed_at)
        yield Commitment(day, amount, loan.currency, platform, key, others[loan.borrower], "lending", loan.jurisdiction)


def _reserved(log: Snapshot, who: Investor, held: Sequence[Reservation], calendar: Calendar) -> Iterator[Commitment]:
    own = [each for each in held if each.party in who.parties]
    states = log.states({each.about for each in own})
    others = _persons(log, states.values())
    for each in own:
        contract = states[each.about]
        assert isinstance(contract, Campaign | Loan)
        other = others[contract.issuer if isinstance(contract, Campaign) else contract.borrower]
        day = each.made_at.astimezone(calendar.zone).date()
        kind = contract.kind if isinstance(contract, Campaign) else "lending"
        yield Commitment(day, each.amount, each.currency, each.platform, each.about, other, kind, contract.jurisdiction)


def _persons(log: Snapshot, states: Iterable[State]) -> dict[str, str]:
    """Who is behind each issuer and borrower: the person where the identity is known, else the party itself."""
    keys = {each.issuer if isinstance(each, Campaign) else each.borrower
            for each in states if isinstance(each, Campaign | Loan)}  # fmt: skip
    found = log.states(keys)
    return {key: _of(key, found.get(key)) for key in keys}


def behind(log: Snapshot, key: str) -> str:
    """The person behind a party, where her identity is known; else the party itself."""
    return _of(key, log.state(key))


def _of(key: str, state: State | None) -> str:
    return f"person:{state.person}" if isinstance(state, Party) and state.person else key


def _holders(log: Snapshot, about: str, who: Investor, held: Sequence[Reservation]) -> int:
    """Distinct parties whose pledge stands or who hold a reservation, the investor included."""
    campaign = log.state(about)
    assert isinstance(campaign, Campaign)
    found = {who.own, *(each.party for each in held if each.about == about)}
    for state in log.states(log.keys("pledges", campaign=about)).values():
        if isinstance(state, Pledge) and status_of(state, campaign) in _STANDS:
            found.add(state.investor)
    return len(found)


def group_of(log: Snapshot, own: str, now: datetime) -> tuple[Group, frozenset[str]]:
    """Who is one group with a party by what is known of it now, and which of them are the same person."""
    persons: dict[str, str | None] = {}
    links: dict[int, Link] = {}
    edge = {own}
    while edge:
        for key in sorted(edge):
            state = log.state(key)
            party = state if isinstance(state, Party) else None
            persons |= dict.fromkeys(same_person(log, key, party), party.person if party else None)
        for position, scope, told, held_from in log.relations(persons):
            share = None if told.share is UNSET else int(Decimal(told.share) * _MILLION)
            if held_from <= now and controls(told.relation, share):
                one, another = (referred("party", scope, name) for name in (told.party, told.to))
                links[position] = Link(one, another, position)
        edge = {key for link in links.values() for key in (link.party, link.other)} - persons.keys()
    found = group(own, links.values(), persons)
    same = frozenset(key for key in found.parties if key == own or persons[key] == persons[own] is not None)
    return found, same


class Offered(NamedTuple):
    """The campaigns (keys) of an issuer and its affiliates; `own` are the parties that are the issuer itself."""

    campaigns: tuple[str, ...]
    own: frozenset[str]


def offered(log: Snapshot, contract: Campaign | Loan, rules: Iterable[Stated], now: datetime) -> Offered | None:
    """What an issuer's cap adds up; None where no rule asks, or what it raised elsewhere isn't known: no identity."""
    if not isinstance(contract, Campaign):
        return None
    asked = any(isinstance(each.rule, Cap) and each.rule.measure == "offers" for each in rules)
    party = log.state(contract.issuer) if asked else None
    if not isinstance(party, Party) or party.person is None:
        return None
    whole, same = group_of(log, contract.issuer, now)
    return Offered(tuple(sorted(log.keys("campaigns", parties=sorted(whole.parties)))), same)


def _offers(log: Snapshot, those: Offered, held: Sequence[Reservation], calendar: Calendar) -> list[Offer]:
    """What was raised on all platforms, with what is reserved."""
    found = []
    for key, state in log.states(those.campaigns).items():
        if isinstance(state, Campaign):
            day = calendar.day_of(state.opened_at)
            waiting = sum(each.amount for each in held if each.about == key)
            raised = state.pledged - state.refunded + waiting
            found.append(
                Offer(day, raised, state.currency, state.kind, state.jurisdiction, state.issuer not in those.own)
            )
    return found
