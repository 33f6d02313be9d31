"""Evaluators in processes of their own, to be killed: schedulers whose days pass in moments.

Run as a module with a DSN and a clock (began, first, speed): for each line it is given it forks an evaluator, and
prints its process id. What takes long, the imports, is done once.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from types import TracebackType
from typing import NamedTuple, Self

import structlog
from msgspec.structs import replace

from ledger.store.appender import Appender
from ops import scheduler
from ops.scheduler import Scheduler, submitter
from risk.document import Loaded
from tests.ledger.given import INTAKE, NOW
from tests.risk.conftest import RULES

NEAR = ("I17-pledge-velocity", "C01-self-pledge", "I01-shared-channel", "I03-structuring")
NIGHTLY = ("P02-custody-gap", "P07-borrower-cap", "P11-silent-platform", "I01-collusive-pair")


class Fast(NamedTuple):
    """A clock on which days pass in moments, the same in every process."""

    began: float  # by the real clock, Unix seconds
    first: datetime
    speed: float

    def __call__(self) -> datetime:
        return self.first + timedelta(seconds=(time.time() - self.began) * self.speed)


def quick(loaded: Loaded, every: str = "300ms") -> Loaded:
    """A rule that runs near real time too."""
    return replace(loaded, rule=replace(loaded.rule, schedule=replace(loaded.rule.schedule, every=every)))


def rules() -> list[Loaded]:
    """What the evaluators look after: some near real time and nightly, some nightly alone."""
    return [*(quick(RULES[name]) for name in NEAR), *(RULES[name] for name in NIGHTLY)]


class Nursery:
    """Where evaluators come from."""

    def __init__(self, dsn: str, clock: Fast) -> None:
        words = [dsn, str(clock.began), clock.first.isoformat(), str(clock.speed)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.risk.evaluating", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def start(self) -> int:
        """The process id of a new evaluator."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("start\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def evaluate(dsn: str, clock: Fast) -> None:
    """One evaluator, until it is killed or its nursery is gone."""
    scheduler.LOOK_AGAIN_SECONDS = 1
    Scheduler(dsn, submitter(Appender(dsn, b"m" * 32), INTAKE, lambda: NOW), rules=rules(), now=clock).start()
    nursery = os.getppid()
    while os.getppid() == nursery:
        time.sleep(0.2)
    os._exit(0)


def main() -> None:
    """The nursery."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    dsn, began, first, speed = sys.argv[1:]
    clock = Fast(float(began), datetime.fromisoformat(first), float(speed))
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            evaluate(dsn, clock)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
