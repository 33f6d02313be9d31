"""One `crowdledger serve` per data folder: the second one is told who the first is and where."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunningError(Exception):
    """Another process of ours has this part in this data folder."""

    def __init__(self, part: str, folder: Path, pid: int | None, address: str | None) -> None:
        who = f"process {pid}" if pid else "another process"
        where = f" at {address}" if address else ""
        super().__init__(
            f"crowdledger {part} is already running on the data folder {folder}: {who}{where}. "
            "Use that one, stop it first, or start another ledger with CROWDLEDGER_DATA_DIR and CROWDLEDGER_PORT."
        )
        self.pid = pid
        self.address = address


@contextmanager
def sole(data_dir: Path, part: str = "serve", address: str | None = None) -> Iterator[None]:
    """Be the only `part` in this data folder for the length of the block. Raises AlreadyRunningError otherwise.

    The lock is the operating system's: it ends with the process, also by `kill -9`, and needs no cleaning up.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data_dir / f"{part}.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(part, data_dir, *_read(path)) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "address": address}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def running(data_dir: Path, part: str = "serve") -> tuple[int, str | None] | None:
    """Process number and address of the part that runs on this data folder, or None."""
    path = data_dir / f"{part}.lock"
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid, address = _read(path)
        return None if pid is None else (pid, address)
    except FileNotFoundError:
        return None
    return None


def _read(path: Path) -> tuple[int | None, str | None]:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        return int(note["pid"]), note["address"]
    except (OSError, ValueError, KeyError):
        # The other has the lock but has not written yet.
        return None, None
