"""The thread that tells: gathers, makes ready, sends, again and again. Killed at any point, it loses nothing."""

from __future__ import annotations

import threading
from typing import Any, Self

import psycopg
import structlog

from ops.notify.deliver import Sender, deliver
from ops.notify.gather import fix, gather

LOOK_SECONDS = 1.0
TROUBLE_SECONDS = 10.0
_log = structlog.get_logger(__name__)


class Notifier:
    """Any number may run: gathering has a lock, and each message is leased by the one who sends it."""

    def __init__(self, dsn: str, sender: Sender) -> None:
        self._dsn = dsn
        self._sender = sender
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)

    def start(self) -> Self:
        """Tell in a thread of its own; returns at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End after the message in hand."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        wait = 0.0
        while not self._stop.wait(wait):
            try:
                self._follow()
            except Exception as error:  # noqa: BLE001 - it has to live on; what it left undone is found again
                _log.warning("notifications_wait", reason=f"{type(error).__name__}: {error}".strip())
                wait = TROUBLE_SECONDS

    def _follow(self) -> None:
        with self._connected() as writer, self._connected() as reader:
            while not self._stop.is_set():
                once(writer, reader, self._sender)
                self._stop.wait(LOOK_SECONDS)

    def _connected(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._dsn, autocommit=True, connect_timeout=5, application_name="crowdledger notify")


def once(writer: psycopg.Connection[Any], reader: psycopg.Connection[Any], sender: Sender) -> int:
    """One round; how many attempts to send were made. Raises LookupError while the view of alerts is not there yet."""
    gather(writer, reader, sender.now())
    fix(writer, reader, sender.now(), sender.doors.base_url)
    return deliver(writer, sender)
