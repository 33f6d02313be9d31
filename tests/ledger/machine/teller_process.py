"""One of two processes that tell the same stories at once. Run as a module: DSN, seed, stories, a number of its own."""

from __future__ import annotations

import sys
from concurrent.futures import Future

from ledger.candidate import Answer
from ledger.store.appender import Appender
from tests.ledger.given import INTAKE, NOW, Event
from tests.ledger.machine.chooser import BySeed
from tests.ledger.machine.histories import play

MASTER_KEY = b"m" * 32


def main(dsn: str, seed: str, stories: int, number: int) -> None:
    """Tell each story in groups of random size; the other process tells them too, so half of all is there already."""
    chooser = BySeed(f"{seed}/process/{number}")
    with Appender(dsn, MASTER_KEY) as appender:
        for n in range(stories):
            teller, _ = play(BySeed(f"{seed}/{n}"), name=f"-{n}")
            pending: list[Future[list[Answer]]] = []
            start = 0
            while start < len(teller.sent):
                size = 1 + chooser.below(12)
                group = [candidate_of(event) for event in teller.sent[start : start + size]]
                pending.append(appender.submit(group))
                if chooser.below(3) == 0:
                    pending[-1].result()
                start += size
            for future in pending:
                future.result()


def candidate_of(event: Event) -> object:
    sent = {
        "specversion": "1.0", "id": event.id, "source": event.source, "type": event.type, "time": event.time,
        "data": event.data,
    }  # fmt: skip
    return INTAKE.decode(sent, None, NOW, event.asker)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
