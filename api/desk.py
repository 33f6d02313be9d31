"""What the office sees first: what waits, since when, how much money is in it, and who has fallen silent."""

from __future__ import annotations

from typing import NamedTuple

from projections.tallies import Opened, Waiting

PARKED_DAYS: int = 7  # a reference that has not come by then will hardly come by itself; the page says a week
COUNTED_MAX: int = 1_000  # what waits is counted up to here; "1,000" means at least as many


class AtRisk(NamedTuple):
    """Money of what open alerts of high and critical severity name, minor units.

    `kind` campaign: in escrow now. `kind` loan: outstanding principal now. Each entity counts once.
    """

    kind: str
    currency: str
    entities: int
    amount: int


class Reported(NamedTuple):
    """How many events of platforms happened on a day (days since 1970-01-01)."""

    day: int
    events: int


class Overview(NamedTuple):
    """The office's figures as of one position. `corrections` wait for a second person, `parked` longer than patience.

    Both are counted up to COUNTED_MAX.
    """

    waiting: list[Waiting]
    opened: list[Opened]
    reported: list[Reported]
    at_risk: list[AtRisk]
    corrections: int
    parked: int
