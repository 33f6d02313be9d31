"""A platform's book of loans: what `ledger.lending.portfolio` counts, read in sets from view `loans`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import psycopg

from ledger.lending.portfolio import Lent
from ledger.lending.terms import History, Loss, Payment, Restructuring, Terms
from projections import base

SQL = base.load("loan_book")
_EPOCH = date(1970, 1, 1).toordinal()


class Standing(NamedTuple):
    """How many loans of a currency have a status; `amount` is what they were listed with, minor units."""

    currency: str
    status: str
    loans: int
    amount: int


def count(connection: psycopg.Connection[Any], scope: str) -> int:
    """How many loans of a platform have principal outstanding."""
    row = connection.execute(SQL["count"], {"scope": scope}).fetchone()
    assert row is not None, "an aggregate has one row"
    return int(row[0])


def standings(connection: psycopg.Connection[Any], scope: str) -> list[Standing]:
    """All loans of a platform, by currency and status."""
    rows = connection.execute(SQL["standing"], {"scope": scope})
    return [Standing(currency, status, loans, int(amount)) for currency, status, loans, amount in rows]


def running(connection: psycopg.Connection[Any], scope: str) -> list[Lent]:
    """The loans with principal outstanding; inside `snapshots.snapshot(connection, "loans")`."""
    return [*_lent(connection, scope, None).values()]


def of_loans(connection: psycopg.Connection[Any], keys: Sequence[str]) -> dict[str, Lent]:
    """Those of the loans (keys) that have principal outstanding; inside a snapshot, as `running`."""
    return _lent(connection, None, list(keys)) if keys else {}


def _lent(connection: psycopg.Connection[Any], scope: str | None, keys: list[str] | None) -> dict[str, Lent]:
    asked = {"scope": scope, "keys": keys}
    payments: defaultdict[str, list[Payment]] = defaultdict(list)
    for loan, day, principal, interest, recovered in connection.execute(SQL["payments"], asked):
        payments[loan].append(Payment(_date(day), int(principal), int(interest), recovered=int(recovered)))
    changes: defaultdict[str, list[Restructuring]] = defaultdict(list)
    losses: defaultdict[str, list[Loss]] = defaultdict(list)
    for loan, step, day, term, rate, given_up in connection.execute(SQL["steps"], asked):
        if step == "restructured":
            changes[loan].append(Restructuring(_date(day), term, rate))
        else:
            losses[loan].append(Loss(_date(day), given_up))
    found = {}
    for key, currency, where, status, amount, rate, term, repayment, day in connection.execute(SQL["running"], asked):
        terms = Terms(amount, rate, term, repayment)
        history = History(_date(day), tuple(payments[key]), tuple(changes[key]), tuple(losses[key]))
        found[key] = Lent(currency, where, status == "defaulted", terms, history)
    return found


def _date(day: int) -> date:
    return date.fromordinal(_EPOCH + day)
