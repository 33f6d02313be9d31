"""The order in which reports arrive can't show, where it needn't: the same history in another order ends the same.

Senders are told `refused` and send again until nothing more passes; what waits is woken by valid time. Where the whole
history got in, states and balances are equal: of campaigns and pledges each figure, of loans all but who got what.

Where the order shows, and why:

* **Who got which part of a loan's money.** An entry is fixed when it is recorded (0001). It shares a payment among
  those who hold claims by then, and takes a price or a bid from what waits by then. A sale, a deposit or a correction
  that is told later changes no entry. Totals by loan, and what each borrower owes, don't depend on it.
* **Contradictions.** A pledge collected and cancelled, bids for more than the loan, promises beyond the cap: the first
  to be told is recorded, the other refused. A correction of the first lets the other pass when it is sent again; where
  the correction arrived before its event could pass, both wait for good.
* **Claims that are gone.** A sale or a write-off of a principal that was repaid or settled meanwhile is refused.
* **Four eyes.** A correction that came before the release needed nobody's approval; after it, it waits for one.
* **Ids given anew.** After a correction an id is free again; a report that is told late may mean the one or the other.
"""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, given, settings

from tests.ledger.machine.arrival import a_life, arrive, named_anew, seen, shared_out, shuffled
from tests.ledger.machine.chooser import TAPES, ByTape
from tests.ledger.machine.histories import FAMILIES, play
from tests.ledger.machine.memory import Memory
from tests.ledger.stories import market

STORIES = 500 if os.environ.get("CI") else 60
LEAST_WHOLE = 0.3  # of the stories, that can be told whole in another order
_LICENSED = 4  # the first events, of the registry: nothing waits for a licence


def test_the_order_of_arrival_does_not_show() -> None:
    ended: Counter[str] = Counter()

    @settings(max_examples=STORIES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TAPES, TAPES)
    def story(tape: bytes, order: bytes) -> None:
        teller, _ = play(ByTape(tape))
        memory = teller.memory
        arrival = arrive(shuffled([entry.event for entry in memory.log], _LICENSED, ByTape(order)))
        if arrival.left or named_anew(memory):
            ended["in part"] += 1
            return
        ended["whole"] += 1
        look = seen if teller.verbs is FAMILIES[0] else shared_out
        assert look(arrival.memory) == look(memory)

    story()
    assert ended["whole"] >= LEAST_WHOLE * ended.total(), ended


def test_what_waited_is_woken_by_valid_time() -> None:
    """A pledge's whole life waits for its campaign, told backwards: nothing of it is refused when that arrives."""
    told = a_life()
    backwards = Memory()
    for event in [*market(), *reversed(told)]:
        assert backwards.tell(event).status in {"accepted", "parked"}
    assert {end.status for end in backwards.woken.values()} == {"accepted"}
    forwards = Memory()
    for event in [*market(), *told]:
        assert forwards.tell(event).status == "accepted"
    assert seen(backwards) == seen(forwards)
