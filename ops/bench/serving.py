"""A real server of this checkout for the bench: `crowdledger serve --role api` in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from ops.settings import Settings

_START_SECONDS = 60


@contextmanager
def server(dsn: str, settings: Settings, log: Path, role: str = "api") -> Iterator[tuple[str, int]]:
    """(host, port) of a server with the bare endpoint switched on. Raises RuntimeError where it doesn't start."""
    port = free_port()
    env = {
        **os.environ,
        "CROWDLEDGER_DATABASE_URL": dsn,
        "CROWDLEDGER_DATA_DIR": str(settings.data_dir),
        "CROWDLEDGER_SECRET_KEY": settings.secret_key or "",
        "CROWDLEDGER_HOST": "127.0.0.1",
        "CROWDLEDGER_PORT": str(port),
        "CROWDLEDGER_BENCH": "1",
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.cli", "serve", "--role", role], env=env, stdout=out, stderr=out
        )
        try:
            _wait(port, process, log)
            yield "127.0.0.1", port
        finally:
            process.terminate()
            process.wait(timeout=30)


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the server didn't start; it said:\n{log.read_text(errors='replace')[-2000:]}")
