"""What a person asks of a rule: a backtest, by the views themselves, within a budget of time; a run of it, now."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

import psycopg
from psycopg.errors import QueryCanceled

from api.facts import AsOf, Read
from api.problems import Problem
from ledger.kernel import clock
from ops.questions import SQL
from risk.asked import ask
from risk.backtest import Judge, Question, Tested, backtest, on_postgres
from risk.document import Loaded, RuleError
from risk.evaluator import standing_still
from risk.findings import Finding
from risk.labels import LabelError, labels_of
from risk.shapes import Inconclusive

SECONDS_MAX: Final = 30.0
_TOO_LONG: Final = (
    "it takes longer than {seconds:.0f} seconds. Ask for fewer days, or run `crowdledger rules backtest` with "
    "--engine duckdb on the server, which has no such limit."
)


def judged(connection: psycopg.Connection, asked: Question, seconds: float = SECONDS_MAX) -> Read[Tested]:
    """The answer, as of where the views stand. Raises Problem. The connection is in autocommit."""
    rule = asked.loaded.rule
    try:
        labels = labels_of(asked.labels) if asked.labels else None
        with standing_still(connection, rule) as cutoff:
            row = connection.execute(SQL["lag"], {"position": cutoff}).fetchone()
            as_of = AsOf(cutoff, row[0] if row else 0.0)
            judge = _within(seconds, connection, on_postgres(connection, asked.loaded, cutoff))
            found = backtest(
                asked.loaded, judge, asked.days, engine="postgres", cutoff=cutoff, params=asked.params, labels=labels
            )
            return Read(found, as_of)
    except (RuleError, LabelError, Inconclusive) as error:
        raise Problem("invalid_parameter", str(error)) from None
    except LookupError as error:
        raise Problem("unavailable", f"{error}; ask again in a moment.") from None


def run_rule(connection: psycopg.Connection, loaded: Loaded, by: str) -> int:
    """The number of the run that a scheduler will carry out. Raises Problem. The connection is in autocommit."""
    try:
        return ask(connection, loaded, by, clock.now)
    except RuleError as error:
        raise Problem("invalid_parameter", str(error)) from None
    except LookupError as error:
        raise Problem("unavailable", f"{error}; ask again in a moment.") from None


def _within(seconds: float, connection: psycopg.Connection, judge: Judge) -> Judge:
    """The same, stopped in the database when its time is up."""
    deadline = time.monotonic() + seconds
    too_long = Problem("too_long", _TOO_LONG.format(seconds=seconds))

    def hurried(days: Sequence[int], params: Mapping[str, int]) -> list[Finding]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise too_long
        connection.execute(SQL["hurry"], {"milliseconds": str(max(1, int(left * 1000)))})
        try:
            return judge(days, params)
        except QueryCanceled:
            raise too_long from None

    return hurried
