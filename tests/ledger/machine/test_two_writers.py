"""Two processes tell the same stories at once; one log comes of it, which one process alone folds to the same."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from ledger.accounts import Posting
from ledger.candidate import Candidate
from ledger.recorded import Recorded
from ledger.states import registry
from ledger.store import reading
from ops.fsck.run import CHECKS, fsck
from tests.ledger.given import World
from tests.ledger.machine.invariants import check

STORIES = 25


@pytest.mark.slow
def test_two_writers_make_one_ledger(database_url: str, seed: int) -> None:
    command = [sys.executable, "-m", "tests.ledger.machine.teller_process", database_url, str(seed), str(STORIES)]
    processes = [subprocess.Popen([*command, str(number)]) for number in range(2)]
    assert [process.wait(timeout=240) for process in processes] == [0, 0]
    report = fsck(database_url, frozenset(CHECKS) - {"views"}, _silent)
    assert report.ok, report.differences
    with psycopg.connect(database_url) as connection:
        world, positions = _fold(connection)
        states = dict(connection.execute("SELECT key, state FROM boundary_states").fetchall())
    assert positions == list(range(1, len(positions) + 1))
    assert len(positions) > 20 * STORIES
    assert states == world.texts
    check({key: registry.decode(key, text) for key, text in states.items()}, world.balances)


def _silent(*progress: object) -> None:
    """Nobody watches."""


def _fold(connection: psycopg.Connection) -> tuple[World, list[int]]:
    """Each event decided again, alone and in the order of the log: what was recorded is what it gives."""
    world = World()
    positions = []
    for row in reading.read_batch(connection, 0, 1_000_000):
        positions.append(row.position)
        outcome = world.record(_candidate(connection, row), row.day)
        recorded = tuple(Posting(*line) for line in row.postings)
        assert outcome.postings == recorded, (row.position, row.type)
    return world, positions


def _candidate(connection: psycopg.Connection, row: Recorded) -> Candidate:
    found = connection.execute(
        "SELECT source, id, type, happened_at, body, content_hash FROM events WHERE position = %s", [row.position]
    ).fetchone()
    assert found is not None
    return reading.candidate(*found)
