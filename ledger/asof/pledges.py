"""A pledge as of two times: what was said of itself. What ended it with others stands in its campaign."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from msgspec import UNSET

from ledger.accounts import escrow
from ledger.asof.facts import Fact
from ledger.events.naming import key
from ledger.events.pledges import (
    PledgeCancelled,
    PledgeCollected,
    PledgeCollectionFailed,
    PledgeMade,
    PledgeReconfirmed,
    PledgeRefunded,
)
from ledger.states.campaigns import Pledge

OPENING: Final = PledgeMade.TYPE
READ: Final = frozenset({OPENING, PledgeCollectionFailed.TYPE})
TYPES: Final = READ | {
    PledgeCollected.TYPE,
    PledgeCancelled.TYPE,
    PledgeReconfirmed.TYPE,
    PledgeRefunded.TYPE,
}


def pledge(own: str, facts: Iterable[Fact]) -> Pledge | None:
    """Fold the facts of one pledge, in order of valid time; None where none of them makes it."""
    known = [fact for fact in facts if fact.stands]
    made = next((fact for fact in known if fact.type == OPENING), None)
    if made is None:
        return None
    # An id whose pledge was taken back may have been used again: what came before its making is another's.
    said = [fact for fact in known if fact.position > made.position]
    data = made.data
    assert isinstance(data, PledgeMade)
    campaign = key("campaign", made.scope, data.campaign)
    refunded = -sum(fact.moved(escrow(campaign)) for fact in said if fact.type == PledgeRefunded.TYPE)
    times: dict[str, Any] = {
        "collected_at": _time_of(said, PledgeCollected.TYPE),
        "cancelled_at": _time_of(said, PledgeCancelled.TYPE),
    }
    return Pledge(
        campaign,
        key("party", made.scope, data.investor),
        data.amount,
        data.currency,
        made.happened_at,
        _status(times, data.amount, refunded),
        refunded,
        reconfirmed=tuple(fact.happened_at for fact in said if fact.type == PledgeReconfirmed.TYPE),
        failures=tuple(_failure(fact) for fact in said if fact.type == PledgeCollectionFailed.TYPE),
        **times,
    )


def _time_of(said: Iterable[Fact], kind: str) -> int | None:
    return next((fact.happened_at for fact in said if fact.type == kind), None)


def _status(times: dict[str, Any], amount: int, refunded: int) -> str:
    if times["collected_at"] is not None:
        return "refunded" if refunded >= amount else "collected"
    return "cancelled" if times["cancelled_at"] is not None else "pledged"


def _failure(fact: Fact) -> tuple[int, int | None]:
    data = fact.data
    assert isinstance(data, PledgeCollectionFailed)
    return fact.happened_at, None if data.retry_at is UNSET else fact.until(data.retry_at)
