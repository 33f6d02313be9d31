"""Signs tree heads in the background, beside the append and never under its lock.

A log must never sign a head that is inconsistent with an earlier one (C2SP tlog-checkpoint). So before the first round
the tree is built again from what is stored and held against the newest checkpoint; where they differ, or where a
witness has seen another history, sealing stops for every process and after every restart, until a person resumes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg
import structlog

from ledger import checkpoint, signing
from ledger.kernel import clock
from ledger.store.tree import SQL, Sealed, keep_key
from ledger.tiles import EMPTY, HASH_BYTES, WIDTH, Edge, FullTile, grow

if TYPE_CHECKING:
    from ledger.signing import Signer

_log = structlog.get_logger(__name__)
ROUND_LEAVES: Final = 64 * WIDTH  # the most that one head adds: bounds memory, and the time that a round takes
Signers = tuple["Signer", ...]


class Inconsistent(Exception):
    """What is stored doesn't fit a head that was signed; `size` is that head's."""

    def __init__(self, size: int, reason: str) -> None:
        super().__init__(reason)
        self.size = size
        self.reason = reason


class Stopped(NamedTuple):
    """Why nothing is sealed, and since when; `size` is that of the head concerned."""

    at: datetime
    size: int
    reason: str


class _Round(NamedTuple):
    """What the database says at the start of a round."""

    ours: bool
    size: int | None
    root: bytes | None
    sealed_at: datetime | None
    stop: str | None
    stopped_at: datetime | None
    stopped_size: int | None
    reason: str | None
    fresh: int
    last: int | None
    leaves: bytes | None


class Sealing:
    """Seals round by round on one connection, keeping the tree's right edge from one to the next."""

    def __init__(self, connection: psycopg.Connection, by: Signers) -> None:
        self._connection = connection
        self._by = by
        self._origin = by[0].key.name
        self._edge: Edge | None = None

    def round(self, now: datetime) -> Sealed | Stopped | None:
        """Seal what was recorded since, at most ROUND_LEAVES. The head that was added; None where there is nothing.

        Raises Inconsistent where the leaves don't fit what was signed before.
        """
        try:
            return self._round(now)
        except BaseException:
            self._edge = None
            raise

    def _round(self, now: datetime) -> Sealed | Stopped | None:
        edge = self._edge or self._stored_edge()
        seen = self._look(edge.size)
        if seen.stop == "stopped":
            self._connection.rollback()
            assert seen.stopped_at is not None, "a row has a time"
            return Stopped(seen.stopped_at, seen.stopped_size or 0, seen.reason or "")
        if (seen.size or 0) != edge.size:  # the first round, or another process has sealed since
            edge = self._caught_up(edge, seen)
            seen = self._look(edge.size)
        self._edge = edge
        if not seen.ours or not seen.leaves:
            self._connection.rollback()
            return None
        grown, full = grow(edge, _gapless(edge.size, seen))
        # Whole seconds, since that is what a cosignature says; and never back, whatever the clock does.
        sealed = self._sign(grown, max(now.replace(microsecond=0), seen.sealed_at or now.replace(microsecond=0)))
        self._add(grown, full, sealed)
        self._edge = grown
        return sealed

    def _look(self, after: int) -> _Round:
        row = self._connection.execute(SQL["to_seal"], {"after": after, "limit": ROUND_LEAVES}, binary=True).fetchone()
        assert row is not None, "a LEFT JOIN on one row has one row"
        return _Round(*row)

    def _stored_edge(self) -> Edge:
        """The edge as far as there are tiles."""
        levels = self._connection.execute(SQL["edge"]).fetchall()
        if not levels:
            return EMPTY
        return Edge(levels[0][1] * WIDTH, (b"", *(roots or b"" for _, _, roots in levels)))

    def _caught_up(self, edge: Edge, seen: _Round) -> Edge:
        """The edge at the newest checkpoint, made from tiles and leaves, and held against it."""
        size, root = seen.size or 0, seen.root or EMPTY.root
        if edge.size > size:
            edge = self._stored_edge()
        if edge.size > size:
            raise Inconsistent(size, f"there are tiles up to {edge.size}, beyond the newest signed head of {size}")
        while edge.size < size:
            limit = min(size - edge.size, ROUND_LEAVES)
            count, leaves = self._leaves(edge.size, edge.size + limit)
            if count != limit:
                raise Inconsistent(size, f"events are missing between positions {edge.size + 1} and {size}")
            edge, full = grow(edge, leaves)
            self._add_tiles(full)  # none but after an upgrade from a version that had no tiles
        if edge.root != root:
            raise Inconsistent(size, f"the leaves up to position {size} don't give the root that was signed")
        return edge

    def _leaves(self, first: int, end: int) -> tuple[int, bytes]:
        row = self._connection.execute(SQL["leaves"], {"first": first, "end": end}).fetchone()
        assert row is not None, "an aggregate has one row"
        return row[0], row[1] or b""

    def _sign(self, edge: Edge, now: datetime) -> Sealed:
        head = checkpoint.Head(self._origin, edge.size, edge.root)
        return Sealed(edge.size, head.root, str(signing.signed(head, self._by, int(now.timestamp()))), now)

    def _add(self, edge: Edge, full: list[FullTile], sealed: Sealed) -> None:
        self._add_tiles(full)
        self._connection.execute(SQL["add_checkpoint"], {**sealed._asdict(), "frontier": b"".join(edge.frontier)})
        self._connection.commit()

    def _add_tiles(self, full: list[FullTile]) -> None:
        if full:
            levels, ns, hashes, roots = (list(column) for column in zip(*full, strict=True))
            self._connection.execute(SQL["add_tiles"], {"levels": levels, "ns": ns, "hashes": hashes, "roots": roots})


