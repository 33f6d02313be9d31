"""What one answer reads of the log: each state once, however many rules ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

from ledger.kernel.named_sql import load
from ledger.states.base import State
from ledger.store import reading

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

    def keys(self, block: str, **asked: Any) -> list[str]:
        """Keys found by the log's tags."""
        return [key for (key,) in self._connection.execute(SQL[block], asked)]
