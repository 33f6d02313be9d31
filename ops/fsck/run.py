"""The whole check: one pass over the log in one snapshot, then the views one by one, beside a live server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg

from ledger.checkpoint import opened
from ledger.notes import NoteError, VerifierKey, parse_key
from ledger.store import tree, verifying
from ops.fsck import events, tables
from ops.fsck.events import Row
from ops.fsck.report import Report
from ops.fsck.sql import SQL
from ops.fsck.states import Fold
from projections import schemas
from projections.audit import AuditFailed, audit
from projections.catalogue import VIEWS

CHECKS = ("events", "tree", "states", "views")
BATCH = 2_000
_WINDOWS, _WINDOW = 20, 100  # of a quick check: so many places, so many events each
Progress = Callable[[str, int, int], None]  # what, done, of


def fsck(dsn: str, only: frozenset[str], progress: Progress, trusted: Sequence[VerifierKey] = ()) -> Report:
    """Derive again and compare. Raises psycopg.OperationalError where the database goes away.

    `trusted`: the log's keys as somebody outside has them. Without any, those in the database are believed: who could
    write there could have put his own.
    """
    report = Report(checked=[each for each in CHECKS if each in only])
    with _snapshot(dsn) as connection:
        report.position, report.events = _head(connection)
        walkers: list[Callable[[list[Row]], None]] = []
        line = _Line(report)
        if "events" in only:
            walkers.append(line.take)
            tables.check(connection, report)
        fold = Fold(connection, report) if "states" in only else None
        if fold is not None:
            walkers.append(fold.take)
        if walkers:
            for rows in _batches(connection, report.position):
                for take in walkers:
                    take(rows)
                progress("events", rows[-1].position, report.position)
        line.finish(report.position)
        if "tree" in only:
            progress("tree", 0, report.position)
            for each in verifying.differences(connection, trusted):
                report.add("tree", each.position, each.what, each.detail, "")
        if fold is not None:
            fold.compare()
    if "views" in only:
        _views(dsn, report, progress)
    return report


def quick(dsn: str, progress: Progress) -> Report:
    """A sample: places all over the log, the newest signed head, the tables' own consistency. Seconds, not minutes."""
    report = Report(checked=["events", "tree"], notes=["quick: a sample of the events, no states and no views"])
    with _snapshot(dsn) as connection:
        report.position, count = _head(connection)
        if count != report.position:
            report.add("events", None, "number of events", count, report.position)
        tables.check(connection, report)
        for place in range(_WINDOWS):
            after = max(report.position - _WINDOW, 0) * place // (_WINDOWS - 1)
            rows = _rows(connection, after, report.position, _WINDOW)
            report.events += len(rows)
            _Line(report, after).take(rows)
            for row in rows:
                if row.derived_leaf() != row.leaf:
                    report.add("tree", row.position, "leaf", row.leaf, row.derived_leaf())
            progress("places", place + 1, _WINDOWS)
        _newest(connection, report)
    return report


def _newest(connection: psycopg.Connection[Any], report: Report) -> None:
    """The newest head: within the log, its root that of the tiles, signed by a key of the log."""
    sealed = tree.latest(connection)
    if sealed is None:
        return
    if sealed.size > report.position:
        report.add(
            "tree", report.position + 1, f"head of {sealed.size}", "signed", f"the log ends at {report.position}"
        )
        return
    try:
        root = tree.root(connection, sealed.size)
        if root != sealed.root:
            report.add("tree", sealed.size, f"head of {sealed.size}", sealed.root, root)
        opened(sealed.note, [parse_key(each.verifier_key) for each in tree.keys(connection)])
    except (NoteError, tree.Damaged) as error:
        report.add("tree", sealed.size, f"head of {sealed.size}", sealed.note, str(error))


class _Line:
    """Positions without a gap, known time that never goes back, and each row in itself."""

    def __init__(self, report: Report, position: int = 0) -> None:
        self._report = report
        self._position = position
        self._recorded_at: datetime | None = None

    def take(self, rows: list[Row]) -> None:
        for row in rows:
            if row.position != self._position + 1:
                self._report.add("events", self._position + 1, "position", "missing", f"next is {row.position}")
            if self._recorded_at is not None and row.recorded_at < self._recorded_at:
                self._report.add("events", row.position, "recorded_at", row.recorded_at, f">= {self._recorded_at}")
            self._position, self._recorded_at = row.position, row.recorded_at
            events.check(row, self._found)

    def finish(self, head: int) -> None:
        """After the last row."""
        assert self._position in {0, head}, "the snapshot changed under us"

    def _found(self, what: str, stored: object, derived: object) -> None:
        self._report.add("events", self._position, what, stored, derived)


def _views(dsn: str, report: Report, progress: Progress) -> None:
    schemas.prepare(dsn)
    for number, view in enumerate(VIEWS.values()):
        progress(f"view {view.NAME}", number, len(VIEWS))
        try:
            for each in audit(dsn, view):
                digests = [f"{d.rows} rows, {d.hash:x}" if d else "no table" for d in (each.stored, each.derived)]
                report.add("views", None, f"{each.view}.{each.table} at position {each.position}", *digests)
        except AuditFailed as error:
            report.add("views", None, view.NAME, "a view", str(error))
    progress("views", len(VIEWS), len(VIEWS))


@contextmanager
def _snapshot(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """One moment for everything; only the temporary table of derived states is written."""
    with psycopg.connect(dsn, autocommit=True, application_name="crowdledger fsck") as connection:
        connection.execute(SQL["session"])
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            yield connection


def _head(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    row = connection.execute(SQL["head"]).fetchone()
    assert row is not None, "an aggregate has one row"
    return row[0], row[1]


def _batches(connection: psycopg.Connection[Any], head: int) -> Iterator[list[Row]]:
    after = 0
    while rows := _rows(connection, after, head, BATCH):
        yield rows
        after = rows[-1].position


def _rows(connection: psycopg.Connection[Any], after: int, until: int, limit: int) -> list[Row]:
    found = connection.execute(SQL["rows"], {"after": after, "until": until, "limit": limit})
    return [Row(*row) for row in found.fetchall()]
