"""A run: evaluate, keep the record, send what is new to the log. The edge of the monitor; what it calls only reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from risk import document
from risk.compile import Compiled, compile_rule
from risk.delivery import NotTaken, Submit, deliver
from risk.evaluator import SQL, evaluate, judged, rows_read, standing_still
from risk.findings import unanswered
from risk.kept import Found, Kept, Plan, Ran, recall
from risk.shapes import Inconclusive

if TYPE_CHECKING:
    import psycopg

__all__ = ["SQL", "NotTaken", "Ran", "Submit", "carry_out", "deliver", "held"]


class Repeated(NamedTuple):
    """A past run, repeated: equal hashes mean that it found the same."""

    number: int
    rule: str
    cutoff: int
    then_hash: str
    now_hash: str


def run(
    connection: psycopg.Connection,
    submit: Submit,
    loaded: document.Loaded,
    days: Iterable[int],
    *,
    now: Callable[[], datetime],
    due_at: datetime | None = None,
    kind: str | None = None,
) -> Ran | None:
    """Judge `days` (since 1970-01-01), record the run, submit what is new. `due_at` makes it a scheduled run.

    None where another process is at this run or has done it. The connection must be in autocommit.
    """
    kept = Kept(connection, loaded, compile_rule(loaded), now)
    kind = kind or ("manual" if due_at is None else "scheduled")
    moment = due_at or now()
    with held(connection, loaded.rule.id, moment.isoformat()) as mine:
        if not mine:
            return None
        plan = kept.begin(kind, moment, judged(loaded.rule, days))
        return None if plan is None else carry_out(kept, submit, plan)


def near(
    connection: psycopg.Connection, submit: Submit, loaded: document.Loaded, *, now: Callable[[], datetime]
) -> Ran | None:
    """Judge the groups that events since the last such run touched. None where nothing is new, or another is at it."""
    kept = Kept(connection, loaded, compile_rule(loaded, near=True), now)
    with held(connection, loaded.rule.id, "near") as mine:
        plan = kept.begin_near() if mine else None
        return None if plan is None else carry_out(kept, submit, plan)


@contextmanager
def held(connection: psycopg.Connection, rule: str, what: str) -> Iterator[bool]:
    """The lock of one run; False where somebody else has it. A lost connection has let go of it already."""
    lock = {"rule": rule, "what": what}
    row = connection.execute(SQL["try_run_lock"], lock).fetchone()
    if row is None or not row[0]:
        yield False
        return
    try:
        yield True
    finally:
        if not connection.closed:
            connection.execute(SQL["release_run_lock"], lock)


def carry_out(kept: Kept, submit: Submit, plan: Plan) -> Ran:
    """Evaluate, deliver, close the run's row. What was decided is done once, however often it is tried."""
    try:
        found = answer(kept.connection, kept.loaded, kept.compiled, plan)
        told = found.findings if found.reason is None else [unanswered(kept.loaded.rule, plan.days, found.reason)]
        sent, raised, joined = deliver(kept.connection, submit, told)
        return kept.end(plan, found, sent, raised, joined)
    except Exception as error:
        kept.fail(plan, error)
        raise


def answer(
    connection: psycopg.Connection,
    loaded: document.Loaded,
    compiled: Compiled,
    plan: Plan,
    params: Mapping[str, int] | None = None,
) -> Found:
    """What a run of this plan finds. Raises LookupError where the views are not as far as it says."""
    started = time.monotonic()
    reason, found, read = None, [], 0
    if plan.days:
        with standing_still(connection, loaded.rule) as whole:
            if whole < plan.cutoff:
                raise LookupError(
                    f"the views are at position {whole}, before the run's {plan.cutoff}; let them follow."
                )
            try:
                found = evaluate(connection, loaded.rule, compiled, plan.days, plan.cutoff, params, since=plan.since)
                read = rows_read(connection)
            except Inconclusive as error:
                reason = f"{error}"
    return Found(found, read, round((time.monotonic() - started) * 1000), reason)


def replay(connection: psycopg.Connection, number: int) -> Repeated:
    """Repeat a past run with its own rule version, statement, days and cutoff. Raises LookupError."""
    past = recall(connection, number)
    found = answer(connection, past.loaded, past.compiled, past.plan, past.params)
    return Repeated(number, past.loaded.rule.id, past.plan.cutoff, past.result_hash, found.hash)
