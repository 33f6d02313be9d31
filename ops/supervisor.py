"""Keeps one child process running: starts it again when it ends, ever more slowly, and takes it along at the end."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import structlog

PAUSES_SECONDS: Final = (0.2, 1.0, 5.0, 15.0, 30.0)
WELL_AFTER_SECONDS: Final = 60.0  # a child that ran for so long starts again without a pause
STOP_SECONDS: Final = 15.0
_log = structlog.get_logger(__name__)


@contextmanager
def supervised(name: str, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Supervisor]:
    """The child runs for the length of the block."""
    supervisor = Supervisor(name, command, environment)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()


class Supervisor:
    """One child. Its stdin is a pipe that closes when this process ends, however it ends: the child watches that."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._name = name
        self._command = list(command)
        self._environment = dict(environment)
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=f"supervisor-{name}", daemon=True)
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """Process number of the child now."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def start(self) -> None:
        """Start the child; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the child to end, insist after a while, and wait for it."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.terminate()
        self._thread.join(STOP_SECONDS)
        child = self._child
        if child is not None and child.poll() is None:
            _log.warning("child_killed", name=self._name, pid=child.pid)
            child.kill()
            child.wait()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            code = self._run_once()
            if self._stopping.is_set():
                return
            failures = 0 if time.monotonic() - started > WELL_AFTER_SECONDS else failures + 1
            pause = PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS)) - 1] if failures else 0.0
            _log.error("child_ended", name=self._name, exit_code=code, again_in_seconds=pause)
            self._stopping.wait(pause)

    def _run_once(self) -> int:
        # A session of its own: Ctrl-C in a terminal reaches this process alone, which then ends the child in order.
        with subprocess.Popen(
            self._command, env=self._environment, stdin=subprocess.PIPE, start_new_session=True
        ) as child:
            self._child = child
            self.starts += 1
            if self._stopping.is_set():  # stop() may have looked just before there was a child
                child.terminate()
            return child.wait()
