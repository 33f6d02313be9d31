"""Waiting money: the states of parties follow the lines of an entry, and no one's cash falls below zero."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec.structs import replace

from ledger.accounts import Posting, cash, cash_owner, investor
from ledger.decisions.base import Boundary, need
from ledger.events.naming import name_of
from ledger.kernel.refusals import Code, Refused
from ledger.states.base import State
from ledger.states.parties import Party


def party_after(party_key: str, changes: dict[str, State], boundary: Boundary) -> Party:
    """The party as it stands after the changes so far."""
    changed = changes.get(party_key)
    return changed if isinstance(changed, Party) else need(boundary, Party, party_key)


def follow(postings: Iterable[Posting], changes: dict[str, State], boundary: Boundary) -> None:
    """Add to `changes` what the entry does to parties' cash. Refused where someone would have less than nothing."""
    moved: defaultdict[tuple[str, str], int] = defaultdict(int)
    for account, currency, amount in postings:
        owner = cash_owner(account)
        if owner is not None:
            moved[owner, currency] += amount
    for (owner, currency), amount in moved.items():
        party = party_after(owner, changes, boundary)
        left = party.cash.get(currency, 0) + amount
        if left < 0:
            raise Refused(
                Code.ESCROW_INSUFFICIENT,
                f"party {name_of(owner)!r} has {left - amount} {currency} waiting, {-amount} are needed.",
            )
        changes[owner] = replace(party, cash=with_figure(party.cash, currency, left))


def pay(party: Party, party_key: str, currency: str, amount: int) -> list[Posting]:
    """The credit lines of an investor who pays `amount`: waiting money first, then from outside."""
    waiting = min(party.cash.get(currency, 0), amount)
    lines = [Posting(cash(party_key), currency, -waiting), Posting(investor(party_key), currency, waiting - amount)]
    return [line for line in lines if line.amount]


def owe(party_key: str, currency: str, amount: int, changes: dict[str, State], boundary: Boundary) -> None:
    """Add `amount` (negative: take it off) to what a borrower owes on the platform."""
    party = party_after(party_key, changes, boundary)
    owed = max(party.owed.get(currency, 0) + amount, 0)
    changes[party_key] = replace(party, owed=with_figure(party.owed, currency, owed))


def with_figure(figures: dict[str, int], name: str, value: int) -> dict[str, int]:
    """A copy with one figure set; zeros are left out, so that states stay small."""
    copy = {**figures, name: value}
    if not value:
        del copy[name]
    return copy
