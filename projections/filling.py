"""Folds the whole log into views that are being rebuilt: by threads where the log is short, else by processes.

Two threads hardly outrun one: folding is half Python, and Python runs one thread at a time. Two processes on two cores
were half as fast again.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import psycopg

from projections.base import View
from projections.catalogue import VIEWS, find
from projections.feed import Feed
from projections.following import NEXT, SQL, Follower
from projections.lanes import LANES, Lane, spread

PROCESSES_FROM_EVENTS = 50_000  # below, starting Python anew takes longer than folding
_LOOK_SECONDS = 0.1
PROCESSES_MAX = 4  # the heaviest view alone takes about a quarter of the whole
Positions = dict[str, int]  # by view


class RebuildFailed(Exception):
    """The rebuild could not be finished; the live view is as it was."""


class _Part(msgspec.Struct):
    """What a process is asked to do, on its standard input: an address may hold a password, arguments are public."""

    dsn: str
    views: list[str]
    head: int
    batch_events: int


def fill(
    dsn: str,
    connection: psycopg.Connection[Any],
    views: Sequence[View],
    head: int,
    beat: Callable[[Positions], None],
    batch_events: int,
) -> None:
    """Bring `<view>__next` of each view to `head` at least. `beat` is called a few times a second, and may raise.

    Raises RebuildFailed where a view was parked, or whoever worked on it is gone.
    """
    known = all(VIEWS.get(view.NAME) is view for view in views)
    if known and len(views) > 1 and head >= PROCESSES_FROM_EVENTS:
        lanes = min(max(os.cpu_count() or 1, LANES), PROCESSES_MAX)
        workers = _processes(dsn, spread(views, lanes), head, batch_events)
    else:
        workers = _threads(dsn, spread(views), batch_events)
    with workers as look:
        while True:
            positions = _positions(connection, views)
            beat(positions)
            if all(position >= head for position in positions.values()):
                return
            look()
            time.sleep(_LOOK_SECONDS)


def _positions(connection: psycopg.Connection[Any], views: Sequence[View]) -> Positions:
    names = [view.NAME + NEXT for view in views]
    rows = {row[0]: row[1:] for row in connection.execute(SQL["cursors"], {"names": names}).fetchall()}
    if len(rows) < len(names):
        raise RebuildFailed("What was being rebuilt was thrown away by somebody else.")
    errors = [f"{name.removesuffix(NEXT)}: {error}" for name, (_, error) in sorted(rows.items()) if error]
    if errors:
        raise RebuildFailed("; ".join(errors))
    return {view.NAME: rows[view.NAME + NEXT][0] for view in views}


@contextmanager
def _threads(dsn: str, parts: Sequence[Sequence[View]], batch_events: int) -> Iterator[Callable[[], None]]:
    feed, halt = Feed(batch_events), threading.Event()
    lanes = [Lane(dsn, [Follower(view, NEXT) for view in part], feed) for part in parts]
    threads = [threading.Thread(target=lane.run, args=(halt,), daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    try:
        yield lambda: None
    finally:
        halt.set()
        for thread in threads:
            thread.join()


@contextmanager
def _processes(dsn: str, parts: Sequence[Sequence[View]], head: int, batch_events: int) -> Iterator[Callable[[], None]]:
    # What they log goes to standard error: standard output is for the command's result.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    children = [
        subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=2, env=environment)
        for _ in parts
    ]

    def look() -> None:
        for child in children:
            if child.poll():
                raise RebuildFailed(f"A process that folded for the rebuild ended with code {child.returncode}.")

    try:
        for child, part in zip(children, parts, strict=True):
            asked = _Part(dsn, [view.NAME for view in part], head, batch_events)
            assert child.stdin is not None
            with suppress(BrokenPipeError):  # it is gone already, which `look` will see
                child.stdin.write(msgspec.json.encode(asked) + b"\n")
                child.stdin.flush()
        yield look
    finally:
        for child in children:
            assert child.stdin is not None
            with suppress(BrokenPipeError):
                child.stdin.close()  # whoever is not done yet ends now
            child.wait()


def main() -> None:
    """Be one of the processes."""
    gc.set_threshold(50_000, 20, 50)  # events are many and without cycles: walking them finds nothing
    asked = msgspec.json.decode(sys.stdin.buffer.readline(), type=_Part)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    followers = [Follower(find(name), NEXT) for name in asked.views]
    halt = threading.Event()
    thread = threading.Thread(target=Lane(asked.dsn, followers, Feed(asked.batch_events)).run, args=(halt,))
    thread.start()
    while any(follower.position < asked.head and follower.state != "parked" for follower in followers):
        time.sleep(_LOOK_SECONDS)
    halt.set()
    thread.join()


def _end_with_parent() -> None:
    # A parent that is killed closes the pipe, too; the transaction in hand is rolled back by the server.
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