def _gapless(size: int, seen: _Round) -> bytes:
    leaves = seen.leaves or b""
    if seen.last != size + seen.fresh or len(leaves) != seen.fresh * HASH_BYTES:
        raise Inconsistent(size, f"events are missing, or their leaves are no hashes, after position {size}")
    return leaves


def seal(connection: psycopg.Connection, by: Signers) -> Sealed | None:
    """Seal all that there is, in as many heads as that takes. The newest checkpoint afterwards."""
    sealing, newest = Sealing(connection, by), None
    while isinstance(sealed := sealing.round(clock.now()), Sealed):
        newest = sealed
    return newest


Alarm = Callable[[Stopped], bool]  # tells of a stop; False where it has to be told again


class Sealer:
    """A thread that seals about twice a second while there is something new."""

    def __init__(self, dsn: str, by: Signers, *, every_seconds: float = 0.5, alarm: Alarm | None = None) -> None:
        self._dsn, self._by, self._every = dsn, by, every_seconds
        self._alarm = alarm
        self._told: datetime | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)

    def start(self) -> Sealer:
        """Begin; returns itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End after the round that is under way."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._dsn, application_name="crowdledger sealer") as connection:
                    for each in self._by:
                        keep_key(connection, each.key, clock.now())
                    self._rounds(connection)
            except psycopg.OperationalError as error:
                _log.warning("sealing_waits", reason=str(error).strip())
                self._stop.wait(1.0)
            except psycopg.Error as error:  # a right that was taken away, a table that is gone: told, and tried again
                _log.error("sealing_failed", reason=str(error).strip())
                self._stop.wait(1.0)

    def _rounds(self, connection: psycopg.Connection) -> None:
        sealing = Sealing(connection, self._by)
        result: Sealed | Stopped | None = None
        # A round that was full is followed at once by the next: after an import there is much to catch up with.
        while not self._stop.wait(0.0 if isinstance(result, Sealed) and result.size % WIDTH == 0 else self._every):
            try:
                result = sealing.round(clock.now())
            except Inconsistent as error:
                connection.rollback()
                result = stop(connection, error.size, error.reason, clock.now())
            if isinstance(result, Stopped):
                self._tell(result)

    def _tell(self, stopped: Stopped) -> None:
        if self._told == stopped.at:
            return
        _log.error("sealing_stopped", size=stopped.size, reason=stopped.reason)
        if self._alarm is None or self._alarm(stopped):
            self._told = stopped.at


def stop(connection: psycopg.Connection, size: int, reason: str, now: datetime) -> Stopped:
    """Stop sealing, for every process, until somebody resumes; `reason` becomes a sentence."""
    reason = f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
    connection.execute(SQL["stop"], {"kind": "stopped", "at": now, "size": size, "reason": reason})
    connection.commit()
    return Stopped(now, size, reason)


def resume(connection: psycopg.Connection, size: int, reason: str, now: datetime) -> None:
    """Let sealing go on; `reason` says who decided so, and why."""
    connection.execute(SQL["stop"], {"kind": "resumed", "at": now, "size": size, "reason": reason})
    connection.commit()
