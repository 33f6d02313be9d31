"""Runs beside the server: starts it, starts it again when it dies, and stops it when nobody uses it any more.

A process of its own, run by path with `python -I -S`: standard library only, no other file of ours. It learns of its
parent's end through a pipe, whose other end closes however the parent ends; then it waits for the lock of the users.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

POLL_SECONDS = 0.1
READY_POLL_SECONDS = 0.01
# Replaying the log after a crash can take minutes; the server says "ready" only after it.
READY_TIMEOUT_SECONDS = 300
STOP_STEPS = ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10))
FIRST_STARTS_MAX = 4
RESTARTS_MAX = 20
RESTART_WINDOW_SECONDS = 60
RESTART_PAUSE_SECONDS = 0.2
STATUS_LINE = 7  # of postmaster.pid, from 0


class Watchdog:
    """One server, its parent's pipe and the lock of its users."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.note = Path(config["note"])
        self.parent_fd: int | None = config["parent_fd"]
        self.server: subprocess.Popen[bytes] | None = None
        self.started_at: list[float] = []
        # Opened and kept: the locks live exactly as long as this process.
        self.own_lock = Path(config["watchdog_lock"]).open("ab")  # noqa: SIM115
        self.users_lock = Path(config["users_lock"]).open("ab")  # noqa: SIM115

    def run(self) -> int:
        """Serve until told to stop, or nobody is left; 0 for a clean end."""
        fcntl.flock(self.own_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its life is that of the users. A SIGTERM to all processes of a service lets them finish their work first.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        try:
            if not self._start(FIRST_STARTS_MAX):
                self._report("failed")
                return 1
            self._report(f"ready {self._process().pid}")
            return self._watch()
        finally:
            self._stop()
            self.note.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                Path(self.config["socket_folder"]).rmdir()

    def _watch(self) -> int:
        while not self._should_stop():
            if self._process().poll() is not None:
                log(f"the server ended with {self._process().returncode}, starting it again")
                if not self._start(RESTARTS_MAX):
                    return 1
        return 0

    def _should_stop(self) -> bool:
        """Wait a moment for the parent's pipe; True when the server has to stop."""
        if self.parent_fd is not None:
            readable, _, _ = select.select([self.parent_fd], [], [], POLL_SECONDS)
            if not readable:
                return False
            if os.read(self.parent_fd, 16):
                return True
            os.close(self.parent_fd)
            self.parent_fd = None
        else:
            time.sleep(POLL_SECONDS)
        return self._nobody_left()

    def _nobody_left(self) -> bool:
        """Every user holds the lock shared. Having it alone shuts the door: a newcomer waits until all is stopped."""
        try:
            fcntl.flock(self.users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _start(self, starts_max: int) -> bool:
        """Start the server, several times if need be; False where it fails too often."""
        while True:
            self.started_at = [at for at in self.started_at if time.monotonic() - at < RESTART_WINDOW_SECONDS]
            if len(self.started_at) >= starts_max:
                log(f"{starts_max} starts within {RESTART_WINDOW_SECONDS} s, giving up")
                return False
            # Children of a server that was killed hold its memory until they see it, and a start is refused so long.
            time.sleep(RESTART_PAUSE_SECONDS * len(self.started_at))
            self._launch()
            if self._wait_ready():
                return True
            self._stop()

    def _launch(self) -> None:
        identity = self.config["identity"]
        options: dict[str, Any] = {}
        if identity["uid"] is not None:
            options = {"user": identity["uid"], "group": identity["gid"], "extra_groups": []}
        self.started_at.append(time.monotonic())
        self.server = subprocess.Popen(
            self.config["command"], stdin=subprocess.DEVNULL, cwd="/", start_new_session=True, **options
        )
        self._write_note()

    def _wait_ready(self) -> bool:
        """True once the server says in postmaster.pid that it takes connections."""
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while time.monotonic() < deadline and self._process().poll() is None:
            if self._status() == "ready":
                return True
            time.sleep(READY_POLL_SECONDS)
        return False

    def _status(self) -> str:
        """The server's own word, if it is this server's and not an old file's."""
        try:
            lines = Path(self.config["pid_file"]).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        if len(lines) <= STATUS_LINE or lines[0].strip() != str(self._process().pid):
            return ""
        return lines[STATUS_LINE].strip()

    def _stop(self) -> None:
        """Fast, then immediate, then by force: each gives the server less, and recovery makes up for it."""
        server = self._process()
        for number, seconds in STOP_STEPS:
            if server.poll() is not None:
                return
            server.send_signal(number)
            try:
                server.wait(seconds)
            except subprocess.TimeoutExpired:
                log(f"the server did not stop within {seconds} s of {number.name}")

    def _write_note(self) -> None:
        text = json.dumps(
            {
                "watchdog": os.getpid(),
                "postmaster": self._process().pid,
                "owner": self.config["owner"],
                "dsn": self.config["dsn"],
            }
        )
        temporary = self.note.with_suffix(".new")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(self.note)

    def _report(self, line: str) -> None:
        """Tell the parent how the start went. A parent that is gone is noticed through the other pipe."""
        with os.fdopen(self.config["report_fd"], "wb", buffering=0) as report, contextlib.suppress(BrokenPipeError):
            report.write(f"{line}\n".encode())

    def _process(self) -> subprocess.Popen[bytes]:
        assert self.server is not None, "the server is launched before anything else is asked of it"
        return self.server


def log(message: str) -> None:
    """One line into the server's log, where standard error points."""
    print(f"watchdog [{os.getpid()}] {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(Watchdog(json.loads(sys.argv[1])).run())
