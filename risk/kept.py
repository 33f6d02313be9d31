"""The rows of runs: what a run was decided to be, before it begins, and what came of it, after it ended.

A run is decided once: its days, its cutoff and, near real time, since when. Whoever takes it up again after a crash
does what was decided then, finds the same, and tells nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from psycopg.types.json import Json, Jsonb

from ledger.kernel.canonical import canonical, sha256
from risk import document
from risk.compile import Compiled, compile_rule
from risk.evaluator import SQL, standing_still
from risk.findings import Finding, result_hash
from risk.near import Ahead, ahead

if TYPE_CHECKING:
    import psycopg

_ERROR_MAX = 2_000
_log = structlog.get_logger(__name__)


class Plan(NamedTuple):
    """What a run judges: the groups that events after `since` touched, or all, on these days, as known at `cutoff`."""

    number: int
    days: list[int]
    cutoff: int
    since: int | None = None


class Found(NamedTuple):
    """What an evaluation gave. `reason`: why there is no answer."""

    findings: list[Finding]
    rows_read: int
    duration_ms: int
    reason: str | None = None

    @property
    def status(self) -> str:
        """What the run's row says."""
        return "done" if self.reason is None else "inconclusive"

    @property
    def hash(self) -> str:
        """Of the findings; of the reason where there are none to be had."""
        if self.reason is not None:
            return sha256(canonical(["inconclusive", self.reason])).hex()
        return result_hash(self.findings)


class Ran(NamedTuple):
    """What a run did: `submitted` findings went to the log, of which some opened an alert and some joined one.

    `status` is `done` or `inconclusive`, with the reason. `since`: of a near-real-time run. `rows_read`: by the engine.
    """

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
    since: int | None = None
    rows_read: int = 0
    severities: dict[str, int] = {}  # noqa: RUF012 - never changed
    status: str = "done"
    reason: str | None = None


class Row(NamedTuple):
    """A run as it is kept; the meaning of each field is in ops/migrations, `error` says why where it has no answer."""

    number: int
    version: int
    kind: str
    status: str
    due_at: datetime
    started_at: datetime
    ended_at: datetime | None
    days: list[int]
    since: int | None
    cutoff: int
    touched: int | None
    left_out: int
    findings: int | None
    severities: dict[str, int] | None
    submitted: int | None
    raised: int | None
    joined: int | None
    rows_read: int | None
    duration_ms: int | None
    result_hash: str | None
    error: str | None
    params: dict[str, int]
    statement_hash: str
    asked_by: str | None = None


class Version(NamedTuple):
    """A version of a rule: its document as JSON has it. `first_run_at` None: it has not run yet."""

    version: int
    hash: str
    first_run_at: datetime | None
    document: dict[str, Any]


class Past(NamedTuple):
    """A run of the past, with the version of its rule as it was then."""

    loaded: document.Loaded
    compiled: Compiled
    plan: Plan
    params: dict[str, int]
    result_hash: str


