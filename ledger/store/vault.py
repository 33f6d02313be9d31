"""The vault in PostgreSQL: opening boxes, wrapping keys anew, forgetting, sweeping what was forgotten off the disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import structlog

from ledger import identity
from ledger.identity import Box, Keys
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ledger.people.traces import Traces
from ledger.states import registry
from ledger.states.parties import is_forgotten
from ledger.store import reading
from ledger.store.reading import Refusal
from ledger.store.writes import refusal_label

SQL = load(Path(__file__).parent / "sql" / "vault.sql")
REWRAP_BATCH = 500
_PAGE = 500
_json = msgspec.json.Decoder(dict[str, Any]).decode
_log = structlog.get_logger(__name__)


def hold(connection: psycopg.Connection) -> None:
    """Keep sweeps away to the end of the transaction. Has to be its first statement."""
    connection.execute(SQL["hold"])


def opened(connection: psycopg.Connection, keys: Keys, parties: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What identifies each party (`name`, `identity`), by key; one without a box is left out.

    Raises identity.UnknownKey or identity.BoxDamaged.
    """
    rows = connection.execute(SQL["boxes"], {"parties": list(parties)}).fetchall()
    return {party: _json(identity.unseal(keys, party, Box(*box))) for party, *box in rows}


def of_person(connection: psycopg.Connection, person: str) -> list[str]:
    """The keys of a person's parties over all platforms, erased ones included."""
    return [party for (party,) in connection.execute(SQL["of_person"], {"person": person})]


def refusals(
    connection: psycopg.Connection, keys: Keys, source: str | None, after: int = 0, limit: int = 100
) -> list[Refusal]:
    """As `reading.refusals`, with what is sealed opened; its body is None where the key is gone."""
    return [opened_refusal(keys, row) for row in reading.refusals(connection, source, after, limit)]


def refusals_newest(connection: psycopg.Connection, keys: Keys, asked: Mapping[str, Any]) -> list[Refusal]:
    """As `reading.refusals_newest`, opened."""
    return [opened_refusal(keys, row) for row in reading.refusals_newest(connection, asked)]


def opened_refusal(keys: Keys, row: Refusal) -> Refusal:
    """A refused item with its body opened where it is sealed; None for a body whose key is gone."""
    if not row.sealed:
        return row
    if row.key_id is None or row.wrapped_key is None or row.body is None:
        return row._replace(body=None)
    box = Box(row.key_id, row.wrapped_key, row.body)
    return row._replace(body=identity.unseal(keys, refusal_label(row.source), box))


# -- the master key


def await_writers(connection: psycopg.Connection) -> None:
    """Return when no append is under way that began before this call."""
    with connection.transaction():
        connection.execute(SQL["barrier"])


def rewrap(connection: psycopg.Connection, keys: Keys, progress: Callable[[int], None]) -> int:
    """Wrap every key that another master key wraps by the current one, batch by batch; how many there were.

    May be killed at any point and begun again. `progress` is told how many each batch had.
    """
    done = 0
    for table in ("vault", "refusals", "case_files", "complaints"):
        while count := _rewrap_batch(connection, keys, table):
            done += count
            progress(count)
    return done


def _rewrap_batch(connection: psycopg.Connection, keys: Keys, table: str) -> int:
    with connection.transaction(), connection.cursor() as cursor:
        asked = {"current": keys.current().id, "limit": REWRAP_BATCH}
        rows = cursor.execute(SQL[f"to_rewrap_{table}"], asked).fetchall()
        fresh = []
        for id, key_id, wrapped in rows:
            new_id, new_wrapped = identity.rewrap(keys, key_id, wrapped)
            fresh.append({"id": id, "key_id": new_id, "wrapped_key": new_wrapped})
        if fresh:
            cursor.executemany(SQL[f"rewrapped_{table}"], fresh)
    return len(rows)


def counts(connection: psycopg.Connection) -> tuple[int, int, int]:
    """(boxes of parties, keys of refused bodies, what waits to be swept)."""
    row = connection.execute(SQL["counts"]).fetchone()
    assert row is not None, "a SELECT without FROM has one row"
    return int(row[0]), int(row[1]), int(row[2])


# -- forgetting


def forget_traces(connection: psycopg.Connection, keys: Keys, traces: Traces) -> int:
    """Destroy the keys of all refused bodies in which a person can be recognised; how many there were."""
    after, found = 0, 0
    while rows := connection.execute(SQL["refusals_page"], {"after": after, "limit": _PAGE}).fetchall():
        after = rows[-1][0]
        told = [(row, traces.are_in(row.detail.encode(), row.source)) for row in (Refusal(*row) for row in rows)]
        met = [
            (row, quoted)
            for row, quoted in told
            if quoted or traces.are_in(opened_refusal(keys, row).body or b"", row.source)
        ]
        plain = [row.number for row, quoted in met if quoted or not row.sealed]
        with connection.transaction():
            connection.execute(SQL["forget_refusals"], {"numbers": [row.number for row, _ in met]})
            if plain:
                connection.execute(SQL["blank_refusals"], {"numbers": plain})
                connection.execute(SQL["sweep_refusals"])
        found += len(met)
    return found


def forget_sign_in(connection: psycopg.Connection, person: str, now: datetime) -> None:
    """Take away an investor's user name, password, sessions, what belongs to them, and what she wrote in complaints."""
    blocks = (
        "end_sessions", "forget_second_factors", "forget_recovery_codes", "forget_networks", "forget_tickets",
        "forget_complaints",
    )  # fmt: skip
    with connection.transaction():
        for block in blocks:
            connection.execute(SQL[block], {"person": person})
        connection.execute(SQL["forget_users"], {"person": person, "now": now})


def forget_again(connection: psycopg.Connection) -> list[str]:
    """Drop the boxes of parties that the log says are erased, as a restored backup may have them; their keys."""
    with connection.transaction():
        rows = connection.execute(SQL["erased_with_boxes"]).fetchall()
        gone = [party for party, text in rows if is_forgotten(registry.decode(party, text))]
        if gone:
            connection.execute(SQL["drop_boxes"], {"parties": gone, "now": clock.now()})
        connection.execute(SQL["forget_complaints_again"])
    return gone


def expire_refusals(connection: psycopg.Connection, before: datetime) -> int:
    """Destroy the keys of bodies that were refused before a moment; how many."""
    return connection.execute(SQL["expire_refusals"], {"before": before}).rowcount


def is_swept(connection: psycopg.Connection, subject: str | None = None) -> bool:
    """Whether nothing that was forgotten (of one party, or at all) is left in the tables' files."""
    row = connection.execute(SQL["unswept"], {"subject": subject}).fetchone()
    return row is not None and not row[0]


def sweep(connection: psycopg.Connection) -> bool:
    """Write the vault's tables anew, without what was deleted; False where somebody holds them, then later.

    `connection` is in autocommit. Registrations wait meanwhile: about a second for a million boxes.
    """
    try:
        with connection.transaction():
            connection.execute(SQL["sweep"])
            connection.execute(SQL["swept"], {"now": clock.now()})
    except psycopg.errors.LockNotAvailable:
        _log.warning("sweep_waits", reason="a backup or another reader holds the vault")
        return False
    try:
        connection.execute(SQL["checkpoint"])
    except psycopg.errors.InsufficientPrivilege:
        _log.info("checkpoint_left_to_the_server")  # the files go at its next one
    return True
