"""A server that outlived its watchdog, and the pid file of one that did not outlive a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress

from ops.postgres.errors import PostgresError
from ops.postgres.home import Home

STOP_SECONDS = 60
POLL_SECONDS = 0.05


def stop(home: Home) -> None:
    """Stop a server without a watchdog; remove a pid file that names a process which is no server of this cluster.

    Called under the start lock with no watchdog alive, so that nobody else starts or stops this cluster meanwhile.
    """
    pid_file = home.cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return
    if not is_server(pid, home):
        # The number may belong to somebody else by now, and then PostgreSQL would refuse to start.
        pid_file.unlink(missing_ok=True)
        return
    deadline = time.monotonic() + STOP_SECONDS
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    while is_server(pid, home):
        if time.monotonic() > deadline:
            raise PostgresError(f"A PostgreSQL (process {pid}) uses {home.cluster} and does not stop. Stop it by hand.")
        time.sleep(POLL_SECONDS)


def is_server(pid: int, home: Home) -> bool:
    """Whether this process is alive and is the server of this cluster."""
    answer = subprocess.run(
        ["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False, errors="replace"
    )
    state, _, command = answer.stdout.strip().partition(" ")
    return not state.startswith("Z") and str(home.cluster) in command and "postgres" in command
