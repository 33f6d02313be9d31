"""What the tests of the embedded PostgreSQL ask of it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import psycopg

from ops.postgres.home import Home
from ops.settings import Settings

WAIT_SECONDS = 30


def say(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def wait_until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not what():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def home(settings: Settings) -> Home:
    return Home(settings.data_dir / "postgres")


def is_down(settings: Settings) -> bool:
    """Neither server nor watchdog: the lock of the users can be had alone and the note is gone."""
    return home(settings).read_note() is None and not (home(settings).cluster / "postmaster.pid").exists()


def insert(dsn: str, number: int) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (%s)", (number,))


def kept(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM kept ORDER BY n")]
