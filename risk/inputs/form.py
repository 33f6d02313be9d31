"""What an input of the rules is: a relation with a name, columns with types, and the views behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Type = Literal["bigint", "text", "numeric"]  # numeric: integers without a bound, such as sums


class Input(NamedTuple):
    """A relation with a version of its own: columns are added, never changed. `views` bound the cutoff."""

    columns: Mapping[str, Type]
    views: tuple[str, ...]

    def named(self, *types: Type) -> list[str]:
        """The columns of these types."""
        return [name for name, kind in self.columns.items() if kind in types]


def declare(views: str, **columns: Type) -> Input:
    """An input over `views` (names, with spaces between them). Every one has position, day and epoch."""
    return Input({"position": "bigint", "day": "bigint", "epoch": "bigint", **columns}, tuple(views.split()))
