"""State of an alert key: the alert that is open under it, or the last one that was."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.states.base import State

SEEN_MAX = 1_000  # positions that one key remembers


class AlertKey(State, frozen=True):
    """One open alert per key. Alert `number` n of the key has the id `<rule>:<hash>:<n>`."""

    number: int
    status: str  # open, acknowledged, escalated, close_requested, closed
    severity: str
    seen: tuple[int, ...] = ()  # evidence so far: positions, ascending
    floor: int = 0  # positions up to here count as seen: what had to be forgotten
    findings: int = 1
    assignee: str | None = None
    close_by: str | None = None  # who asked for the closing
    outcome: str | None = None

    def fresh(self, evidence: Iterable[int]) -> list[int]:
        """The positions that no finding of this key has shown before."""
        seen = set(self.seen)
        return [position for position in evidence if position > self.floor and position not in seen]


def remember(seen: tuple[int, ...], floor: int, fresh: Iterable[int]) -> tuple[tuple[int, ...], int]:
    """`seen` and `floor` with `fresh` added, bounded: beyond the bound the smallest positions sink into the floor."""
    merged = sorted({*seen, *fresh})
    if len(merged) <= SEEN_MAX:
        return tuple(merged), floor
    return tuple(merged[-SEEN_MAX:]), max(floor, merged[-SEEN_MAX - 1])
