"""Why a custodian's balance differs from the books: money on its way, money nobody assigned, or nobody knows. Pure.

The custodian reports balances, not lines. So a difference is explained by the ledger's own lines: where the two cut
the day at another moment, or one line arrived at one side only, moving that cut (or that line) makes them agree to the
cent. A part that no line explains stays until a later statement agrees again, and is named by the day it began.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final, Literal, NamedTuple

# Money is at the custodian at the latest one banking day after it moved (T+1), over a weekend three days.
SETTLEMENT: Final = timedelta(days=3)

Kind = Literal["agrees", "timing", "unassigned", "unknown"]


class Line(NamedTuple):
    """A movement of what the custodian should hold: minor units, positive where money came in."""

    position: int
    happened_at: datetime
    amount: int


class Statement(NamedTuple):
    """What all accounts of a currency held together at `as_of`, and what the books say for that moment."""

    day: int  # since 1970-01-01, as the statement names it
    as_of: datetime
    reported: int
    derived: int
    near: Sequence[Line]  # by time, those within SETTLEMENT of `as_of` on either side; may be empty where both agree


class Difference(NamedTuple):
    """`total` = `timing` + `rest`, minor units: positive where the custodian holds more than the books say.

    `rest` above zero is money that no event assigns, below zero money that is missing and nobody knows why;
    `since_day` is the statement from which on it has been so. `lines` (positions) are what explains `timing`.
    """

    total: int
    timing: int
    lines: tuple[int, ...]
    rest: int
    since_day: int | None

    @property
    def kind(self) -> Kind:
        """The worst part of it."""
        if self.rest:
            return "unassigned" if self.rest > 0 else "unknown"
        return "timing" if self.timing else "agrees"


def explain(statements: Iterable[Statement]) -> Iterator[Difference]:
    """The difference of each statement of one platform and currency, oldest first.

    What was unexplained at one statement is expected at the next; only what is new there can be a matter of timing.
    """
    rest, since = 0, None
    for each in statements:
        total = each.reported - each.derived
        timing, lines = _timing(total - rest, each)
        left = total - timing
        if not left:
            since = None
        elif since is None or (left > 0) != (rest > 0):
            since = each.day
        rest = left
        yield Difference(total, timing, lines, rest, since)


def _timing(wanted: int, statement: Statement) -> tuple[int, tuple[int, ...]]:
    """The fewest lines next to the moment that explain exactly `wanted`; else the one line that does; else nothing."""
    if not wanted:
        return 0, ()
    before = [line for line in reversed(statement.near) if line.happened_at <= statement.as_of]
    after = [line for line in statement.near if line.happened_at > statement.as_of]
    # Booked but not at the custodian yet takes from the total; there already but booked later adds to it.
    cuts = [(_reach(before, -wanted), before), (_reach(after, wanted), after)]
    found = [lines[:count] for count, lines in cuts if count]
    if found:
        return wanted, tuple(sorted(line.position for line in min(found, key=len)))
    single = [line for line in before if line.amount == -wanted] or [line for line in after if line.amount == wanted]
    return (wanted, (single[0].position,)) if single else (0, ())


def _reach(lines: Sequence[Line], wanted: int) -> int:
    """How many of the lines, from the first, add up to `wanted`; 0 where no number does."""
    sums = accumulate(line.amount for line in lines)
    return next((count for count, total in enumerate(sums, 1) if total == wanted), 0)
