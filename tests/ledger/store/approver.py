"""One process that settles waiting corrections, each in a transaction of its own, until there are none left.

Run as a module with a DSN, a seed and who it is; prints a line per answer, so that it can be killed in between.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from typing import Any

import psycopg

from ledger.intake import Intake
from ledger.store import reading
from ledger.store.appender import Appender
from tests.ledger.store.events import event

INTAKE = Intake(bytes(32))
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def word(asked: reading.AskedCorrection, who: str, number: int, *, approve: bool) -> dict[str, Any]:
    """What this second person says of a correction."""
    data = {"correction": f"huizhong/{asked.id}", "corrects": asked.data.corrects, "by": who, "asked_by": "asker"}
    if approve:
        return event(f"{who}-{number}-{asked.id}", "correction.approved", source="registry", **data)
    return event(f"{who}-{number}-{asked.id}", "correction.rejected", source="registry", reason="no", **data)


def main(dsn: str, seed: int, who: str) -> None:
    """Take the waiting in random order; mostly approve."""
    rng = random.Random(f"{seed}/{who}")
    with Appender(dsn, bytes(32)) as appender, psycopg.connect(dsn, autocommit=True) as connection:
        number = 0
        while waiting := reading.corrections(connection, None, "waiting"):
            number += 1
            said = word(rng.choice(waiting), who, number, approve=rng.random() < 0.7)
            (answer,) = appender.submit([INTAKE.decode(said, None, NOW)]).result(30)
            sys.stdout.write(f"{answer.status}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
