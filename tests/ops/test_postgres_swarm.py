"""Processes that come, write, leave and are killed at random share one server, and lose nothing that was committed."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable

import pytest

from ops.postgres import database
from ops.settings import Settings
from tests.ops.servers import home, insert, is_down, kept, say, wait_until

SWARM_SECONDS = 20
SWARM_SIZE = 4

VISITOR = """
import psycopg
server = start(settings)
with psycopg.connect(server.dsn, autocommit=True) as connection:
    connection.execute("INSERT INTO kept VALUES ({number})")
print("{number}", flush=True)
time.sleep({stay})
server.stop()
"""


@pytest.mark.slow
def test_a_swarm_of_users_shares_one_server(
    initialised: Settings, child: Callable[[str], subprocess.Popen[str]], seed: int
) -> None:
    choose = random.Random(seed)
    with database(initialised) as dsn:
        insert(dsn, 0)
    acknowledged, number = {0}, 0
    deadline = time.monotonic() + SWARM_SECONDS
    while time.monotonic() < deadline:
        visitors = {}
        for _ in range(SWARM_SIZE):
            number += 1
            visitors[number] = child(VISITOR.format(number=number, stay=choose.choice((0, 0, 0.1, 0.3))))
        for expected, visitor in visitors.items():
            if choose.random() < 0.3:
                time.sleep(choose.random() * 0.5)
                visitor.kill()
            if say(visitor) == str(expected):
                acknowledged.add(expected)
        for expected, visitor in visitors.items():
            assert visitor.wait(60) in {0, -9}, (
                f"visitor {expected} failed, seed {seed}: {home(initialised).log_tail()}"
            )
    wait_until(lambda: is_down(initialised))
    with database(initialised) as dsn:
        assert acknowledged <= set(kept(dsn)), f"seed {seed}"
    assert len(acknowledged) > SWARM_SIZE
