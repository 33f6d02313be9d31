"""Whatever is killed, what was committed is there after the next start, and nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable

from ops.postgres import Server, connect, database, orphans, start
from ops.settings import Settings
from tests.ops.servers import home, insert, is_down, kept, say, wait_until


def test_kill_9_of_the_parent_stops_the_server(
    initialised: Settings, child: Callable[[str], subprocess.Popen[str]]
) -> None:
    process = child("server = start(settings)\nprint(server.postmaster, flush=True)\ntime.sleep(600)")
    postmaster = int(say(process))
    assert orphans.is_server(postmaster, home(initialised))
    process.kill()
    wait_until(lambda: not orphans.is_server(postmaster, home(initialised)))
    wait_until(lambda: is_down(initialised))


def test_a_start_right_after_the_owner_was_killed_waits_and_gets_its_own(
    initialised: Settings, child: Callable[[str], subprocess.Popen[str]]
) -> None:
    process = child("server = start(settings)\nprint(server.postmaster, flush=True)\ntime.sleep(600)")
    say(process)
    process.kill()
    with database(initialised) as dsn:
        insert(dsn, 1)
        time.sleep(0.3)
        assert kept(dsn) == [1]


def test_a_killed_server_comes_back_with_all_that_was_committed(durable_postgres: Callable[[], Server]) -> None:
    server = durable_postgres()
    insert(server.dsn, 1)
    first = server.postmaster
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: server.postmaster not in {None, first} and connect.answers(server.dsn))
    assert kept(server.dsn) == [1]


def test_kill_9_of_everything_is_recovered_by_the_next_start(
    initialised: Settings, child: Callable[[str], subprocess.Popen[str]]
) -> None:
    body = "server = start(settings)\nprint(server.dsn, flush=True)\ntime.sleep(600)"
    process = child(body)
    dsn = say(process)
    insert(dsn, 1)
    note = home(initialised).read_note()
    assert note is not None
    for pid in (process.pid, note["watchdog"], note["postmaster"]):
        os.kill(pid, signal.SIGKILL)
    with database(initialised) as dsn:
        assert kept(dsn) == [1]


def test_a_server_without_a_watchdog_is_taken_over(initialised: Settings) -> None:
    server = start(initialised)
    insert(server.dsn, 1)
    note = home(initialised).read_note()
    assert note is not None
    os.kill(note["watchdog"], signal.SIGKILL)
    wait_until(lambda: server._watchdog is not None and server._watchdog.poll() is not None)
    assert connect.answers(server.dsn)
    second = start(initialised)
    assert second.owner
    assert kept(second.dsn) == [1]
    second.stop()
    server.stop()
    assert not connect.answers(server.dsn)


def test_a_pid_file_that_names_somebody_else_does_not_stop_the_start(initialised: Settings) -> None:
    with database(initialised):
        pid_file = home(initialised).cluster / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    # After a reboot the number may belong to anybody, for example to this test.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with database(initialised) as dsn:
        assert connect.answers(dsn)


def test_a_half_made_cluster_is_made_anew(settings: Settings) -> None:
    half = home(settings).folder / ".initdb-half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with database(settings) as dsn:
        assert connect.answers(dsn)
    assert not half.exists()
