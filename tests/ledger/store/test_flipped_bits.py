"""Any single bit of anything stored as evidence, flipped behind the ledger's back, is found and its place is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from psycopg import sql

from ledger import notes, signing
from ledger.kernel import clock
from ledger.store import sealer, tree
from ledger.store.verifying import differences
from tests.ledger.store.grown import SIGNERS, leafed

KEYS = [each.key for each in SIGNERS]
WITNESS = signing.of_witness("witness.example/w1", b"w" * 32, b"v" * 32)
EVENTS, HEADS = 600, (3, 300, 560)
# As the column's bytes on disk would be: text as UTF-8, numbers and times as eight bytes. Not here: `tags`, which
# follow from deciding the event again.
COLUMNS = {
    "events": (
        "position", "source", "id", "type", "happened_at", "recorded_at", "body", "postings", "content_hash", "leaf",
    ),
    "tiles": ("level", "n", "hashes", "root"),
    "checkpoints": ("size", "root", "frontier", "note", "sealed_at"),
    "cosignatures": ("size", "verifier_key", "line"),
}  # fmt: skip
KEY = {"events": "position", "tiles": "n", "checkpoints": "size", "cosignatures": "size"}
FLIP = {
    "bytea": "set_bit({0}, %(bit)s, 1 - get_bit({0}, %(bit)s))",
    "text": "convert_from("
    "set_bit(convert_to({0}, 'UTF8'), %(bit)s, 1 - get_bit(convert_to({0}, 'UTF8'), %(bit)s)), 'UTF8')",
    "bigint": "({0}::bigint # (1::bigint << %(bit)s))",
    "smallint": "({0}::int # (1 << %(bit)s))::smallint",
    "timestamp with time zone": "{0} + interval '1 microsecond' * ((1::bigint << %(bit)s) * "
    "CASE WHEN (extract(epoch FROM {0}) * 1000000)::bigint >> %(bit)s & 1 = 1 THEN -1 ELSE 1 END)",
}  # fmt: skip
BITS = {"bigint": 63, "smallint": 15, "timestamp with time zone": 51}


@pytest.fixture(scope="module")
def evidence(module_database: str) -> Iterator[psycopg.Connection]:
    """A log with a full tile, three heads, a witness, and entries behind the last head; triggers off."""
    with psycopg.connect(module_database) as made:
        at = 0
        for size in HEADS:
            leafed(made, size - at, at)
            at = size
            sealed = sealer.seal(made, SIGNERS)
            assert sealed is not None
            for each in WITNESS:
                line = each.sign(notes.parse(sealed.note).text, 1_772_417_700).line
                tree.keep_cosignature(made, size, each.key, line)
        leafed(made, EVENTS - at, at)
        for each in SIGNERS:
            tree.keep_key(made, each.key, clock.now())
        for table in COLUMNS:
            made.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        made.commit()
        assert list(differences(made, KEYS)) == []
        yield made


def one(connection: psycopg.Connection, statement: Any, values: tuple[Any, ...]) -> Any:
    row = connection.execute(statement, values).fetchone()
    assert row is not None
    return row[0]


def flip(connection: psycopg.Connection, data: st.DataObject) -> tuple[str, str, int]:
    """Flip a bit somewhere; (table, column, position from which on it matters). Another is drawn where there is none,
    or where the database can't hold it: text that is no UTF-8, a key that is taken, a number out of range.
    """
    table = data.draw(st.sampled_from(sorted(COLUMNS)))
    column = data.draw(st.sampled_from(COLUMNS[table]))
    key = KEY[table]
    rows = connection.execute(
        sql.SQL("SELECT ctid, {} FROM {} ORDER BY 2, 1").format(sql.Identifier(key), sql.Identifier(table))
    ).fetchall()
    place, number = data.draw(st.sampled_from(rows))
    name = sql.Identifier(column)
    kind = one(
        connection,
        "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
        (table, column),
    )
    length = BITS.get(kind)
    if length is None:
        measured = sql.SQL("SELECT octet_length({}) * 8 FROM {} WHERE ctid = %s").format(name, sql.Identifier(table))
        length = one(connection, measured, (place,))
    assume(length)
    bit = data.draw(st.integers(0, length - 1))
    update = "UPDATE {1} SET {0} = " + FLIP[kind] + " WHERE ctid = %(place)s"
    change = sql.SQL(update).format(name, sql.Identifier(table))
    try:
        connection.execute(change, {"bit": bit, "place": place})
    except (psycopg.DataError, psycopg.IntegrityError):
        reject()
    return table, column, 257 if (table, number) == ("tiles", 1) else 1 if table == "tiles" else number


def found(connection: psycopg.Connection, data: st.DataObject) -> None:
    try:
        changed = table, column, number = flip(connection, data)
        seen = list(differences(connection, KEYS))
        assert seen, changed
        first = min(each.position for each in seen)
        if table == "events":
            # A position that was moved to an earlier, free place doesn't exist: positions are gapless.
            assert first == number, (changed, seen[:3])
        elif table == "tiles":
            assert number <= first < number + 256 or first > HEADS[-1], (changed, seen[:3])
        elif column == "size":
            pass  # a head of another size: it is wrong there, and what was said of the first has lost its head
        elif table == "checkpoints":
            before = max((size for size in HEADS if size < number), default=0)
            assert first == before + 1 or seen[0].what == "cosignature", (changed, seen[:3])
        else:
            assert {each.what for each in seen} == {"cosignature"}, (changed, seen[:3])
    finally:
        connection.rollback()


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_flipped_bit_is_found(evidence: psycopg.Connection, data: st.DataObject) -> None:
    found(evidence, data)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_thousand_flipped_bits_are_found(evidence: psycopg.Connection, data: st.DataObject) -> None:
    found(evidence, data)
