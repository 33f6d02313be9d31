"""Before the market is played: the scheduler has looked at what was due.

It looks as soon as the server starts. While the market comes in, what has not been told yet would look like silence:
each platform "has reported nothing since" the day that was played last.
"""

from __future__ import annotations

import time

import psycopg

from ops.demo.scratch import SQL

WAIT_SECONDS_MAX = 30.0
STILL_SECONDS = 6.0  # nothing more was judged: the look is over
POLL_SECONDS = 0.2


def wait(dsn: str, rules: int) -> int:
    """Until all `rules` were judged, or some and then no more; how many were. The wait has an end whatever happens."""
    end, judged = time.monotonic() + WAIT_SECONDS_MAX, 0
    give_up = end
    with psycopg.connect(dsn, autocommit=True) as connection:
        while judged < rules and time.monotonic() < give_up:
            row = connection.execute(SQL["judged"]).fetchone()
            if row and row[0] > judged:
                judged, give_up = int(row[0]), min(end, time.monotonic() + STILL_SECONDS)
            time.sleep(POLL_SECONDS)
    return judged
