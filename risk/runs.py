"""A run: evaluate, keep the record, send what is new to the log. The edge of the monitor; what it calls only reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from psycopg.types.json import Json, Jsonb

from ledger.candidate import Answer
from ledger.kernel.canonical import sha256
from ledger.kernel.refusals import Code
from ledger.states.alerts import AlertKey
from ledger.store import reading
from risk import document
from risk.compile import compile_rule
from risk.evaluator import SQL, evaluate, judged, standing_still
from risk.findings import Finding, coalesce, event, result_hash

if TYPE_CHECKING:
    import psycopg

Submit = Callable[[Sequence[dict[str, Any]]], Sequence[Answer]]  # CloudEvents of source `system` -> an answer for each

BATCH = 500  # findings that are sent together
_EXPECTED = frozenset({Code.NOTHING_NEW, Code.ID_REUSED})  # another evaluator was faster
_log = structlog.get_logger(__name__)


class NotTaken(Exception):
    """A finding could not be recorded; the message says why. That is a mistake of ours, not of any platform."""


class Ran(NamedTuple):
    """What a run did: `submitted` findings went to the log, of which some opened an alert and some joined one."""

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


class Repeated(NamedTuple):
    """A past run, repeated: equal hashes mean that it found the same."""

    number: int
    rule: str
    cutoff: int
    then_hash: str
    now_hash: str


class Tested(NamedTuple):
    """A backtest: the findings of each day, the alerts they would have made, the position they are as of."""

    findings: list[Finding]
    alerts: int
    cutoff: int
    result_hash: str


def run(
    connection: psycopg.Connection,
    submit: Submit,
    loaded: document.Loaded,
    days: Iterable[int],
    *,
    now: Callable[[], datetime],
    due_at: datetime | None = None,
) -> Ran | None:
    """Judge `days` (since 1970-01-01), record the run, submit what is new. `due_at` makes it a scheduled run.

    None where another process is at this run or has done it. The connection must be in autocommit.
    """
    begun = _Begun(connection, loaded, judged(loaded.rule, days), now, due_at)
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
        days: list[int],
        now: Callable[[], datetime],
        due_at: datetime | None,
    ) -> None:
        self.connection = connection
        self.loaded = loaded
        self.rule = loaded.rule
        self.compiled = compile_rule(loaded)
        self.days = days
        self.now = now
        self.kind = "manual" if due_at is None else "scheduled"
        self.lock = {"rule": self.rule.id, "due_at": due_at or now()}
        self.number = 0

    def take(self) -> bool:
        """Get the lock and the row of this run; False where somebody else has it."""
        row = self.connection.execute(SQL["try_run_lock"], self.lock).fetchone()
        if row is None or not row[0]:
            return False
        row = self._begin()
        if row is None:
            self.release()
            return False
        self.number = row[0]
        return True

    def _begin(self) -> tuple[Any, ...] | None:
        version = {
            "rule": self.rule.id, "version": self.rule.version, "hash": self.loaded.hash,
            "statement_hash": sha256(self.compiled.text.encode()).hex(), "now": self.now(),
        }  # fmt: skip
        kept = {"document": Json(self.loaded.plain), "sql": self.loaded.sql, "statement": self.compiled.text}
        self.connection.execute(SQL["keep_version"], version | kept)
        asked = {"kind": self.kind, "due_at": self.lock["due_at"], "days": self.days, "params": Jsonb(self.rule.params)}
        return self.connection.execute(SQL["begin_run"], version | asked).fetchone()

    def finish(self, submit: Submit) -> Ran:
        """Evaluate, deliver, close the run's row."""
        started = time.monotonic()
        with standing_still(self.connection, self.rule) as cutoff:
            found = evaluate(self.connection, self.rule, self.compiled, self.days, cutoff)
        duration_ms = round((time.monotonic() - started) * 1000)
        sent, raised, joined = deliver(self.connection, submit, found)
        ran = Ran(
            self.number, self.rule.id, self.rule.version, len(self.days), cutoff, len(found), sent, raised, joined,
            result_hash(found), duration_ms,
        )  # fmt: skip
        self.connection.execute(SQL["end_run"], ran._asdict() | {"now": self.now()})
        return ran

    def fail(self, error: Exception) -> None:
        """Say in the run's row why it failed; it is taken up again at the next occasion."""
        _log.warning("rule_failed", rule=self.rule.id, reason=f"{type(error).__name__}: {error}".strip())
        if not self.connection.closed:
            text = f"{type(error).__name__}: {error}".replace("\0", "\\0")[:2000]
            self.connection.execute(SQL["fail_run"], {"number": self.number, "error": text, "now": self.now()})

    def release(self) -> None:
        """Let go of the run; a lost connection has done so already."""
        if not self.connection.closed:
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
        for each, answer in zip(batch, submit([event(each) for each in batch]), strict=True):
            if answer.status == "refused" and answer.code not in _EXPECTED:
                raise NotTaken(f"a finding of {each.rule} was refused ({answer.code}): {answer.detail}")
            if answer.status == "accepted":
                joined += each.alert_key in open_keys
                raised += each.alert_key not in open_keys
                open_keys.add(each.alert_key)
    return len(fresh), raised, joined


def backtest(
    connection: psycopg.Connection,
    loaded: document.Loaded,
    days: Iterable[int],
    params: Mapping[str, int] | None = None,
    cutoff: int | None = None,
) -> Tested:
    """What the rule finds on each day, with other parameters perhaps. Records and submits nothing. Raises RuleError."""
    rule = loaded.rule
    if unknown := sorted(set(params or {}) - set(rule.params)):
        raise document.RuleError(f"{rule.id} has no parameter {', '.join(unknown)}; it has {', '.join(rule.params)}.")
    with standing_still(connection, rule) as whole:
        at = whole if cutoff is None else min(cutoff, whole)
        found = evaluate(connection, rule, compile_rule(loaded), judged(rule, days), at, params)
    return Tested(found, episodes(found, rule.dedupe.merge_days), at, result_hash(found))


def replay(connection: psycopg.Connection, number: int) -> Repeated:
    """Repeat a past run with its own rule version, statement, days and cutoff. Raises LookupError."""
    row = connection.execute(SQL["run"], {"number": number}).fetchone()
    if row is None or row[1] != "done":
        raise LookupError(f"there is no finished run {number}.")
    rule_id, _, days, cutoff, params, then_hash, plain, sql, statement = row
    loaded = document.restore(plain, sql)
    compiled = compile_rule(loaded).as_kept(statement)
    with standing_still(connection, loaded.rule):
        found = evaluate(connection, loaded.rule, compiled, days, cutoff, params)
    return Repeated(number, rule_id, cutoff, then_hash, result_hash(found))


def episodes(found: Iterable[Finding], merge_days: int) -> int:
    """How many alerts a period would have had where nobody closes any: findings of a key further apart count anew."""
    last: dict[str, int] = {}
    count = 0
    for each in sorted(found, key=lambda one: one.day):
        before = last.get(each.alert_key)
        count += before is None or each.day - before > merge_days
        last[each.alert_key] = each.day
    return count
