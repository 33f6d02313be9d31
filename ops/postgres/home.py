"""The server's folder: what lies where, the lock files, the socket's folder, and the note about the running server."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from ops.postgres.errors import USE_YOUR_OWN, PostgresError

# A socket's path may have 107 bytes on Linux and 103 on macOS, and `/.s.PGSQL.5432` is 14 of them.
SOCKET_FOLDER_BYTES_MAX = 88
LOCK_POLL_SECONDS = 0.05
SUPERUSER = "crowdledger"
DATABASE = "crowdledger"


@dataclass(frozen=True)
class Home:
    """Paths of one embedded server; everything but the fallback socket folder is under `folder`."""

    folder: Path

    @property
    def cluster(self) -> Path:
        """PGDATA."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server and its watchdog wrote."""
        return self.folder / "postgres.log"

    @property
    def note(self) -> Path:
        """Process numbers and address of the running server, written by its watchdog."""
        return self.folder / "running.json"

    @property
    def start_lock(self) -> Path:
        """Held exclusively while a process starts or adopts a server."""
        return self.folder / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Held shared by each process that uses the server; exclusively by the watchdog while it stops it."""
        return self.folder / "users.lock"

    @property
    def watchdog_lock(self) -> Path:
        """Held exclusively by the watchdog for as long as it lives."""
        return self.folder / "watchdog.lock"

    def make(self, *, reachable_by_others: bool = False) -> None:
        """Create the folder. A server that runs as another user has to be able to pass through it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise PostgresError(
                f"The data folder {self.folder} can't be created: {error.strerror}. "
                "Set CROWDLEDGER_DATA_DIR to a folder that this user may write."
            ) from error
        if reachable_by_others:
            for folder in (self.folder, self.folder.parent):
                folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o011)

    def socket_folder(self) -> Path:
        """The folder of the socket: under the home, or a short one elsewhere where that path is too long."""
        inside = self.folder / "run"
        if len(os.fsencode(inside)) <= SOCKET_FOLDER_BYTES_MAX:
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:16]
        name = f"crowdledger-{os.geteuid()}-{digest}"
        for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 -- owner and mode are checked
            if base and len(os.fsencode(base)) + len(name) + 1 <= SOCKET_FOLDER_BYTES_MAX and Path(base).is_dir():
                return Path(base) / name
        raise PostgresError(
            f"No folder with a path short enough for a unix socket: {inside} has {len(os.fsencode(inside))} bytes. "
            f"Set CROWDLEDGER_DATA_DIR to a shorter path. {USE_YOUR_OWN}"
        )

    def dsn(self, socket_folder: Path, database: str = DATABASE) -> str:
        """The address of a database of this server."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(socket_folder), safe='')}"

    def read_note(self) -> dict[str, Any] | None:
        """The note about the running server, or None. What it says may be stale: the locks decide."""
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return note if isinstance(note, dict) else None

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the log, for an error message."""
        try:
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def make_private(folder: Path, owners: set[int]) -> None:
    """Create a folder with mode 0700, and refuse one that another user prepared: whoever owns it reads our traffic."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise PostgresError(f"{folder} is not a folder of this user. Remove it, or set CROWDLEDGER_DATA_DIR elsewhere.")
    folder.chmod(0o700)


def try_lock(file: BinaryIO, *, exclusive: bool) -> bool:
    """Take a lock without waiting; False where somebody holds it. Asking anew converts a lock that is held."""
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def take_lock(path: Path, *, exclusive: bool, timeout_seconds: float, doing: str) -> BinaryIO:
    """Open a lock file and wait for its lock. The lock ends with the file, also by `kill -9`."""
    file = path.open("ab")
    deadline = time.monotonic() + timeout_seconds
    while not try_lock(file, exclusive=exclusive):
        if time.monotonic() > deadline:
            file.close()
            raise PostgresError(
                f"Waited {timeout_seconds:.0f} s for {path} while {doing}: another process holds it. "
                f"See which with: fuser {path}"
            )
        time.sleep(LOCK_POLL_SECONDS)
    return file


@contextmanager
def locked(path: Path, *, timeout_seconds: float, doing: str) -> Iterator[None]:
    """Hold a lock file exclusively for the length of a block."""
    with take_lock(path, exclusive=True, timeout_seconds=timeout_seconds, doing=doing):
        yield
