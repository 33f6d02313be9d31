"""A run: evaluate, keep the record, send what is new to the log. The edge of the monitor; what it calls only reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from ledger.candidate import Answer
from ledger.kernel.canonical import sha256
from ledger.states.alerts import AlertKey
from ledger.store import reading
from risk import document
from risk.compile import Compiled, compile_rule, date_of
from risk.evaluator import SQL, cutoff_of, days_to_judge, evaluate, snapshot
from risk.findings import Finding, coalesce, event, result_hash

if TYPE_CHECKING:
    import psycopg

Submit = Callable[[Sequence[dict[str, Any]]], Sequence[Answer]]  # CloudEvents of source `system` -> an answer for each

BATCH = 500  # findings that are sent together


class Ran(NamedTuple):
    """What a run did. `submitted` findings went to the log, of which some opened an alert and some joined one."""

    number: int
    rule: str
    version: int
    days: int
    cutoff: int
    findings: int
    submitted: int
    raised: int
    joined: int
    result_hash: str
    duration_ms: int


class Past(NamedTuple):
    """A run that was repeated: equal hashes mean that it found the same."""

    number: int
    rule: str
    cutoff: int
    then_hash: str
    now_hash: str


def run(
    connection: psycopg.Connection,
    submit: Submit,
    loaded: document.Loaded,
    first: date,
    last: date,
    *,
    now: Callable[[], datetime],
    due_at: datetime | None = None,
) -> Ran | None:
    """Judge the days `first` to `last`, record the run, submit what is new. `due_at` makes it a scheduled run.

    None where another process is at this run or has done it. The connection must be in autocommit.
    """
    begun = _Begun(connection, loaded, first, last, now, due_at)
    if not begun.take():
        return None
    try:
        return begun.finish(submit)
    except Exception as error:
        begun.fail(error)
        raise
    finally:
        begun.release()


class _Begun:
    """One run on its way."""

    def __init__(
        self,
        connection: psycopg.Connection,
        loaded: document.Loaded,
        first: date,
        last: date,
        now: Callable[[], datetime],
        due_at: datetime | None,
    ) -> None:
        self.connection = connection
        self.loaded = loaded
        self.rule = loaded.rule
        self.compiled = compile_rule(loaded)
        self.days = days_to_judge(self.rule, first, last)
        self.now = now
        self.kind = "manual" if due_at is None else "scheduled"
        self.lock = {"rule": self.rule.id, "due_at": due_at or now()}
        self.number = 0

    def take(self) -> bool:
        """Get the lock and the row of this run; False where somebody else has it."""
        row = self.connection.execute(SQL["try_run_lock"], self.lock).fetchone()
        if row is None or not row[0]:
            return False
        version = _version(self.loaded, self.compiled)
        self.connection.execute(
            SQL["keep_version"],
            version
            | {
                "document": Jsonb(self.loaded.plain), "sql": self.loaded.sql, "statement": self.compiled.sql,
                "now": self.now(),
            },
        )  # fmt: skip
        row = self.connection.execute(
            SQL["begin_run"],
            version
            | {
                "kind": self.kind, "due_at": self.lock["due_at"], "params": Jsonb(self.rule.params), "now": self.now(),
                "first_day": min(self.days, default=0), "last_day": max(self.days, default=0),
            },
        ).fetchone()  # fmt: skip
        if row is None:
            self.release()
            return False
        self.number = row[0]
        return True

    def finish(self, submit: Submit) -> Ran:
        started = time.monotonic()
        with snapshot(self.connection):
            cutoff = cutoff_of(self.connection, self.rule)
            found = evaluate(self.connection, self.rule, self.compiled, self.days, cutoff)
        duration_ms = round((time.monotonic() - started) * 1000)
        sent, raised, joined = deliver(self.connection, submit, found)
        digest = result_hash(found)
        self.connection.execute(
            SQL["end_run"],
            {
                "number": self.number, "cutoff": cutoff, "findings": len(found), "result_hash": digest,
                "submitted": sent, "raised": raised, "joined": joined, "duration_ms": duration_ms, "now": self.now(),
            },
        )  # fmt: skip
        return Ran(
            self.number, self.rule.id, self.rule.version, len(self.days), cutoff, len(found), sent, raised, joined,
            digest, duration_ms,
        )  # fmt: skip

    def fail(self, error: Exception) -> None:
        if not self.connection.broken:
            text = f"{type(error).__name__}: {error}"[:2000]
            self.connection.execute(SQL["fail_run"], {"number": self.number, "error": text, "now": self.now()})

    def release(self) -> None:
        if not self.connection.broken:
            self.connection.execute(SQL["release_run_lock"], self.lock)


def deliver(connection: psycopg.Connection, submit: Submit, found: Sequence[Finding]) -> tuple[int, int, int]:
    """Send what its alert does not know yet; (sent, opened an alert, joined one). Days in order, a batch at a time."""
    keys = list(dict.fromkeys(each.alert_key for each in found))
    states = reading.states(connection, keys)
    known = {key: state for key, state in states.items() if isinstance(state, AlertKey)}
    open_keys = {key for key, state in known.items() if state.status != "closed"}
    fresh = coalesce(found, known)
    raised = joined = 0
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        answers = submit([event(each) for each in batch])
        for each, answer in zip(batch, answers, strict=True):
            if answer.status != "accepted":
                continue
            if each.alert_key in open_keys:
                joined += 1
            else:
                raised += 1
                open_keys.add(each.alert_key)
    return len(fresh), raised, joined


def backtest(
    connection: psycopg.Connection,
    loaded: document.Loaded,
    first: date,
    last: date,
    params: Mapping[str, int] | None = None,
    cutoff: int | None = None,
) -> list[Finding]:
    """What the rule finds on each day of a period, with other parameters perhaps. Records and submits nothing."""
    rule = loaded.rule
    if unknown := sorted(set(params or {}) - set(rule.params)):
        raise document.RuleError(f"{rule.id} has no parameter {', '.join(unknown)}; it has {', '.join(rule.params)}.")
    with snapshot(connection):
        at = cutoff_of(connection, rule) if cutoff is None else cutoff
        return evaluate(connection, rule, compile_rule(loaded), days_to_judge(rule, first, last), at, params)


def replay(connection: psycopg.Connection, number: int) -> Past:
    """Repeat a past run with its own rule version, statement, days and cutoff. Raises LookupError."""
    row = connection.execute(SQL["run"], {"number": number}).fetchone()
    if row is None or row[9] != "done":
        raise LookupError(f"there is no finished run {number}.")
    rule_id, first_day, last_day, cutoff, params, then_hash = row[1], row[5], row[6], row[7], row[8], row[12]
    loaded = document.restore(row[19], row[20])
    compiled = compile_rule(loaded)._replace(sql=row[21])
    days = days_to_judge(loaded.rule, date_of(first_day), date_of(last_day))
    with snapshot(connection):
        found = evaluate(connection, loaded.rule, compiled, days, cutoff, params)
    return Past(number, rule_id, cutoff, then_hash, result_hash(found))


def _version(loaded: document.Loaded, compiled: Compiled) -> dict[str, Any]:
    return {
        "rule": loaded.rule.id,
        "version": loaded.rule.version,
        "hash": loaded.hash,
        "statement_hash": sha256(compiled.sql.encode()).hex(),
    }


def episodes(found: Sequence[Finding], merge_days: int) -> int:
    """How many alerts a period would have had where nobody closes any: findings of a key further apart count anew."""
    last: dict[str, int] = {}
    count = 0
    for each in sorted(found, key=lambda one: one.day):
        before = last.get(each.alert_key)
        count += before is None or each.day - before > merge_days
        last[each.alert_key] = each.day
    return count


def to_json(value: Any) -> bytes:
    """A result as JSON, for the commands."""
    return msgspec.json.encode(value)
