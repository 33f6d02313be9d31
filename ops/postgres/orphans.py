"""A server that outlived its watchdog, and the pid file of one that did not outlive a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from ops.postgres.errors import PostgresError
from ops.postgres.home import Home

STOP_SECONDS = 60
POLL_SECONDS = 0.05


def stop(home: Home) -> None:
    """Stop a server without a watchdog, and remove the lock files of one that is gone.

    Called where nobody else starts or stops this cluster meanwhile: under the start lock, or by its last user.
    """
    pid = _pid(home.cluster / "postmaster.pid")
    deadline = time.monotonic() + STOP_SECONDS
    if pid is not None and is_server(pid, home):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        while is_server(pid, home):
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"A PostgreSQL (process {pid}) uses {home.cluster} and does not stop. End it by hand."
                )
            time.sleep(POLL_SECONDS)
    # PostgreSQL keeps off as long as a process of that number exists. By now it may be somebody else, or a dead one
    # that nobody buries, as in a container without an init.
    (home.cluster / "postmaster.pid").unlink(missing_ok=True)
    for left_over in home.socket_folder().glob(".s.PGSQL.*"):
        left_over.unlink(missing_ok=True)


def _pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def is_server(pid: int, home: Home) -> bool:
    """Whether this process is alive and is the server of this cluster."""
    command = _command_line(pid)
    return "postgres" in command and str(home.cluster) in command


def _command_line(pid: int) -> str:
    """What a living process was started with; empty for none and for one that only waits to be buried."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    answer = subprocess.run(
        ["/bin/ps", "-ww", "-o", "stat=,command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
    )
    return "" if answer.stdout.startswith("Z") else answer.stdout
