"""The supervisor: a child that ends is started again, ever more slowly; at the end it is taken along."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

import pytest

from ops import supervisor
from ops.supervisor import Supervisor, supervised

SLEEPER = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable, "-S", "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
]  # fmt: skip


def _wait(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_child_that_is_killed_is_started_again() -> None:
    with supervised("sleeper", SLEEPER, os.environ) as kept:
        _wait(lambda: kept.pid)
        first = kept.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        _wait(lambda: kept.pid not in {None, first})
        second = kept.pid
    assert second is not None
    assert _gone(second)
    assert kept.starts == 2


def test_child_that_fails_at_once_is_not_started_in_a_storm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PAUSES_SECONDS", (0.0, 30.0))
    kept = Supervisor("failing", [sys.executable, "-S", "-c", "raise SystemExit(3)"], os.environ)
    kept.start()
    _wait(lambda: kept.starts == 2)
    time.sleep(0.2)
    assert kept.starts == 2
    kept.stop()


def test_child_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.2)
    kept = Supervisor("stubborn", STUBBORN, os.environ)
    kept.start()
    _wait(lambda: kept.pid)
    pid = kept.pid
    assert pid is not None
    time.sleep(0.3)  # until it has told the system not to be disturbed
    kept.stop()
    assert _gone(pid)
