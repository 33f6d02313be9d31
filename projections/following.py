"""Follows the log with one view: rows and cursor in one transaction, a poison event set apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from psycopg.errors import ProgramLimitExceeded

from ledger.events import catalogue as vocabulary
from ledger.kernel import named_sql
from ledger.store import reading

if TYPE_CHECKING:
    from ledger.recorded import Recorded
    from projections.base import View
    from projections.feed import Batch

SQL = named_sql.load(Path(__file__).parent / "sql" / "runner.sql")
NEXT = "__next"
_ERROR_CHARACTERS_MAX = 2_000
_log = structlog.get_logger(__name__)


def connect(dsn: str) -> psycopg.Connection[Any]:
    """A connection that folds. Its advisory locks live as long as it does: no transaction pooler may stand between."""
    connection = psycopg.connect(dsn, autocommit=True, connect_timeout=5, application_name="crowdledger views")
    # Each statement is planned anew: a plan kept from when a view was nearly empty would scan it for ever.
    connection.prepare_threshold = None
    try:
        connection.execute(SQL["take_role"])
        connection.execute(SQL["session"])
    except BaseException:
        connection.close()
        raise
    return connection


def is_transient(error: Exception) -> bool:
    """Whether trying again may help: the database went away, was full, met a deadlock. Else the event is poison."""
    if isinstance(error, ProgramLimitExceeded):
        return False
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | MemoryError)


class Follower:
    """One view (or the rebuild of one) at its place in the log. Not thread-safe; `connection` is the caller's."""

    def __init__(self, view: View, suffix: str = "") -> None:
        self.view = view
        self.name = view.NAME + suffix
        self.schema = f"view_{self.name}"
        self.position = 0
        self.version: int | None = None
        self.state = "absent"
        self.locked = False

    @property
    def ready(self) -> bool:
        """Whether this process may fold it now."""
        return self.locked and self.state in {"live", "building"} and self.version == self.view.VERSION

    def load(self, connection: psycopg.Connection[Any]) -> None:
        """Look up where it stands."""
        row = connection.execute(SQL["cursor"], {"name": self.name}).fetchone()
        self.position, self.version, self.state = row or (0, None, "absent")

    def take(self, connection: psycopg.Connection[Any]) -> bool:
        """Try to become the one that folds it, for as long as the connection lives."""
        row = connection.execute(SQL["try_lock"], {"name": self.name}).fetchone()
        self.locked = bool(row and row[0])
        if self.locked:
            self.load(connection)
        return self.locked

    def follow(self, connection: psycopg.Connection[Any], batch: Batch) -> bool:
        """Fold a batch that begins where the view stands. False where it moved meanwhile or was parked.

        Raises what is transient; then nothing of the batch, or only its beginning, is in the view.
        """
        assert batch.after == self.position, (self.name, batch.after, self.position)
        types = self.view.TYPES
        if batch.events is None:
            return self._follow_one_by_one(connection, batch)
        wanted = batch.events if types is None else [event for event in batch.events if event.type in types]
        return self._fold_or_part(connection, wanted, batch.upto)

    def _follow_one_by_one(self, connection: psycopg.Connection[Any], batch: Batch) -> bool:
        """Somewhere in the batch is an event that can't be decoded. It stops the views that want its type, no other."""
        types = self.view.TYPES if self.view.TYPES is not None else frozenset(vocabulary.TYPES)
        while self.position < batch.upto:
            position = self.position + 1
            try:
                events = reading.read_batch(connection, self.position, 1, types)
            except psycopg.Error:
                raise
            except Exception as error:  # noqa: BLE001 - decoding may fail in any way
                self._park(connection, error, position, None)
                return False
            if not self._fold_or_part(connection, events, position):
                return False
        return True

    def _fold_or_part(self, connection: psycopg.Connection[Any], events: Sequence[Recorded], upto: int) -> bool:
        """Fold; where that fails, halve until the event is found that can't be folded, and park in front of it."""
        try:
            return self.fold(connection, events, upto)
        except Exception as error:
            if is_transient(error):
                raise
            if len(events) <= 1:
                poison = events[0] if events else None
                self._park(connection, error, poison.position if poison else upto, poison)
                return False
        middle = len(events) // 2
        first = self._fold_or_part(connection, events[:middle], events[middle].position - 1)
        return first and self._fold_or_part(connection, events[middle:], upto)

    def fold(self, connection: psycopg.Connection[Any], events: Sequence[Recorded], upto: int) -> bool:
        """Rows and cursor in one transaction (or the caller's). False where somebody else moved the view meanwhile."""
        here = (self.position, self.view.VERSION, self.state)
        if not events:
            return self._pass(connection, here, upto)
        with connection.transaction(), connection.cursor() as cursor:
            row = cursor.execute(SQL["lock_cursor"], {"name": self.name}).fetchone()
            if row != here:
                self.position, self.version, self.state = row or (0, None, "absent")
                return False
            cursor.execute(SQL["enter"], {"search_path": f"{self.schema}, public"})
            self.view.apply(cursor, events)
            recorded_at = events[-1].recorded_at
            cursor.execute(SQL["advance"], {"name": self.name, "position": upto, "recorded_at": recorded_at})
        self.position = upto
        return True

    def _pass(self, connection: psycopg.Connection[Any], here: tuple[Any, ...], upto: int) -> bool:
        """Nothing of the batch concerns the view: most views of a small batch. One statement instead of five."""
        position, version, state = here
        asked = {"name": self.name, "position": position, "version": version, "state": state, "upto": upto}
        if connection.execute(SQL["pass"], asked).rowcount == 0:
            self.load(connection)
            return False
        self.position = upto
        return True

    def _park(
        self, connection: psycopg.Connection[Any], error: Exception, position: int, event: Recorded | None
    ) -> None:
        """Stop here, loudly: the row says why, `/readyz` and the metrics read it."""
        named = f"{event.type} {event.source}/{event.id}" if event else "event that can't be decoded"
        text = f"position {position}, {named}: {type(error).__name__}: {error}"
        text = text.replace("\0", "\\0")[:_ERROR_CHARACTERS_MAX]
        connection.execute(SQL["park"], {"name": self.name, "error": text, "error_position": position})
        self.state = "parked"
        _log.error("view_parked", view=self.name, position=position, error=text, exc_info=error)
