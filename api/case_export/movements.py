"""What moved money among the events that a case rests on: from whom, to whom, how much. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from ledger.accounts import Posting
from ledger.events.custody import TransferReported
from ledger.events.naming import referred
from ledger.recorded import Recorded

# Accounts that are somebody's money; promises and claims are none.
_PARTIES = frozenset({"investor", "issuer", "borrower", "cash"})
_PLATFORMS = frozenset({"escrow", "fees", "outside"})


class Movement(NamedTuple):
    """Money that moved, in minor units. `payer` and `payee`: keys of a party, or of the platform for many at once."""

    position: int
    event: str  # source and id
    type: str
    at: datetime
    amount: int
    currency: str
    payer: str
    payee: str


def movements(events: Iterable[Recorded]) -> list[Movement]:
    """The movements of these events, in their order; events that moved no money are left out."""
    return [found for event in events for found in _of(event)]


def _of(event: Recorded) -> list[Movement]:
    named = (event.position, f"{event.source}/{event.id}", event.type, event.happened_at)
    if isinstance(event.data, TransferReported):
        data = event.data
        payer, payee = (referred("party", event.scope, each) for each in (data.payer, data.payee))
        return [Movement(*named, data.amount, data.currency, payer, payee)]
    found = []
    for currency in sorted({each.currency for each in event.postings}):
        lines = [each for each in event.postings if each.currency == currency and _is_money(each)]
        amount = sum(each.amount for each in lines if each.amount > 0)
        if amount:
            payer = _side([each for each in lines if each.amount < 0])
            payee = _side([each for each in lines if each.amount > 0])
            found.append(Movement(*named, amount, currency, payer, payee))
    return found


def _is_money(line: Posting) -> bool:
    return line.account.partition("/")[0] in _PARTIES | _PLATFORMS


def _side(lines: list[Posting]) -> str:
    """Who it is, where it is one; of several the platform, which handles it for them."""
    holders = {_holder(each.account) for each in lines}
    if len(holders) == 1:
        return holders.pop()
    return f"platform:{lines[0].account.split('/')[1]}" if lines else "unknown:"


def _holder(account: str) -> str:
    kind, scope, *rest = account.split("/")
    return f"party:{scope}/{rest[-1]}" if kind in _PARTIES and rest else f"platform:{scope}"
