"""A whole market as its users meet it: `crowdledger demo` in a folder of its own, its sign-ins read from its screen."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

SCALE: Final = "0.05"
WAIT_SECONDS: Final = 600.0
_ADDRESS: Final = re.compile(r"console +(http://\S+)/console/sign-in")
_SIGN_IN: Final = re.compile(r"^ +(\w+) +sign in as (\S+) +(\S+)$", re.MULTILINE)
_KEY: Final = re.compile(r"^ +(\w+) +key(?: of \S+)? +(cl_\S+)$", re.MULTILINE)


@dataclass
class Market:
    """A served city: who may sign in, and the keys."""

    url: str
    people: dict[str, list[tuple[str, str]]]  # role -> names and passwords
    keys: dict[str, str]  # by role
    found: dict[str, str] = field(default_factory=dict)  # what `pages` looked up once

    def api(self, path: str, role: str = "regulator", **query: object) -> dict[str, Any]:
        """What the API says."""
        answer = httpx.get(
            f"{self.url}{path}", params=query, headers={"Authorization": f"Bearer {self.keys[role]}"}, timeout=60
        )
        answer.raise_for_status()
        return dict(answer.json())

    def send(self, kind: str, name: str, data: dict[str, Any]) -> str:
        """Report an event as huizhong, whatever becomes of it; its id."""
        event = {
            "specversion": "1.0", "id": name, "source": "platform:huizhong", "type": kind,
            "time": "2026-01-05T10:00:00+08:00", "data": data,
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {self.keys['platform']}", "Content-Type": "application/cloudevents+json"}
        httpx.post(f"{self.url}/v1/events", json=event, headers=headers, timeout=60)
        return name

    def tell(self, path: str, **body: object) -> dict[str, Any]:
        """Have a regulator do something by the API."""
        answer = httpx.post(
            f"{self.url}{path}", json=body, headers={"Authorization": f"Bearer {self.keys['regulator']}"}, timeout=60
        )
        answer.raise_for_status()
        return dict(answer.json())


class Demo:
    """The process that serves it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._screen = folder / "screen.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Market:
        """Play the market and wait for the invitation."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("CROWDLEDGER_", "COVERAGE"))
        }  # fmt: skip
        with self._screen.open("wb") as screen:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ops.cli", "demo", "--scale", SCALE, "--port", "0", "--json"],
                env={**environment, "CROWDLEDGER_DATA_DIR": str(self._folder), "NO_COLOR": "1"},
                stdout=subprocess.DEVNULL, stderr=screen, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + WAIT_SECONDS
        while not _KEY.findall(self._said()):
            assert self._process.poll() is None, self._said()
            assert time.monotonic() < deadline, self._said()
            time.sleep(0.2)
        time.sleep(0.5)  # the invitation has more lines
        return self._read()

    def stop(self) -> None:
        """As by Ctrl-C."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
            self._process.wait(60)

    def _read(self) -> Market:
        said = self._said()
        address = _ADDRESS.search(said)
        assert address, said
        people: dict[str, list[tuple[str, str]]] = {}
        for role, name, password in _SIGN_IN.findall(said):
            people.setdefault(role, []).append((name, password))
        return Market(address.group(1), people, dict(_KEY.findall(said)))

    def _said(self) -> str:
        return self._screen.read_text(encoding="utf-8", errors="replace")
