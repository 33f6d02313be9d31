"""Runs beside the server: starts it, starts it again when it dies, and stops it when nobody uses it any more.

A process of its own, run by path with `python -I -S`: standard library only, no other file of ours. It learns of its
parent's end through a pipe, whose other end closes however the parent ends; then it waits for the lock of the users.
"""

from __future__ import annotations

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
READY_TIMEOUT_SECONDS = 300
FAST_STOP_SECONDS = 60
IMMEDIATE_STOP_SECONDS = 10
RESTARTS_MAX = 20
RESTART_WINDOW_SECONDS = 60
RESTART_PAUSE_SECONDS = 0.2
STATUS_LINE = 7  # of postmaster.pid, from 0


class Watchdog:
    """One server, its parent's pipe and the lock of its users."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.cluster = Path(config["cluster"])
        self.parent_fd: int | None = config["parent_fd"]
        self.report_fd: int | None = config["report_fd"]
        self.server: subprocess.Popen[bytes] | None = None
        self.told_to_stop = False
        self.started_at: list[float] = []
        # Opened for appending and kept: the lock lives exactly as long as this process.
        self.own_lock = Path(config["watchdog_lock"]).open("ab")
        self.users_lock = Path(config["users_lock"]).open("ab")

    def run(self) -> int:
        """Serve until told to stop, or nobody is left; 0 for a clean end."""
        fcntl.flock(self.own_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        signal.signal(signal.SIGTERM, self._on_term)
        for name in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(name, signal.SIG_IGN)
        self._start_server()
        if not self._wait_ready():
            self._report("failed")
            self._stop_server()
            return 1
        self._report(f"ready {self._process().pid}")
        try:
            return self._watch()
        finally:
            Path(self.config["note"]).unlink(missing_ok=True)

    def _watch(self) -> int:
        while not self._should_stop():
            if self._process().poll() is not None:
                log(f"server process ended with {self._process().returncode}, starting it again")
                if not self._restart_server():
                    return 1
        self._stop_server()
        return 0

    def _should_stop(self) -> bool:
        """Wait a moment for the parent's pipe; True when the server has to stop."""
        if self.told_to_stop:
            return True
        if self.parent_fd is None:
            time.sleep(POLL_SECONDS)
            return self._nobody_left()
        readable, _, _ = select.select([self.parent_fd], [], [], POLL_SECONDS)
        if readable:
            word = os.read(self.parent_fd, 16)
            if word:
                return True
            os.close(self.parent_fd)
            self.parent_fd = None
            return self._nobody_left()
        return False

    def _nobody_left(self) -> bool:
        """Every user holds the lock shared. Having it alone shuts the door: a newcomer waits until all is stopped."""
        try:
            fcntl.flock(self.users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _start_server(self) -> None:
        identity = self.config["identity"]
        options: dict[str, Any] = {}
        if identity["uid"] is not None:
            options = {"user": identity["uid"], "group": identity["gid"], "extra_groups": []}
        self.started_at.append(time.monotonic())
        self.server = subprocess.Popen(
            self.config["command"], stdin=subprocess.DEVNULL, cwd="/", start_new_session=True, **options
        )
        self._write_note()

    def _restart_server(self) -> bool:
        while True:
            recent = [at for at in self.started_at if time.monotonic() - at < RESTART_WINDOW_SECONDS]
            if len(recent) >= RESTARTS_MAX:
                log(f"{len(recent)} starts within {RESTART_WINDOW_SECONDS} s, giving up")
                return False
            self.started_at = recent
            # Back ends of a server that was killed hold its memory for a moment; a start is refused until they see it.
            time.sleep(RESTART_PAUSE_SECONDS * len(recent))
            self._start_server()
            if self._wait_ready():
                return True
            if self.told_to_stop:
                return True
            self._stop_server()

    def _wait_ready(self) -> bool:
        """True once the server says in postmaster.pid that it takes connections."""
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while time.monotonic() < deadline and self._process().poll() is None and not self.told_to_stop:
            if self._status() == "ready":
                return True
            time.sleep(0.01)
        return False

    def _status(self) -> str:
        """The server's own word, if it is this server's and not an old file's."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        if len(lines) <= STATUS_LINE or lines[0].strip() not in self._known_pids():
            return ""
        return lines[STATUS_LINE].strip()

    def _known_pids(self) -> tuple[str, ...]:
        return (str(self._process().pid),)

    def _stop_server(self) -> None:
        """Fast, then immediate, then by force: each gives the server less, and recovery makes up for it."""
        server = self._process()
        for signal_number, seconds in (
            (signal.SIGINT, FAST_STOP_SECONDS),
            (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS),
            (signal.SIGKILL, IMMEDIATE_STOP_SECONDS),
        ):
            if server.poll() is not None:
                return
            server.send_signal(signal_number)
            try:
                server.wait(seconds)
            except subprocess.TimeoutExpired:
                log(f"server did not stop within {seconds} s of {signal_number.name}")

    def _write_note(self) -> None:
        note = {
            "watchdog": os.getpid(),
            "postmaster": self._process().pid,
            "owner": self.config["owner"],
            "dsn": self.config["dsn"],
            "socket_folder": self.config["socket_folder"],
        }
        path = Path(self.config["note"])
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(note), encoding="utf-8")
        temporary.replace(path)

    def _report(self, line: str) -> None:
        """Tell the parent how the start went. A parent that is gone is noticed through the other pipe."""
        if self.report_fd is not None:
            try:
                os.write(self.report_fd, f"{line}\n".encode())
            except BrokenPipeError:
                log("parent ended during the start")
            os.close(self.report_fd)
            self.report_fd = None

    def _process(self) -> subprocess.Popen[bytes]:
        assert self.server is not None, "the server is started before anything else is asked"
        return self.server

    def _on_term(self, _signal: int, _frame: object) -> None:
        self.told_to_stop = True


def log(message: str) -> None:
    """One line into the server's log, where standard error points."""
    print(f"watchdog [{os.getpid()}] {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(Watchdog(json.loads(sys.argv[1])).run())
