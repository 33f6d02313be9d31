"""How a platform's book of loans is shared out among borrowers and among lenders, at several moments at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg

from projections import base

SQL = base.load("concentrated")
VIEWS: Final = ("balances", "investors", "loans")
SIDES: Final = ("borrowers", "lenders")


class Held(NamedTuple):
    """What each had on one side of the book just before a moment: by party (key), one for all parties of a person."""

    side: str
    currency: str
    before: datetime
    amounts: Mapping[str, int]


def held(connection: psycopg.Connection[Any], scope: str, moments: Sequence[datetime], known: int) -> Iterator[Held]:
    """For each side and currency, at each of the moments (ascending), as known at a position."""
    asked = {"scope": scope, "moments": list(moments), "known": known}
    for side in SIDES:
        changes: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
        for currency, moment, party, amount in connection.execute(SQL[side], asked):
            changes[currency].append((moment, party, int(amount)))
        for currency, moved in sorted(changes.items()):
            amounts: dict[str, int] = defaultdict(int)
            waiting = sorted(moved, reverse=True)
            for number, moment in enumerate(moments):
                while waiting and waiting[-1][0] <= number:
                    _, party, amount = waiting.pop()
                    amounts[party] += amount
                yield Held(side, currency, moment, {party: each for party, each in amounts.items() if each > 0})