class Kept(NamedTuple):
    """A version of a rule, and the table in which its runs are kept."""

    connection: psycopg.Connection
    loaded: document.Loaded
    compiled: Compiled
    now: Callable[[], datetime]

    def begin(self, kind: str, due_at: datetime, days: list[int]) -> Plan | None:
        """Decide a run, or take up one that didn't end; None where it has. Its lock must be held."""
        with standing_still(self.connection, self.loaded.rule) as cutoff:
            pass
        asked = {"kind": kind, "due_at": due_at, "days": days, "cutoff": cutoff}
        row = self.connection.execute(SQL["begin_run"], self.version() | asked).fetchone()
        return None if row is None else Plan(*row)

    def begin_near(self) -> Plan | None:
        """Decide the next near-real-time run, or take up the last; None where nothing is new. Its lock must be held."""
        row = self.connection.execute(SQL["near_end"], {"rule": self.loaded.rule.id}).fetchone()
        if row is not None and row[1] in {"running", "failed"}:
            number, _, since, cutoff, days, *_ = row
            self.connection.execute(SQL["resume_near"], self.version() | {"number": number})
            return Plan(number, days, cutoff, since)
        since = self._near_start() if row is None else row[3]
        moment = self.now()
        found = ahead(self.connection, self.loaded.rule, self.compiled, since, moment)
        return None if found is None else self._insert_near(found, moment)

    def _near_start(self) -> int:
        row = self.connection.execute(SQL["near_start"], {"rule": self.loaded.rule.id}).fetchone()
        return int(row[0]) if row else 0

    def _insert_near(self, found: Ahead, moment: datetime) -> Plan | None:
        row = self.connection.execute(
            SQL["begin_near"], self.version() | found._asdict() | {"due_at": moment}
        ).fetchone()
        return None if row is None else Plan(row[0], found.days, found.cutoff, found.since)

    def version(self) -> dict[str, Any]:
        """Keep the version that runs, so that its runs can be repeated when the document has long changed."""
        rule = self.loaded.rule
        version = {
            "rule": rule.id, "version": rule.version, "hash": self.loaded.hash,
            "statement_hash": sha256(self.compiled.text.encode()).hex(), "now": self.now(),
        }  # fmt: skip
        kept = {"document": Json(self.loaded.plain), "sql": self.loaded.sql, "statement": self.compiled.text}
        self.connection.execute(SQL["keep_version"], version | kept)
        return {**version, "params": Jsonb(rule.params)}

    def end(self, plan: Plan, found: Found, sent: int, raised: int, joined: int) -> Ran:
        """Close the run's row."""
        rule = self.loaded.rule
        ran = Ran(
            plan.number, rule.id, rule.version, len(plan.days), plan.cutoff, len(found.findings), sent, raised, joined,
            found.hash, found.duration_ms, plan.since, found.rows_read,
            dict(Counter(each.severity for each in found.findings)), found.status, found.reason,
        )  # fmt: skip
        row = ran._asdict() | {"severities": Jsonb(ran.severities), "now": self.now()}
        self.connection.execute(SQL["end_run"], row)
        return ran

    def fail(self, plan: Plan, error: Exception) -> None:
        """Say in the run's row why it failed; it is taken up again at the next occasion."""
        text = f"{type(error).__name__}: {error}".strip()
        _log.warning("rule_failed", rule=self.loaded.rule.id, reason=text)
        if not self.connection.closed:
            told = {"number": plan.number, "error": text.replace("\0", "\\0")[:_ERROR_MAX], "now": self.now()}
            self.connection.execute(SQL["fail_run"], told)


def runs_of(
    connection: psycopg.Connection, rule: str, before: int | None, limit: int, kind: str | None = None
) -> list[Row]:
    """The runs of a rule, newest first, numbered below `before`; of one kind, or of all."""
    asked = {"rule": rule, "before": before, "limit": limit, "kind": kind}
    return [Row(*row) for row in connection.execute(SQL["runs_of"], asked).fetchall()]


def run_of(connection: psycopg.Connection, rule: str, number: int) -> Row | None:
    """One run of a rule."""
    row = connection.execute(SQL["run_of"], {"rule": rule, "number": number}).fetchone()
    return None if row is None else Row(*row)


def newest_runs(connection: psycopg.Connection, rules: Sequence[str]) -> dict[str, Row]:
    """The newest run of each of these rules, but for a candidate's; rules that never ran are left out."""
    rows = connection.execute(SQL["newest_runs"], {"rules": list(rules)}).fetchall()
    return {rule: Row(*row) for rule, *row in rows}


def versions_of(connection: psycopg.Connection, rule: str) -> list[Version]:
    """The versions of a rule that ever ran, newest first."""
    return [Version(*row) for row in connection.execute(SQL["versions_of"], {"rule": rule}).fetchall()]


def recall(connection: psycopg.Connection, number: int) -> Past:
    """A run that ended, as it was decided. Raises LookupError: there is none, or its version can't be had any more."""
    row = connection.execute(SQL["run"], {"number": number}).fetchone()
    if row is None or row[1] not in {"done", "inconclusive"}:
        raise LookupError(f"there is no finished run {number}.")
    _, _, days, cutoff, params, then_hash, plain, sql, statement, since = row
    loaded = document.restore(plain, sql)
    try:
        compiled = compile_rule(loaded, near=since is not None).as_kept(statement)
    except document.RuleError as error:
        raise LookupError(
            f"run {number} was of {loaded.rule.id} version {loaded.rule.version}, which this program can't read any "
            f"more ({error}); repeat it with the release that ran it."
        ) from None
    return Past(loaded, compiled, Plan(number, days, cutoff, since), params, then_hash)
