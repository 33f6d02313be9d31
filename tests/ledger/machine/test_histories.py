"""Whatever is told, in whatever order: the money adds up at every position. The seed stands at the head of the run."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings

from ledger.events import catalogue
from tests.ledger.machine import table
from tests.ledger.machine.chooser import TAPES, ByTape
from tests.ledger.machine.histories import play
from tests.ledger.machine.reach import Reach

STORIES = 2_000 if os.environ.get("CI") else 250


def test_the_money_adds_up_at_every_position() -> None:
    """Invariants of the books, entries against the table of postings, figures against what was said: see `watch`."""
    reach = Reach()

    @settings(max_examples=STORIES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TAPES)
    def story(tape: bytes) -> None:
        play(ByTape(tape), reach)

    story()
    reach.must_cover()


def test_the_table_of_postings_is_read_whole() -> None:
    """Every row is of a type that exists, names accounts that exist, and says both sides."""
    rules = table.rules()
    assert rules.keys() <= catalogue.TYPES.keys()
    assert {"cash", "escrow", "fees", "receivable", "claim", "principal", "pledged", "outside"} < table.classes()
    one_sided = {type for type, row in rules.items() if not (row.source and row.target)}
    assert one_sided == {"event.corrected"}  # "every sign turned": held against the entry that it turns
