"""A server process at the door, and who comes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pyotp
import pytest
from psycopg_pool import ConnectionPool

from api.access import AccessSecrets, Role
from api.account import Accounts
from api.entrance import Entrance, HalfWay, Hashing, Passed
from api.gate import Gate
from api.problems import Problem
from ledger.identity import OneKey
from ops import access_store
from ops.access_store import PostgresAccessStore
from ops.door_guests import PostgresDoorStore

PASSWORD = "a good long password"
HOME, STRANGER = "203.0.113.7", "198.51.100.9"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
SECRETS = AccessSecrets(b"k" * 32, b"s" * 32, b"c" * 32, b"d" * 32)


@dataclass
class Process:
    """One server process: an own pool, an own gate; the clock is shared."""

    pool: ConnectionPool[Any]
    clock: list[datetime]
    require: frozenset[Role] = frozenset()
    hashing: Hashing = field(default_factory=Hashing)

    def __post_init__(self) -> None:
        store = PostgresDoorStore(self.pool, OneKey(b"2" * 32))
        self.gate = Gate(PostgresAccessStore(self.pool), SECRETS, self.now, self.monotonic, require_totp=self.require)
        self.entrance = Entrance(store, SECRETS, self.now, self.hashing)
        self.accounts = Accounts(store, self.entrance, self.gate, self.now)

    def now(self) -> datetime:
        return self.clock[0]

    def monotonic(self) -> float:
        return self.clock[0].timestamp()

    def sign_in(
        self, name: str, password: str = PASSWORD, host: str = HOME, visit: str = "v"
    ) -> Passed | HalfWay | None:
        return asyncio.run(self.entrance.password(name, password, self.entrance.where(host, "Firefox, Linux", visit)))

    def passed(self, name: str, host: str = HOME) -> Passed:
        found = self.sign_in(name, host=host)
        assert isinstance(found, Passed)
        return found

    def code(self, half: HalfWay, code: str, visit: str = "v", host: str = HOME) -> Passed | None:
        return asyncio.run(self.entrance.code(half.token, code, self.entrance.where(host, "", visit)))

    def who(self, token: str, *, quiet: bool = False) -> str | None:
        found = asyncio.run(self.gate.session(token, quiet=quiet))
        return found.name if found else None


def new_user(dsn: str, role: Role = "regulator", count: Iterator[int] = iter(range(10_000))) -> str:  # noqa: B008
    name = f"lin{next(count)}"
    source = "registry" if role == "regulator" else None
    with psycopg.connect(dsn) as connection:
        access_store.create_user(connection, role=role, name=name, password=PASSWORD, source=source, person=None)
    return name


def must_wait(act: Callable[[], object]) -> int:
    with pytest.raises(Problem, match="too_many_requests") as raised:
        act()
    return int(raised.value.headers["Retry-After"])


def enrol(process: Process, name: str) -> str:
    """Switch it on, in a session of its own that has ended since; the secret."""
    mine = process.passed(name)
    secret = asyncio.run(process.accounts.begin(mine.principal))
    code = pyotp.TOTP(secret).at(process.now())
    fresh = asyncio.run(process.accounts.confirm(mine.principal, code, mine.token)).token
    asyncio.run(process.gate.sign_out(fresh))
    process.clock[0] += timedelta(seconds=30)
    return secret


def forget_failures(process: Process, name: str) -> None:
    """Wrong codes so far are forgotten."""
    with process.pool.connection() as connection:
        connection.execute("DELETE FROM sign_in_failures")
