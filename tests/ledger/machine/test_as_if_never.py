"""What was corrected never was: a story without its corrected events, and without their corrections, ends the same.

Some stories can't be told without: what is said about a thing and is no step of its life (a fee that investors
paid, a guarantee, a confirmation, a failed collection) doesn't keep it from being corrected away, and would wait.
"""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from ledger.states.loans import Loan
from tests.ledger.given import Event
from tests.ledger.machine.arrival import seen, shared_out
from tests.ledger.machine.chooser import TAPES, ByTape
from tests.ledger.machine.histories import FAMILIES, play, watch
from tests.ledger.machine.memory import Memory

STORIES = 500 if os.environ.get("CI") else 60
LEAST_WHOLE = 0.7
_OF_CORRECTIONS = {"event.corrected", "correction.approved", "correction.rejected"}


def test_what_was_corrected_never_was() -> None:
    ended: Counter[str] = Counter()

    @settings(max_examples=STORIES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TAPES)
    def story(tape: bytes) -> None:
        teller, _ = play(ByTape(tape))
        without = Memory(watch)
        ends = {without.tell(event).status for event in never_corrected(teller.memory)}
        ended["whole" if ends == {"accepted"} else "in part"] += 1
        if ends == {"accepted"}:
            exact = teller.verbs is FAMILIES[0]
            assert what_stands(without, exact=exact) == what_stands(teller.memory, exact=exact)

    story()
    assert ended["whole"] >= LEAST_WHOLE * ended.total(), ended


def never_corrected(memory: Memory) -> list[Event]:
    corrected = {
        (entry.candidate.source, entry.event.data["corrects"])
        for entry in memory.log
        if entry.event.type == "event.corrected"
    }
    told = [entry.event for entry in memory.log if entry.event.type not in _OF_CORRECTIONS]
    return [event for event in told if (event.source, event.id) not in corrected]


def what_stands(memory: Memory, *, exact: bool) -> tuple[dict[str, object], dict[tuple[str, str], int]]:
    """Without the marks of corrections; of loans without who got what (see test_order), and how one was called.

    Which of `disbursed` and `written_off` a loan without principal was, its settlement doesn't keep.
    """
    states, balances = seen(memory) if exact else shared_out(memory)
    kept = {key: state for key, state in states.items() if not key.startswith(("correction:", "approval:"))}
    return {key: replace(each, status="") if isinstance(each, Loan) else each for key, each in kept.items()}, balances
