"""The `eventsourcing` library's DCB recorder over our log: same rows, same lock, same gapless positions."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg
from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
    DCBSubscription,
)
from eventsourcing.persistence import IntegrityError, ProgrammingError
from psycopg.types.json import Jsonb

from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ledger.store.conditional import Asked, ConditionalAppend, Plain

if TYPE_CHECKING:
    from ledger.store.appender import Appender

SQL = load(Path(__file__).parent / "sql" / "recorder.sql")
_PAGE = 1_000
_POLL_SECONDS = 0.02


class PostgresRecorder(DCBRecorder):
    """Appends through the group append, reads by query. Any number of processes may append, any number may tail."""

    def __init__(self, dsn: str, appender: Appender) -> None:
        self._dsn = dsn
        self._appender = appender

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        """Append all or none; returns the position of the last. Raises IntegrityError where the condition fails."""
        if not events:
            raise ProgrammingError("nothing to append: hand in at least one event")
        plain = tuple(Plain(clock.new_id(), e.type, e.data, tuple(dict.fromkeys(e.tags))) for e in events)
        asked: tuple[Asked, ...] = ()
        after = 0
        if condition is not None:
            items = condition.fail_if_events_match.items
            asked = tuple(Asked(item.types, item.tags) for item in items) or (Asked([], []),)
            after = condition.after or 0
        (answer,) = self._appender.submit([ConditionalAppend(plain, asked, after)]).result()
        if answer.position is None:
            raise IntegrityError(f"events after position {after} match the condition")
        return answer.position

    def read(self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None) -> Answers:
        """Events that match any item of the query, in order."""
        return Answers(self._dsn, query, after or 0, limit)

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> Tail:
        """As `read`, but at the end it waits for more."""
        return Tail(self, query, after)


class Answers(DCBReadResponse):
    """A read, page by page over one connection and one snapshot of the head."""

    def __init__(self, dsn: str, query: DCBQuery | None, after: int, limit: int | None) -> None:
        self._left = limit
        self._after = after
        self._asked = _filters(query)
        self._page: deque[DCBSequencedEvent] = deque()
        self._connection: psycopg.Connection | None = None
        self._dsn = dsn
        self._log_head = 0 if limit == 0 else self._first_page()
        self._last: int | None = None

    @property
    def head(self) -> int | None:
        """The position up to which the answer is complete: the log's head, or with a limit that of the last event."""
        if self._left is None:
            return self._log_head or None
        return self._page[-1].position if self._page else self._last or (self._log_head or None)

    def _first_page(self) -> int:
        self._connection = psycopg.connect(self._dsn, autocommit=True)
        row = self._connection.execute(SQL["head"]).fetchone()
        head = int(row[0] or 0) if row else 0
        self._until = head
        self._load()
        return head

    def _load(self) -> None:
        assert self._connection is not None
        size = _PAGE if self._left is None else min(_PAGE, self._left)
        rows = self._connection.execute(
            SQL["query"], {"after": self._after, "until": self._until, "limit": size, **self._asked}
        ).fetchall()
        for position, kind, data, tags in rows:
            self._page.append(DCBSequencedEvent(DCBEvent(kind, data, list(tags)), position))
        if rows:
            self._after = rows[-1][0]
        if self._left is not None:
            self._left -= len(rows)
        if len(rows) < size or self._left == 0:
            self._connection.close()
            self._connection = None

    def __next__(self) -> DCBSequencedEvent:
        if not self._page and self._connection is not None:
            self._load()
        if not self._page:
            raise StopIteration
        event = self._page.popleft()
        self._last = event.position
        return event


class Tail(DCBSubscription["PostgresRecorder"]):
    """Polls, since NOTIFY takes a lock over all commits. A gapless log makes `position > last` complete."""

    def __init__(self, recorder: PostgresRecorder, query: DCBQuery | None, after: int | None) -> None:
        super().__init__(recorder, query, after)
        self._pending: deque[DCBSequencedEvent] = deque()

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def __next__(self) -> DCBSequencedEvent:
        while not self._pending and not self._has_been_stopped:
            answers = self._recorder.read(self._query, after=self._last_position, limit=_PAGE)
            self._pending.extend(answers)
            if not self._pending:
                time.sleep(_POLL_SECONDS)
        if self._has_been_stopped:
            raise StopIteration
        event = self._pending.popleft()
        self._last_position = event.position
        return event


def _filters(query: DCBQuery | None) -> dict[str, Any]:
    """Query items as JSON for SQL; none means all."""
    items = query.items if query is not None else []
    return {
        "all": not items,
        "items": Jsonb([{"types": item.types, "tags": item.tags} for item in items]),
    }
