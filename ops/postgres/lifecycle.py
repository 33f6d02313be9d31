"""Start, adopt, use and leave the server. Several processes may use one: the last to leave stops it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from ops.postgres import binaries, cluster, connect, identity, orphans
from ops.postgres.errors import USE_YOUR_OWN, PostgresError
from ops.postgres.home import DATABASE, Home, locked, make_private, take_lock, try_lock
from ops.settings import Settings

START_TIMEOUT_SECONDS = 320
STOP_TIMEOUT_SECONDS = 90
ADOPT_TIMEOUT_SECONDS = 120
ADOPT_POLL_SECONDS = 0.1
LOG_BYTES_MAX = 20_000_000


class Server:
    """A PostgreSQL in use by this process. `owner` is true where this process started it."""

    def __init__(
        self,
        dsn: str,
        *,
        home: Home | None = None,
        lease: BinaryIO | None = None,
        watchdog: subprocess.Popen[bytes] | None = None,
        pipe: int | None = None,
    ) -> None:
        self.dsn = dsn
        self.home = home
        self._lease = lease
        self._watchdog = watchdog
        self._pipe = pipe

    @property
    def owner(self) -> bool:
        """True where this process started the server."""
        return self._watchdog is not None

    @property
    def postmaster(self) -> int | None:
        """Process number of the embedded server now; None for one from CROWDLEDGER_DATABASE_URL."""
        note = self.home.read_note() if self.home else None
        return int(note["postmaster"]) if note else None

    def stop(self) -> None:
        """Leave the server. It stops now if nobody else uses it, else when the last user has left. Twice is once."""
        if self.home is None or self._lease is None:
            return
        last = try_lock(self._lease, exclusive=True)
        if self._pipe is not None:
            if last:
                # A watchdog that gave up or was killed has closed its end already.
                with suppress(BrokenPipeError):
                    os.write(self._pipe, b"stop")
            os.close(self._pipe)
        if self._watchdog is not None:
            if last:
                self._watchdog.wait(STOP_TIMEOUT_SECONDS)
                orphans.stop(self.home)
            else:
                # It lives on for the others; this keeps subprocess from complaining about a child left alone.
                self._watchdog.returncode = 0
        # Only now: whoever gets this lock may count on the server having stopped.
        self._lease.close()
        self._lease = self._pipe = None


def start(settings: Settings, *, fsync: bool = True, parameters: Mapping[str, str] | None = None) -> Server:
    """Return a server that takes connections: the settings' own, a running one adopted, or one started now."""
    if settings.database_url is not None:
        connect.check_external(settings.database_url)
        return Server(settings.database_url)
    found = binaries.find()
    runs_as = identity.choose(found.program("postgres"))
    home = Home(settings.data_dir / "postgres")
    home.make(reachable_by_others=runs_as.uid is not None)
    with locked(home.start_lock, timeout_seconds=START_TIMEOUT_SECONDS, doing="starting PostgreSQL"):
        lease = take_lock(
            home.users_lock, exclusive=False, timeout_seconds=STOP_TIMEOUT_SECONDS, doing="waiting for a stop to end"
        )
        try:
            running = _adopt(home)
            if running is not None:
                return Server(running, home=home, lease=lease)
            orphans.stop(home)
            cluster.ensure(home, found, runs_as, fsync=fsync)
            overrides = {**settings.postgres_parameters, **(parameters or {})}
            values = cluster.parameters(overrides, _socket_folder(home, runs_as), fsync=fsync)
            return _launch(home, found, runs_as, values, lease)
        except BaseException:
            lease.close()
            raise


@contextmanager
def database(settings: Settings, *, fsync: bool = True) -> Iterator[str]:
    """The DSN of a server that runs for the length of the block."""
    server = start(settings, fsync=fsync)
    try:
        yield server.dsn
    finally:
        server.stop()


def _adopt(home: Home) -> str | None:
    """The DSN of the server that a living watchdog keeps, or None where there is none."""
    deadline = time.monotonic() + ADOPT_TIMEOUT_SECONDS
    while _watched(home):
        note = home.read_note()
        if note is not None and connect.answers(note["dsn"]):
            return str(note["dsn"])
        # After a crash the watchdog starts the server again, and recovery takes its time.
        if time.monotonic() > deadline:
            raise PostgresError(
                f"A PostgreSQL runs in {home.folder} but has not answered for {ADOPT_TIMEOUT_SECONDS} s. Stop the "
                f"process that started it ({note and note['owner']}). The end of {home.log}:\n{home.log_tail()}"
            )
        time.sleep(ADOPT_POLL_SECONDS)
    return None


def _watched(home: Home) -> bool:
    with home.watchdog_lock.open("ab") as file:
        return not try_lock(file, exclusive=True)


def _socket_folder(home: Home, runs_as: identity.Identity) -> Path:
    folder = home.socket_folder()
    make_private(folder, owners={os.geteuid(), os.geteuid() if runs_as.uid is None else runs_as.uid})
    runs_as.hand_over(folder)
    return folder


def _launch(
    home: Home,
    found: binaries.Binaries,
    runs_as: identity.Identity,
    values: Mapping[str, str],
    lease: BinaryIO,
) -> Server:
    """Start the watchdog, which starts the server; wait for its word; make our database."""
    socket_folder = Path(values["unix_socket_directories"])
    dsn = home.dsn(socket_folder)
    options = [word for name, value in values.items() for word in ("-c", f"{name}={value}")]
    parent_read, parent_write = os.pipe()
    report_read, report_write = os.pipe()
    config = {
        "command": [*runs_as.prefix, found.program("postgres"), "-D", str(home.cluster), *options],
        "identity": asdict(runs_as),
        "pid_file": str(home.cluster / "postmaster.pid"),
        "note": str(home.note),
        "watchdog_lock": str(home.watchdog_lock),
        "users_lock": str(home.users_lock),
        "socket_folder": str(socket_folder),
        "owner": os.getpid(),
        "dsn": dsn,
        "parent_fd": parent_read,
        "report_fd": report_write,
    }
    with _open_log(home.log) as log:
        watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog.py")), json.dumps(config)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(parent_read, report_write),
            start_new_session=True,
            cwd="/",
        )
    os.close(parent_read)
    os.close(report_write)
    server = Server(dsn, home=home, lease=lease, watchdog=watchdog, pipe=parent_write)
    try:
        _wait_for_word(report_read, home)
        connect.ensure_database(home.dsn(socket_folder, "postgres"), DATABASE)
    except BaseException:
        server.stop()
        raise
    return server


def _wait_for_word(report: int, home: Home) -> None:
    """The watchdog's one line says whether the server is ready; a watchdog that dies says nothing."""
    with os.fdopen(report, encoding="utf-8") as lines:
        word = lines.readline()
    if not word.startswith("ready"):
        raise PostgresError(f"PostgreSQL did not start. The end of {home.log}:\n{home.log_tail()}\n{USE_YOUR_OWN}")


def _open_log(log: Path) -> BinaryIO:
    """For appending, readable by its owner only. One older log is kept: nobody else rotates for an embedded server."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
    log.touch(mode=0o600)
    return log.open("ab")
