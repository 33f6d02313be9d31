"""Files of cases: sealed with a key each, wrapped anew when the master key rotates, bound to their case."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from ledger.identity import BoxDamaged, MasterKey, UnknownKey
from ledger.store import vault
from ops.case_files import casework

OLD, NEW = MasterKey("old", b"o" * 32), MasterKey("new", b"n" * 32)


class Ring:
    """Master keys, the last of which is the current one."""

    def __init__(self, *keys: MasterKey) -> None:
        self.keys = keys

    def current(self) -> MasterKey:
        return self.keys[-1]

    def find(self, id: str) -> bytes:
        for each in self.keys:
            if each.id == id:
                return each.key
        raise UnknownKey(id)


@pytest.fixture
def pool(database_url: str) -> Iterator[ConnectionPool[psycopg.Connection]]:
    with ConnectionPool(database_url, max_size=4, kwargs={"autocommit": True}) as pool:
        yield pool


def test_a_rotation_wraps_the_keys_of_files_too(pool: ConnectionPool[psycopg.Connection], database_url: str) -> None:
    casework(pool, Ring(OLD)).put_file("K-1", "E-1", b"statement")
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert vault.rewrap(connection, Ring(OLD, NEW), lambda _: None) == 1
        assert vault.rewrap(connection, Ring(OLD, NEW), lambda _: None) == 0
    assert casework(pool, Ring(NEW)).file("K-1", "E-1") == b"statement"
    with pytest.raises(UnknownKey):
        casework(pool, Ring(OLD)).file("K-1", "E-1")


def test_a_file_does_not_open_as_that_of_another_case(pool: ConnectionPool[psycopg.Connection]) -> None:
    files = casework(pool, Ring(OLD))
    files.put_file("K-1", "E-1", b"statement")
    assert files.file("K-2", "E-1") is None
    with pool.connection() as connection:
        connection.execute("UPDATE case_files SET case_id = 'K-2'")
    with pytest.raises(BoxDamaged):
        files.file("K-2", "E-1")
    files.drop_file("E-1")
    assert files.file("K-2", "E-1") is None


def test_many_who_ask_at_once_get_a_number_each(pool: ConnectionPool[psycopg.Connection]) -> None:
    files = casework(pool, Ring(OLD))
    with ThreadPoolExecutor(8) as threads:
        numbers = [*threads.map(lambda _: files.next_number(), range(40))]
    assert len({*numbers}) == 40
