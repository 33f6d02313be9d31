"""One process of the proof: some writer threads over one appender, append through the library's interface.

Run as a module with a DSN, a seed, a number of writers and of events for each; exits 0 when all is durable.
"""

from __future__ import annotations

import random
import sys
import threading

from eventsourcing.dcb.api import DCBEvent

from ledger.store.appender import Appender
from ledger.store.recorder import PostgresRecorder


def write(recorder: PostgresRecorder, seed: int, writer: str, events: int) -> None:
    """Append `events` in batches of random size, each event naming its writer and its number."""
    rng = random.Random(f"{seed}/{writer}")
    sent = 0
    while sent < events:
        size = min(rng.choice((1, 1, 1, 2, 5, 40)), events - sent)
        batch = [
            DCBEvent("counted", f"{writer}/{sent + n}".encode(), [f"writer:{writer}", f"mod:{(sent + n) % 7}"])
            for n in range(size)
        ]
        recorder.append(batch)
        sent += size


def main(dsn: str, seed: int, process: str, writers: int, events: int) -> None:
    """Start the writers, wait for them."""
    with Appender(dsn, bytes(32)) as appender:
        recorder = PostgresRecorder(dsn, appender)
        threads = [
            threading.Thread(target=write, args=(recorder, seed, f"{process}-{n}", events)) for n in range(writers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
