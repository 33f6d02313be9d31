"""Two processes on one database, and an officer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import argon2
import pytest
from psycopg_pool import ConnectionPool

from api import access
from tests.api.door.parts import (
    START,
    Process,
    new_user,
)


@pytest.fixture(scope="module", autouse=True)
def _weak() -> Iterator[None]:
    """Hashes that cost next to nothing: what is counted is counted before them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "_PASSWORDS", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="module")
def pools(module_database: str) -> Iterator[list[ConnectionPool[Any]]]:
    found = [ConnectionPool(module_database, min_size=1, max_size=8, open=True) for _ in range(2)]
    yield found
    for each in found:
        each.close()


@pytest.fixture
def clock() -> list[datetime]:
    return [START]


@pytest.fixture
def two(pools: list[ConnectionPool[Any]], clock: list[datetime]) -> tuple[Process, Process]:
    return Process(pools[0], clock), Process(pools[1], clock)


@pytest.fixture
def lin(module_database: str) -> str:
    """A fresh officer."""
    return new_user(module_database)
