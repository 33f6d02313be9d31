"""A history: a story told to a ledger in memory and watched at every position."""

from __future__ import annotations

from tests.ledger.machine.campaign_verbs import CAMPAIGNS
from tests.ledger.machine.chooser import Chooser, pick
from tests.ledger.machine.correction_verbs import CORRECTIONS
from tests.ledger.machine.facts import check_facts
from tests.ledger.machine.invariants import check
from tests.ledger.machine.judge import judge
from tests.ledger.machine.loan_verbs import CASH, LOANS
from tests.ledger.machine.memory import Entry, Memory, Told
from tests.ledger.machine.reach import Reach
from tests.ledger.machine.teller import Teller

FAMILIES = (
    (*CAMPAIGNS, *CORRECTIONS),
    (*LOANS, *CASH, *CORRECTIONS),
    (*CAMPAIGNS, *LOANS, *CASH, *CORRECTIONS),
)


def watch(memory: Memory, entry: Entry) -> None:
    """What is looked at whenever an event was accepted."""
    judge(memory, entry)
    check(memory.states, memory.balances)


def play(chooser: Chooser, reach: Reach | None = None, name: str = "") -> tuple[Teller, list[Told]]:
    """Tell one story, event by event, each chosen for what the ledger is at; returns all that was told, and its ends.

    Raises AssertionError at the position where something doesn't hold.
    """
    memory = Memory(watch)
    teller = Teller(chooser, memory, pick(chooser, FAMILIES), name)
    ends = [memory.tell(event) for event in teller.begin()]
    ends += [memory.tell(teller.next()) for _ in range(30 + chooser.below(50))]
    check_facts(memory)
    if reach is not None:
        reach.add(memory, ends)
    return teller, ends
