"""The recorder: the library's own test case, and the proof that no tailing reader ever misses an event."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.tests import DCBRecorderTestCase

from ledger.store.appender import Appender
from ledger.store.recorder import PostgresRecorder

ROOT = Path(__file__).resolve().parents[3]
WRITERS, PROCESSES, EVENTS = 4, 2, 20_000
SEED = 20261122


@pytest.fixture
def recorder(database_url: str) -> Iterator[PostgresRecorder]:
    with Appender(database_url, bytes(32)) as appender:
        yield PostgresRecorder(database_url, appender)


@pytest.mark.parametrize("check", [name for name in dir(DCBRecorderTestCase) if name.startswith("_test_")])
def test_library_test_case_passes(recorder: PostgresRecorder, check: str) -> None:
    case = DCBRecorderTestCase()
    getattr(case, check)(recorder)
    assert recorder.read().head is not None


def tail(recorder: PostgresRecorder, seen: list[tuple[int, str]], failures: list[BaseException]) -> None:
    """Collect until every event came by."""
    try:
        with recorder.subscribe() as subscription:
            for event in subscription:
                seen.append((event.position, event.event.data.decode()))
                if len(seen) >= EVENTS:
                    return
    except BaseException as error:
        failures.append(error)
        raise


def test_tailing_readers_see_every_event_once(database_url: str, recorder: PostgresRecorder) -> None:
    """8 writers in 2 processes, 2 readers from the start: none skipped, none twice, positions 1..N."""
    sys.stderr.write(f"seed {SEED}\n")
    seen: list[list[tuple[int, str]]] = [[], []]
    failures: list[BaseException] = []
    readers = [threading.Thread(target=tail, args=(recorder, each, failures), daemon=True) for each in seen]
    for reader in readers:
        reader.start()
    each = EVENTS // (WRITERS * PROCESSES)
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.ledger.store.swarm",
                database_url,
                str(SEED),
                f"p{n}",
                str(WRITERS),
                str(each),
            ],
            cwd=ROOT,
        )
        for n in range(PROCESSES)
    ]
    assert [process.wait(timeout=240) for process in processes] == [0] * PROCESSES
    for reader in readers:
        reader.join(timeout=60)
    assert not failures
    wanted = {f"p{p}-{w}/{n}" for p in range(PROCESSES) for w in range(WRITERS) for n in range(each)}
    for events in seen:
        assert [position for position, _ in events] == list(range(1, EVENTS + 1))
        assert {name for _, name in events} == wanted
    assert seen[0] == seen[1]


@pytest.mark.parametrize("statement", ["UPDATE events SET type = 'x'", "DELETE FROM events", "TRUNCATE events"])
def test_the_log_is_append_only(database_url: str, recorder: PostgresRecorder, statement: str) -> None:

    recorder.append([DCBEvent("counted", b"1", ["a"])])
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)
    assert len(list(recorder.read())) == 1
