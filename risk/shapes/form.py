"""What a shape is: a pure function from the rows of an input to grouped rows, for what SQL can't say well.

Graphs (cycles, layers, clusters) and series (a pulse, a trend) are shapes. The rows come from the rule's input,
filtered by the rule, and the function sees nothing else: no clock, no chance, no database. What it gives is held
against the rule's `having` and scored by the same statement as any other rule's: a condition means the
same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple


class Table(NamedTuple):
    """Rows of an input, ordered by (day, position); `columns` are their names."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]

    def column(self, name: str) -> list[Any]:
        """One column, in the order of the rows. Raises ValueError where the input has no such column."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]

    def of(self, *names: str) -> list[tuple[Any, ...]]:
        """Some columns of every row. Raises ValueError where the input has no such column."""
        places = [self.columns.index(name) for name in names]
        return [tuple(row[at] for at in places) for row in self.rows]


class Asked(NamedTuple):
    """What a rule asks of its shape: evaluation days (ascending), the window's width in days, its parameters."""

    days: Sequence[int]
    width: int
    params: Mapping[str, int]


class Grouped(NamedTuple):
    """One group on one evaluation day. Keys, measures and positions in the order in which the rule names them."""

    day: int
    keys: tuple[str | None, ...]
    measures: tuple[int | None, ...]
    positions: tuple[Sequence[int], ...]  # one list for each of evidence.positions
    epoch: int  # when the newest of its evidence happened, Unix seconds
    members: Sequence[str] = ()


class Inconclusive(Exception):
    """The question is too large for the function's budget; the message says which budget, and what was left out."""


class Shape(NamedTuple):
    """A shape: the columns of the input that it needs, the names of what it gives, the function.

    Equal rows in another order, and more days asked at once, give equal groups for each day.
    """

    needs: tuple[str, ...]
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    positions: tuple[str, ...]
    find: Callable[[Table, Asked], Iterable[Grouped]]
