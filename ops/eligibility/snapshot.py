"""What one answer reads of the log: each state once, however many rules ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from ledger.events.parties import PartyRelated
from ledger.exchange import Rate, Rates, newest
from ledger.kernel.named_sql import load
from ledger.recorded import scope_of
from ledger.states.base import State
from ledger.store import reading


class _Told(msgspec.Struct):
    time: datetime
    data: PartyRelated


_related = msgspec.json.Decoder(_Told).decode
SQL = load(Path(__file__).parents[1] / "sql" / "eligibility.sql")


class Snapshot:
    """States and keys as of one moment: good for as long as the transaction that it was made in."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._known: dict[str, State | None] = {}
        self.position = reading.head(connection).position

    def states(self, keys: Iterable[str]) -> dict[str, State]:
        """The states that there are under these keys."""
        wanted = list(keys)
        if unknown := sorted({key for key in wanted if key not in self._known}):
            found = reading.states(self._connection, unknown)
            self._known |= {key: found.get(key) for key in unknown}
        return {key: state for key in wanted if (state := self._known[key]) is not None}

    def state(self, key: str) -> State | None:
        """The state under a key, None where there is none."""
        return self.states([key]).get(key)

    def rates(self, currencies: Iterable[str], day: date) -> Rates:
        """The newest reported rates between these currencies on or before a day."""
        tags = [f"rate:{base}/{quote}" for base, quote in permutations(sorted(set(currencies)), 2)]
        if not tags:
            return {}
        rows = self._connection.execute(SQL["rates"], {"tags": tags, "day": day}).fetchall()
        return newest(Rate(*row) for row in rows)

    def relations(self, parties: Iterable[str]) -> list[tuple[int, str, PartyRelated, datetime]]:
        """What was told of these parties' relations: position, scope of who said it, what, and when it held."""
        rows = self._connection.execute(SQL["related"], {"parties": sorted(parties)}).fetchall()
        told = [(position, scope_of(source), _related(body)) for position, source, body in rows]
        return [(position, scope, each.data, each.time) for position, scope, each in told]

    def keys(self, block: str, **asked: Any) -> list[str]:
        """Keys found by the log's tags."""
        return [key for (key,) in self._connection.execute(SQL[block], asked)]
