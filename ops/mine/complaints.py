"""Complaints of investors in PostgreSQL: whose each is, and its text, each sealed under a key of its own."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
import psycopg
from psycopg_pool import ConnectionPool

from api.facts import AsOf, Read
from api.mine import Complaints, Kept, NewComplaint, SealedText
from ledger import identity
from ledger.identity import Box, Keys
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ledger.store import reading, vault
from ops.eligibility.reserved import alone
from ops.keyring import keyring
from ops.questions import standing
from ops.settings import Settings
from projections import filings

SQL = load(Path(__file__).parents[1] / "sql" / "complaints.sql")
Pool = ConnectionPool[psycopg.Connection]


class _Plain(msgspec.Struct):
    salt: str
    text: str


_plain = msgspec.json.Decoder(_Plain).decode


def desk(settings: Settings, readers: Pool, writers: Pool) -> Complaints:
    """Complaints over a pool that only reads, and one whose statements commit by themselves."""
    keys = keyring(settings)
    return Complaints(
        keep=partial(_keep, writers, keys),
        drop=partial(_drop, writers),
        of=partial(_of, readers, keys),
        party=partial(_party, readers),
        text=partial(_text, readers, keys),
        listed=partial(_listed, readers),
    )


def _keep(pool: Pool, keys: Keys, new: NewComplaint, most: int, since: datetime) -> datetime | None:
    plain = msgspec.json.encode(_Plain(new.salt, new.text))
    box = identity.seal(keys, _label(new.complaint), plain)
    row = {**new._asdict(), **box._asdict(), "now": clock.now()}
    asked = {"person": new.person, "since": since, "limit": most}
    # One at a time for each person: two at once would both find the last place free.
    with pool.connection() as connection, alone(connection, [f"complaints:{new.person}"]):
        found = connection.execute(SQL["recent"], asked).fetchone()
        assert found is not None, "an aggregate has one row"
        if found[0] >= most:
            oldest: datetime = found[1]
            return oldest
        connection.execute(SQL["forget_unsent"], asked)
        connection.execute(SQL["keep"], row)
    return None


def _drop(pool: Pool, complaint: str) -> None:
    with pool.connection() as connection:
        connection.execute(SQL["drop"], {"complaint": complaint})


def _of(pool: Pool, keys: Keys, person: str, before: tuple[datetime, str] | None, limit: int) -> Read[list[Kept]]:
    at, complaint = before or (None, None)
    with pool.connection() as connection:
        vault.hold(connection)
        as_of = AsOf(reading.head(connection).position, 0.0)
        asked = {"person": person, "at": at, "complaint": complaint, "limit": limit}
        rows = connection.execute(SQL["of_person"], asked).fetchall()
        return Read([_kept(keys, *row) for row in rows], as_of)


def _kept(
    keys: Keys, complaint: str, subject: str, about: str, category: str, filed_at: datetime, position: int, *box: object
) -> Kept:
    plain = _plain(identity.unseal(keys, _label(complaint), Box(*box)))  # type: ignore[arg-type]
    return Kept(complaint, subject, about, category, filed_at, position, plain.salt, plain.text)


def _party(pool: Pool, complaint: str) -> str | None:
    row = _one(pool, complaint)
    return None if row is None else row[0]


def _text(pool: Pool, keys: Keys, complaint: str) -> SealedText | None:
    row = _one(pool, complaint)
    if row is None:
        return None
    party, key_id, wrapped_key, sealed = row
    plain = identity.unseal(keys, _label(complaint), Box(key_id, wrapped_key, sealed))
    return SealedText(party, _plain(plain).text)


def _one(pool: Pool, complaint: str) -> tuple[str, str, bytes, bytes] | None:
    with pool.connection() as connection:
        vault.hold(connection)
        return connection.execute(SQL["one"], {"complaint": complaint}).fetchone()


def _listed(pool: Pool, wanted: filings.Wanted, before: int, limit: int) -> Read[list[filings.Filed]]:
    with pool.connection() as connection, standing(connection, "filings") as as_of:
        return Read(filings.complaints_page(connection, wanted, before, limit), as_of)


def _label(complaint: str) -> str:
    return f"complaint:{complaint}"
