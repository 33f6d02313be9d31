"""The office's desk: what waits, since when, how much money is in it; and the views of the queue that people keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

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


class SavedView(NamedTuple):
    """A filter of the queue under a name; `query` as an address has it. `owner` has made it."""

    id: UUID
    name: str
    query: str
    owner: str
    mine: bool
    shared: bool
    at_start: bool


class NewView(NamedTuple):
    """What is kept: at most one of a person's views is at start."""

    name: str
    query: str
    shared: bool
    at_start: bool


@dataclass(frozen=True, kw_only=True)
class SavedViews:
    """Views of the queue that people keep. The first argument is the id of the user who asks."""

    seen_by: Callable[[str], list[SavedView]]  # own ones first, then what others share, by name
    at_start: Callable[[str], str | None]  # its query
    keep: Callable[[str, NewView], UUID]  # raises Problem where the name is taken, or there are too many
    change: Callable[[str, UUID, NewView], bool]  # without its query; False where there is none of one's own
    drop: Callable[[str, UUID], bool]
