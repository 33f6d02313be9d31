"""The worker: views follow the log, rules run when due, tree heads are signed. None of it holds up the api."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack
from functools import partial
from random import SystemRandom
from types import FrameType

import structlog

from ledger.intake import Intake
from ledger.kernel import clock
from ledger.store.sealer import Sealer
from ops import cosigning, runtime, sealing
from ops.notify.deliver import Sender
from ops.notify.loop import Notifier
from ops.scheduler import Scheduler, submitter
from ops.settings import Settings
from ops.writer import open_appender
from projections.runner import Runner

_log = structlog.get_logger(__name__)


def run(settings: Settings, dsn: str, *, with_parent: bool) -> None:
    """Work until SIGTERM, SIGINT, or (`with_parent`) until the process that holds the other end of stdin is gone."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    if with_parent:
        threading.Thread(target=_follow_parent, args=(stop,), name="parent", daemon=True).start()
    with ExitStack() as stack:
        stack.enter_context(Runner(dsn))
        appender = stack.enter_context(open_appender(settings, dsn))
        submit = submitter(appender, Intake(settings.secret("identity")))
        scheduler = Scheduler(dsn, submit)
        stack.callback(scheduler.start().stop)
        sealer = Sealer(dsn, sealing.signers(settings, dsn), alarm=partial(sealing.raise_alert, submit))
        stack.callback(sealer.start().stop)
        cosigners = cosigning.Cosigners(dsn, cosigning.configured(settings))
        stack.callback(cosigners.start().stop)
        sender = Sender(settings.doors(), settings.secret("webhooks"), clock.now, SystemRandom().random)
        stack.callback(Notifier(dsn, sender).start().stop)
        runtime.settle()
        _log.info("worker_started", pid=os.getpid())
        while not stop.wait(1.0):  # in pieces: a signal's handler runs between two
            pass
    _log.info("worker_stopped")


def _follow_parent(stop: threading.Event) -> None:
    # Below Python's buffers: their lock, held by this thread for ever, would fail the end of the process.
    while os.read(0, 4096):
        pass
    stop.set()
