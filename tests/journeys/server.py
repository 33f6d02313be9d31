"""`crowdledger serve` as a process of its own, with an embedded PostgreSQL in a folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import httpx

from ops.postgres.home import Home

T = TypeVar("T")
WAIT_SECONDS = 60.0
_ADDRESS = re.compile(r"crowdledger listens on (\S+)")


class Server:
    """One data folder, and the server that runs on it at the moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self._log = folder / "server.log"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ops.cli", "serve"], env=self.environment(), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        found = wait_for(lambda: _ADDRESS.search(self.log()), self.log)
        self.url = found.group(1)
        wait_for(self.is_ready, self.log)

    def run(self, *words: str) -> str:
        """Another command on the same folder; its stdout."""
        command = [sys.executable, "-m", "ops.cli", *words]
        done = subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, timeout=WAIT_SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kill(self) -> None:
        """As by kill -9: no word of farewell."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> float:
        """As by SIGTERM; how many seconds it took."""
        assert self.process is not None
        started = time.monotonic()
        self.process.terminate()
        assert self.process.wait(WAIT_SECONDS) == 0, self.log()
        return time.monotonic() - started

    def kill_postgres(self) -> None:
        """Kill the postmaster, which takes its back ends along."""
        note = Home(self.folder / "postgres").read_note()
        assert note is not None
        os.kill(int(note["postmaster"]), signal.SIGKILL)

    def children(self) -> list[int]:
        """Processes of this server now: the worker, and the watchdog of PostgreSQL."""
        assert self.process is not None
        return [pid for pid, parent in _processes() if parent == self.process.pid]

    def is_ready(self) -> bool:
        """Whether /readyz says yes, with all views made."""
        with suppress(httpx.TransportError):
            answer = httpx.get(f"{self.url}/readyz", timeout=5)
            return answer.status_code == 200 and all(view["state"] == "live" for view in answer.json()["views"])
        return False

    def log(self) -> str:
        """What it said so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def environment(self) -> dict[str, str]:
        """Everything in the folder, on any free port."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CROWDLEDGER_")}
        return {**kept, "CROWDLEDGER_DATA_DIR": str(self.folder), "CROWDLEDGER_PORT": "0"}


def wait_for(ask: Callable[[], T], log: Callable[[], str] = str) -> T:
    """What `ask` says as soon as it is something."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := ask()):
        assert time.monotonic() < deadline, log()[-3000:]
        time.sleep(0.05)
    return found


def _processes() -> Iterator[tuple[int, int]]:
    """(pid, parent) of everything that runs."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            stat = (folder / "stat").read_text(encoding="ascii", errors="replace")
            state, parent = stat.rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(folder.name), int(parent)
