"""Runs that a person asks for: decided at once, as a scheduler's would be, and carried out by a scheduler.

What was asked for is a run's row that waits. It has its days and its cutoff from the moment of asking, so that what it
finds doesn't depend on when a scheduler comes by, and who asked stands in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from risk.compile import compile_rule, days_since_epoch
from risk.document import Loaded, RuleError
from risk.evaluator import SQL, judged, standing_still
from risk.kept import Kept, Plan, Ran
from risk.runs import Submit, carry_out, held

if TYPE_CHECKING:
    import psycopg

AGAIN_SECONDS: Final = 10  # who asks twice within it is shown the same run: a double click is one question


def ask(connection: psycopg.Connection, loaded: Loaded, by: str, now: Callable[[], datetime]) -> int:
    """The number of the run that will be carried out: a new one, or the one that was asked for just now.

    The connection is in autocommit. Raises RuleError where the rule doesn't run, LookupError where a view is not built.
    """
    moment = now()
    days = [newest_day(loaded, moment)]
    kept = Kept(connection, loaded, compile_rule(loaded), now)
    with standing_still(connection, loaded.rule) as cutoff:
        pass
    with _one_by_one(connection, loaded.rule.id):
        since = moment - timedelta(seconds=AGAIN_SECONDS)
        row = connection.execute(SQL["asked_just_now"], {"rule": loaded.rule.id, "since": since}).fetchone()
        if row is None:
            asked = kept.version() | {"due_at": moment, "days": days, "cutoff": cutoff, "asked_by": by}
            row = connection.execute(SQL["ask"], asked).fetchone()
    assert row is not None, "an INSERT without a condition gives its row"
    return int(row[0])


@contextmanager
def _one_by_one(connection: psycopg.Connection, rule: str) -> Iterator[None]:
    """Of two who ask at once the second waits here, and then finds the first one's run.

    A lock of the session, not of a transaction: what is asked after it must see what was committed while it waited.
    """
    connection.execute(SQL["ask_lock"], {"rule": rule})
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(SQL["ask_unlock"], {"rule": rule})


def newest_day(loaded: Loaded, moment: datetime) -> int:
    """The day that a run due now judges: yesterday in the rule's zone, or the last before it on its hop.

    Raises RuleError where the rule doesn't run by itself, or isn't in effect then.
    """
    rule = loaded.rule
    if rule.maturity != "live":
        raise RuleError(f"{rule.id} is {rule.maturity}: only a live rule is run; try it by a backtest.")
    yesterday = days_since_epoch(moment.astimezone(ZoneInfo(rule.schedule.zone)).date()) - 1
    found = judged(rule, range(yesterday - rule.window.hop_days + 1, yesterday + 1))
    if not found:
        raise RuleError(f"{rule.id} version {rule.version} is not in effect on the day that it would judge.")
    return found[-1]


def carry_out_asked(
    connection: psycopg.Connection, submit: Submit, rules: Mapping[str, Loaded], now: Callable[[], datetime]
) -> list[Ran]:
    """Carry out what was asked for and has not ended, oldest first; one that fails says why in its row."""
    found = connection.execute(SQL["asked"], {"rules": list(rules)}).fetchall()
    done = [_carry_out(connection, submit, rules[rule], number, now) for number, rule in found]
    return [ran for ran in done if ran is not None]


def _carry_out(
    connection: psycopg.Connection, submit: Submit, loaded: Loaded, number: int, now: Callable[[], datetime]
) -> Ran | None:
    """One of them; None where another process is at it, or has done it."""
    kept = Kept(connection, loaded, compile_rule(loaded), now)
    with held(connection, loaded.rule.id, f"asked {number}") as mine:
        # With the version that this process has: another may have been asked for while a release was changed.
        row = connection.execute(SQL["take_up"], kept.version() | {"number": number}).fetchone() if mine else None
        return None if row is None else carry_out(kept, submit, Plan(*row))
