"""Start, adopt, use and leave the server. Several processes may use one: the last to leave stops it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from ops.postgres import binaries, cluster, connect, identity, orphans
from ops.postgres.errors import USE_YOUR_OWN, PostgresError
from ops.postgres.home import DATABASE, SUPERUSER, Home, locked, make_private, take_lock, try_lock
from ops.settings import Settings

START_TIMEOUT_SECONDS = 320
STOP_TIMEOUT_SECONDS = 90
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
        if self._lease is None:
            return
        last = try_lock(self._lease, exclusive=True)
        if self._pipe is not None:
            if last:
                # A watchdog that gave up or was killed has closed its end already.
                with suppress(BrokenPipeError):
                    os.write(self._pipe, b"stop")
            os.close(self._pipe)
        if self._watchdog is not None and last:
            self._watchdog.wait(STOP_TIMEOUT_SECONDS)
        # Only now: whoever waits for this lock may count on the server having stopped.
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
            _rotate(home.log)
            values = cluster.parameters({**settings.postgres_parameters, **(parameters or {})}, _socket(home, runs_as), fsync=fsync)
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
    with home.watchdog_lock.open("ab") as file:
        if try_lock(file, exclusive=True):
            return None
    note = home.read_note()
    if note is not None and connect.answers(note["dsn"]):
        return str(note["dsn"])
    # The watchdog is alive but its server does not answer: it is starting it again after a crash.
    raise PostgresError(
        f"A PostgreSQL runs in {home.folder} but does not answer. The end of {home.log}:\n{home.log_tail()}\n"
        "Try again in a moment; if it stays so, stop the process that started it"
        + (f" ({note['owner']})." if note else ".")
    )


def _socket(home: Home, runs_as: identity.Identity) -> Path:
    folder = home.socket_folder()
    make_private(folder)
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
    options = [word for name, value in values.items() for word in ("-c", f"{name}={value}")]
    parent_read, parent_write = os.pipe()
    report_read, report_write = os.pipe()
    config = {
        "command": [*runs_as.prefix, found.program("postgres"), "-D", str(home.cluster), *options],
        "identity": asdict(runs_as),
        "cluster": str(home.cluster),
        "note": str(home.note),
        "watchdog_lock": str(home.watchdog_lock),
        "users_lock": str(home.users_lock),
        "owner": os.getpid(),
        "dsn": home.dsn(socket_folder),
        "socket_folder": str(socket_folder),
        "parent_fd": parent_read,
        "report_fd": report_write,
    }
    with home.log.open("ab") as log:
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
    server = Server(config["dsn"], home=home, lease=lease, watchdog=watchdog, pipe=parent_write)
    with os.fdopen(report_read, encoding="utf-8") as report:
        word = report.readline()
    try:
        if not word.startswith("ready"):
            raise PostgresError(f"PostgreSQL did not start. The end of {home.log}:\n{home.log_tail()}\n{USE_YOUR_OWN}")
        connect.ensure_database(home.dsn(socket_folder, "postgres"), DATABASE)
    except BaseException:
        server.stop()
        raise
    return server


def _rotate(log: Path) -> None:
    """Keep one older log: an embedded server has nobody who rotates for it."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
