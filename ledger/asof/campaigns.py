"""A campaign as of two times: terms and ending from what was reported, money from the recorded postings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from msgspec import UNSET

from ledger.accounts import escrow, pledged
from ledger.asof.facts import Fact
from ledger.decisions.parties import given
from ledger.events.campaigns import CampaignAmended, CampaignClosed, CampaignDelivered, CampaignOpened
from ledger.events.naming import key
from ledger.states.campaigns import Campaign

# What each type's line on the escrow account (or the one of promises) means, and the sign that makes it positive.
_ESCROW: Final = {
    "pledge.collected": ("collected", 1),
    "pledge.refunded": ("refunded", -1),
    "funds.released": ("released", -1),
    "fee.charged": ("fees", -1),
}
_PROMISED: Final = frozenset({"pledge.made", "pledge.cancelled"})
_COUNTED: Final = {"pledge.made": 1, "pledge.cancelled": -1}
OPENING: Final = CampaignOpened.TYPE
# Of these the fold reads the data; of the others, which may be many, only the postings.
READ: Final = frozenset({OPENING, CampaignAmended.TYPE, CampaignClosed.TYPE, CampaignDelivered.TYPE})
TYPES: Final = READ | _ESCROW.keys() | _PROMISED


def campaign(own: str, facts: Iterable[Fact]) -> Campaign | None:
    """Fold the facts of one campaign (its key is `own`), in order of valid time; None where none of them opens it."""
    accounts = escrow(own), pledged(own)
    money: Counter[str] = Counter()
    opening: Fact | None = None
    terms: dict[str, Any] = {"amended": {}, "deliveries": ()}
    for fact in facts:
        _add(money, fact, *accounts)
        if fact.type == OPENING:
            opening = fact
        elif fact.data is not None:
            _term(terms, fact)
    return None if opening is None else _built(opening, terms, money)


def _add(money: Counter[str], fact: Fact, in_escrow: str, promised: str) -> None:
    named = _ESCROW.get(fact.type)
    if named is not None:
        money[named[0]] += named[1] * fact.moved(in_escrow)
    if fact.type in _PROMISED:
        money["pledged"] -= fact.moved(promised)
        money["pledges"] += _COUNTED[fact.type]


def _term(terms: dict[str, Any], fact: Fact) -> None:
    data, at = fact.data, fact.happened_at
    if isinstance(data, CampaignClosed):
        terms |= {"status": data.outcome, "closed_at": at}
    elif isinstance(data, CampaignDelivered):
        terms["deliveries"] += ((at, data.share),)
    elif isinstance(data, CampaignAmended):
        deadline = UNSET if data.deadline is UNSET else fact.until(data.deadline)
        sent = {"goal": data.goal, "cap": data.cap, "deadline": deadline}
        fresh = {name: value for name, value in sent.items() if value is not UNSET}
        terms |= fresh
        terms["amended"] |= dict.fromkeys(fresh, at)


def _built(opening: Fact, terms: dict[str, Any], money: Counter[str]) -> Campaign:
    data = opening.data
    assert isinstance(data, CampaignOpened)
    agreed: dict[str, Any] = {
        "goal": data.goal,
        "cap": given(data.cap),
        "deadline": opening.until(data.deadline),
        **terms,
        **money,
    }
    return Campaign(
        kind=data.kind,
        issuer=key("party", opening.scope, data.issuer),
        currency=data.currency,
        minimum=given(data.minimum) or 0,
        funding=data.funding,
        jurisdiction=data.jurisdiction,
        opened_at=opening.happened_at,
        **agreed,
    )
