"""A pledge as of two times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from ledger.accounts import escrow, receivable
from ledger.asof.facts import Fact
from ledger.events.naming import key
from ledger.events.pledges import PledgeCancelled, PledgeCollected, PledgeMade, PledgeRefunded
from ledger.states.campaigns import Pledge

OPENING: Final = PledgeMade.TYPE
READ: Final = frozenset({OPENING})
TYPES: Final = READ | {PledgeCollected.TYPE, PledgeCancelled.TYPE, PledgeRefunded.TYPE}


def pledge(own: str, facts: Iterable[Fact]) -> Pledge | None:
    """Fold the facts of one pledge, in order of valid time; None where none of them makes it."""
    known = list(facts)
    made = next((fact for fact in reversed(known) if fact.type == OPENING), None)
    if made is None:
        return None
    data = made.data
    assert isinstance(data, PledgeMade)
    campaign, investor = key("campaign", made.scope, data.campaign), key("party", made.scope, data.investor)
    moved: Counter[str] = Counter()
    for fact in known:
        moved[fact.type] += fact.moved(receivable(investor) if fact.type == OPENING else escrow(campaign))
    refunded = -moved[PledgeRefunded.TYPE]
    return Pledge(
        campaign,
        investor,
        moved[OPENING],
        data.currency,
        made.happened_at,
        _status(known, moved[PledgeCollected.TYPE], refunded),
        refunded,
    )


def _status(known: Iterable[Fact], collected: int, refunded: int) -> str:
    if collected:
        return "refunded" if refunded >= collected else "collected"
    return "cancelled" if any(fact.type == PledgeCancelled.TYPE for fact in known) else "pledged"
