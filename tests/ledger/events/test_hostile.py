"""Whatever stands in a field: the event becomes a candidate or is rejected, is decided or refused; nothing breaks."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.candidate import Rejected
from tests.ledger.decisions.test_corrections import UNDONE
from tests.ledger.given import Event, World

STRANGE: list[Any] = [
    None, True, 0, -1, 2**53 - 1, 2**53, 10**30, 0.5, 1e300, "", " ", "x", "\0", "x" * 5000, "１２", "a\n", "0", "1",
    "-1", "1e5", "9" * 40, "2026-02-30", "0000-00-00", "9999-12-31", "2026-03-02T25:00:00Z",
    "2026-03-02T10:00:00+99:99",
    "9999-12-31T23:59:59-12:00",
    "💶", "\u202e", [], {}, [[]], {"": ""}, {"kind": "campaign"}, {"kind": "x", "id": "y"},
    {"kind": "party", "id": "U"}, {"kind": "campaign", "id": "huizhong:C"}, ["reward"] * 2,
    {"a": 1}, {"a": 10**20},
]  # fmt: skip


@pytest.mark.parametrize("type", UNDONE)
def test_a_strange_value_in_each_field(type: str) -> None:
    story, event = UNDONE[type]
    world = World()
    for each in story:
        world.send(each)
    # Every field that the event has, and those that it could have.
    fields = {
        *event.data,
        "extra",
        "channel",
        "to",
        "cap",
        "figures",
        "payer",
        "valid_to",
        "penalty",
        "identity",
        "name",
    }
    for field in sorted(fields):
        for value in STRANGE:
            _try(world, event._replace(data={**event.data, field: value}))
    for time in ("1970-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026-03-02T10:00:60Z", "2026-03-02", ""):
        _try(world, event.at(time))


def _try(world: World, event: Event) -> None:
    candidate = world.candidate(event)
    if isinstance(candidate, Rejected):
        assert candidate.detail
        return
    before = dict(world.texts), dict(world.balances), dict(world.events)
    if world.attempt(event) is None:
        world.check()
    world.texts, world.events = before[0], before[2]
    world.balances.clear()
    world.balances.update(before[1])
