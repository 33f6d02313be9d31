"""How failures slow the next attempt down: pure, so that every process and every test counts the same way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

DOUBLINGS_MAX: Final = 20
FORGOTTEN_AFTER: Final = timedelta(
    hours=2
)  # of quiet; longer than any pause, so that waiting one out gains one attempt


class Policy(NamedTuple):
    """`free` failures in a row cost nothing; each further one doubles the pause before the next attempt."""

    free: int
    pause_seconds: float
    most_seconds: float


class Tally(NamedTuple):
    """Failures in a row, and when the last one was. An attempt counts as failed until it has succeeded."""

    failures: int
    last_at: datetime


# Somebody at one address who tries one name.
NAME_AT_NETWORK: Final = Policy(5, 60.0, 900.0)
# All addresses together that this name never signed in from. The pause stays short, and addresses that it did sign in
# from know nothing of it: strangers slow each other down and lock nobody out.
NAME: Final = Policy(20, 30.0, 300.0)
# Codes of the second step. Only who knows the password gets to try one, so these count over all addresses.
CODE: Final = Policy(5, 60.0, 900.0)


def pause_seconds(policy: Policy, failures: int) -> float:
    """How long to wait after that many failures in a row."""
    if failures < policy.free:
        return 0.0
    doubled = policy.pause_seconds * 2.0 ** min(failures - policy.free, DOUBLINGS_MAX)
    return min(doubled, policy.most_seconds)


def wait_seconds(policy: Policy, tally: Tally, now: datetime) -> float:
    """How long from now on; 0 where an attempt may be made."""
    passed = (now - tally.last_at).total_seconds()
    if passed < 0 or now - tally.last_at > FORGOTTEN_AFTER:  # a clock that was set back must not lock anybody out
        return 0.0
    return max(0.0, pause_seconds(policy, tally.failures) - passed)


def counted(tally: Tally, now: datetime) -> Tally:
    """With one more attempt."""
    forgotten = now - tally.last_at > FORGOTTEN_AFTER
    return Tally(1 if forgotten else tally.failures + 1, now)
