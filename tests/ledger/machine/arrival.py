"""One history told in another order, by senders that send again what was refused until it passes or never will."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from ledger.states import registry
from ledger.states.base import State
from ledger.states.loans import Loan, Repayment
from ledger.states.parties import Party
from tests.ledger.given import Event
from tests.ledger.machine.chooser import Chooser
from tests.ledger.machine.histories import watch
from tests.ledger.machine.memory import Memory, Told
from tests.ledger.stories import campaign, closed, on_pledge, pledge


class Arrival(NamedTuple):
    """Where a ledger ended: what was never accepted, and why; empty where the whole history got in."""

    memory: Memory
    left: list[tuple[Event, Told]]


def arrive(events: Sequence[Event]) -> Arrival:
    """Tell them in this order, then again what was refused, until nothing more passes. Every position is watched."""
    memory = Memory(watch)
    last: dict[tuple[str, str], Told] = {}
    before = -1
    while before < len(memory.log):
        before = len(memory.log)
        for event in events:
            ident = (event.source, event.id)
            if ident not in memory.events and ident not in memory.parked:
                last[ident] = memory.tell(event)
    last |= {ident: Told("parked", None, parked.missing[0]) for ident, parked in memory.parked.items()}
    left = [event for event in events if (event.source, event.id) not in memory.events]
    return Arrival(memory, [(event, last[event.source, event.id]) for event in left])


def a_life() -> list[Event]:
    """All that happens to two pledges of a campaign that fails, a day apart, after `market`."""
    moments = [f"2026-03-{day:02}T10:00:00+08:00" for day in range(2, 30)]
    life = [
        campaign(), pledge(), on_pledge("collected"), on_pledge("refunded", amount=30), on_pledge("reconfirmed"),
        pledge("P2"), on_pledge("collection_failed", "P2"), on_pledge("cancelled", "P2"), closed("failed"),
    ]  # fmt: skip
    return [event.at(moment).called(f"n{n}") for n, (event, moment) in enumerate(zip(life, moments, strict=False))]


def shuffled(events: Sequence[Event], fixed: int, chooser: Chooser) -> list[Event]:
    """Another order of arrival, by one of three hands; the first `fixed` stay where they are.

    One event comes last; or some come a few places late; or all come in any order.
    """
    head, tail = list(events[:fixed]), list(events[fixed:])
    how = chooser.below(3)
    if how == 0:
        tail.append(tail.pop(chooser.below(len(tail))))
        return head + tail
    late = [chooser.below(9) if how == 2 or chooser.below(4) == 0 else 0 for _ in tail]
    spread = 1 if how == 1 else len(tail) // 4 + 1
    order = sorted(range(len(tail)), key=lambda n: (n + late[n] * spread, n))
    return head + [tail[n] for n in order]


def seen(memory: Memory) -> tuple[dict[str, State], dict[tuple[str, str], int]]:
    """All that stands: states that are there, accounts that have something."""
    states = {key: state for key, state in memory.states.items() if not registry.is_absent(state)}
    return states, {account: balance for account, balance in memory.balances.items() if balance}


def shared_out(memory: Memory) -> tuple[dict[str, object], dict[tuple[str, str], int]]:
    """As `seen`, but for who got which part of a loan's money, and whether a payment was from waiting money."""
    states, balances = seen(memory)
    figures: dict[str, object] = {key: _whole(state) for key, state in states.items()}
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for (account, currency), balance in balances.items():
        kind, scope, *path = account.split("/")
        name = f"purse/{scope}" if kind in {"cash", "investor"} else account
        sums[f"claim/{scope}/{path[0]}" if kind == "claim" else name, currency] += balance
    return figures, {account: balance for account, balance in sums.items() if balance}


def _whole(state: State) -> object:
    if isinstance(state, Loan):
        return replace(state, holders={}, losers={}, last_holders={}, bids={})
    if isinstance(state, Repayment):
        return state.at
    return replace(state, cash={}) if isinstance(state, Party) else state


def named_anew(memory: Memory) -> bool:
    """Whether an id was given a second time after a correction: then reports may have meant either of the two."""
    made = [changed for entry in memory.log for changed, state in entry.before.items() if registry.is_absent(state)]
    return len(made) > len(set(made))
