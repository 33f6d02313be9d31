"""The demo's own `crowdledger serve`: a child process, its words in a log file, stopped with the demo."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from ops.demo.errors import DemoError
from ops.demo.house import House

START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 40
POLL_SECONDS = 0.1
LOG_LINES_SHOWN = 20


def environment(house: House) -> dict[str, str]:
    """What a child process needs to find the house; everything else it inherits."""
    settings = house.settings
    found = {name: value for name, value in os.environ.items() if name != "CROWDLEDGER_DATABASE_URL"}
    found |= {
        "CROWDLEDGER_DATA_DIR": str(settings.data_dir),
        "CROWDLEDGER_HOST": settings.host,
        "CROWDLEDGER_PORT": str(settings.port),
    }
    if settings.database_url is not None:
        found["CROWDLEDGER_DATABASE_URL"] = settings.database_url
    return found


class Child:
    """A running server."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def check(self) -> None:
        """Raise DemoError with the end of the log where the server has ended."""
        code = self._process.poll()
        if code is not None:
            raise DemoError(f"The server ended with exit code {code}. The end of {self._log}:\n{self._tail()}")

    def wait(self) -> None:
        """Until the server ends by itself."""
        self._process.wait()
        self.check()

    def wait_ready(self, base_url: str) -> None:
        """Until /readyz says yes."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            self.check()
            with suppress(httpx.TransportError):  # it does not listen yet
                if httpx.get(f"{base_url}/readyz", timeout=2).status_code == httpx.codes.OK:
                    return
            time.sleep(POLL_SECONDS)
        raise DemoError(
            f"The server was not ready after {START_TIMEOUT_SECONDS} s. The end of {self._log}:\n{self._tail()}"
        )

    def stop(self) -> None:
        """Ask it to stop, insist after a while."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def _tail(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES_SHOWN:])


@contextmanager
def serving(house: House) -> Iterator[Child]:
    """A server that is ready, for the length of the block."""
    log = house.settings.data_dir / "server.log"
    command = [sys.executable, "-m", "ops.demo.child", "serve"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=file, stderr=file, env=environment(house), start_new_session=True
        )
    child = Child(process, log)
    try:
        child.wait_ready(house.base_url)
        yield child
    finally:
        child.stop()
