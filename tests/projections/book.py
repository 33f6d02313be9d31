"""A ledger for views to follow: events go in by the real road, views are read back as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from types import SimpleNamespace
from typing import Any

import psycopg

from ledger.candidate import Answer
from ledger.store.appender import Appender
from projections import schemas
from projections.base import View
from projections.catalogue import VIEWS
from projections.following import connect
from projections.runner import run_until
from projections.status import ViewStatus
from tests.ledger.given import INTAKE, NOW, Event

SCOPE = "huizhong"


class Book:
    """One database with one writer."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._appender = Appender(dsn, b"m" * 32)
        self._sent = 0

    def close(self) -> None:
        self._appender.close()

    def submit(self, events: Sequence[dict[str, Any]], askers: Sequence[str | None] = ()) -> list[Answer]:
        """CloudEvents as they are; what becomes of them is the answer. `askers`: with which key each is sent."""
        answers = []
        sent = [*zip_longest(events, askers)]
        for start in range(0, len(events), 1_000):
            items = [INTAKE.decode(event, None, NOW, asker) for event, asker in sent[start : start + 1_000]]
            answers += self._appender.submit(items).result()
        return answers

    def tell(self, events: Iterable[Event], scope: str = SCOPE, *, attempt: bool = False) -> list[Answer]:
        """Events of a story, played on the platform `scope`. All have to be accepted, but where they are attempts."""
        sent, askers = [], []
        for event in events:
            self._sent += 1
            data = {**event.data, "platform": scope} if "platform" in event.data else event.data
            source = event.source if event.source in {"registry", "system"} else f"platform:{scope}"
            askers.append(event.asker)
            sent.append(
                {
                    "specversion": "1.0", "id": event.id or f"e{self._sent}", "source": source, "type": event.type,
                    "time": event.time, "data": data,
                }
            )  # fmt: skip
        answers = self.submit(sent, askers)
        other = [answer for answer in answers if answer.status != "accepted"]
        assert attempt or not other, other
        return answers

    def follow(self, views: Sequence[View] | None = None, batch_events: int = 5_000) -> list[ViewStatus]:
        """Bring views to the head."""
        return run_until(self.dsn, views=views, batch_events=batch_events, timeout_seconds=60)

    def connect(self) -> psycopg.Connection[Any]:
        return connect(self.dsn)

    def dump(self, suffix: str = "") -> dict[str, list[str]]:
        """Every row of every table of every view, in order."""
        found = {}
        with self.connect() as connection:
            for name in VIEWS:
                for table in schemas.tables(connection, name + suffix):
                    query = f'SELECT t::text FROM "view_{name}{suffix}"."{table}" AS t ORDER BY t::text COLLATE "C"'
                    found[f"{name}.{table}"] = [row for (row,) in connection.execute(query).fetchall()]
        return found

    def forget(self) -> None:
        """Throw all views away: the next follower begins at the first event."""
        with self.connect() as connection:
            for name in VIEWS:
                schemas.discard(connection, name)


def view(name: str, apply: Any, *, version: int = 1, types: frozenset[str] | None = None, **blocks: str) -> Any:
    """A view made up for a test: a table `seen` of positions."""
    sql = {"create": "CREATE TABLE seen (position bigint PRIMARY KEY, id text)", **blocks}
    return SimpleNamespace(NAME=name, VERSION=version, TYPES=types, SQL=sql, apply=apply)


def see(cursor: psycopg.Cursor[Any], events: Sequence[Any]) -> None:
    cursor.executemany("INSERT INTO seen VALUES (%s, %s)", [(event.position, event.id) for event in events])


def seen(dsn: str, name: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(f"SELECT position FROM view_{name}.seen ORDER BY position").fetchall()
    return [position for (position,) in rows]
