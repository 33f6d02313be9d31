"""Signs tree heads in the background, beside the append and never under its lock."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import psycopg
import structlog

from ledger import checkpoint, merkle
from ledger.kernel import clock
from ledger.store.reading import SQL

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_log = structlog.get_logger(__name__)
_PAGE = 10_000
_HASH_BYTES = 32


class Sealed(NamedTuple):
    """The newest signed head."""

    size: int
    root: bytes
    note: str


def latest(connection: psycopg.Connection) -> Sealed | None:
    """The newest checkpoint, None before the first."""
    row = connection.execute(SQL["checkpoint"]).fetchone()
    return Sealed(row[0], row[1], row[3]) if row else None


def seal(connection: psycopg.Connection, origin: str, key: Ed25519PrivateKey) -> Sealed | None:
    """Extend the tree over what was recorded since, sign its head and keep it. The newest checkpoint afterwards."""
    row = connection.execute(SQL["checkpoint"]).fetchone()
    size, frontier = (row[0], _split(row[2])) if row else (0, [])
    start = size
    while leaves := connection.execute(SQL["leaves"], {"after": size, "limit": _PAGE}).fetchall():
        frontier, size = merkle.extend(frontier, size, (leaf for (leaf,) in leaves))
    if size == start and row is not None:
        connection.commit()
        return Sealed(row[0], row[1], row[3])
    head = checkpoint.Head(origin, size, merkle.root(frontier))
    note = checkpoint.sign(head, key)
    connection.execute(
        SQL["add_checkpoint"],
        {"size": size, "root": head.root, "frontier": b"".join(frontier), "note": note, "sealed_at": clock.now()},
    )
    connection.commit()
    return Sealed(size, head.root, note)


class Sealer:
    """A thread that seals about once a second while there is something new."""

    def __init__(self, dsn: str, origin: str, key: Ed25519PrivateKey, *, every_seconds: float = 0.5) -> None:
        self._dsn, self._origin, self._key, self._every = dsn, origin, key, every_seconds
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
                    while not self._stop.wait(self._every):
                        seal(connection, self._origin, self._key)
            except psycopg.OperationalError as error:
                _log.warning("sealing_waits", reason=str(error).strip())
                self._stop.wait(1.0)


def _split(frontier: bytes) -> list[bytes]:
    return [frontier[start : start + _HASH_BYTES] for start in range(0, len(frontier), _HASH_BYTES)]
