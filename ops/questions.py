"""What the api asks of views, as plain functions of a connection; the statements are in sql/questions.sql."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from api.facts import AsOf
from api.problems import Problem
from api.scorecards import Registered
from api.services import (
    BalanceQuestion,
    CaseRead,
    Scorecard,
)
from ledger.kernel.named_sql import load
from ledger.lending.portfolio import Lent
from ledger.store import reading
from ops import scorecards
from projections import alerts, balances, cases, sanctions
from projections import loan_book as loan_book_view
from projections.snapshots import snapshot

SQL = load(Path(__file__).parent / "sql" / "questions.sql")


@contextmanager
def standing(connection: psycopg.Connection, *views: str) -> Iterator[AsOf]:
    """A snapshot of views; gives the lowest of their positions, and how old the first event is that is not in it."""
    with ExitStack() as stack:
        try:
            position = stack.enter_context(snapshot(connection, *views))
        except LookupError as error:
            raise Problem("unavailable", f"{error}; ask again in a moment.") from None
        row = connection.execute(SQL["lag"], {"position": position}).fetchone()
        yield AsOf(position, row[0] if row else 0.0)


def totals_then(connection: psycopg.Connection, asked: BalanceQuestion) -> dict[str, int]:
    """Sums by currency of what the accounts held then."""
    # As the view reads them: accounts are printable ASCII, DEL comes after every one of them.
    values = {"first": asked.prefix, "end": asked.prefix + "\x7f", **asked.times._asdict()}
    return {currency: int(amount) for currency, amount in connection.execute(SQL["totals_then"], values)}


def platforms(connection: psycopg.Connection, after: str, limit: int) -> list[Registered]:
    """A page of platforms by id."""
    rows = connection.execute(SQL["platforms"], {"after": after, "limit": limit})
    return [Registered(*row) for row in rows]


def platform(connection: psycopg.Connection, name: str) -> Registered | None:
    """One platform."""
    row = connection.execute(SQL["platform"], {"platform": name}).fetchone()
    return Registered(*row) if row else None


def scorecard(connection: psycopg.Connection, name: str) -> Scorecard:
    """What a supervisor sees of a platform beside its public part."""
    waiting = connection.execute(SQL["waiting_and_refused"], {"source": f"platform:{name}"}).fetchone()
    month = connection.execute(SQL["month"], {"platform": name}).fetchone()
    assert waiting is not None, "a SELECT without FROM has one row"
    return Scorecard(
        custody=scorecards.custody(connection, [name])[name],
        open_alerts=open_alerts(connection, [name]).get(name, 0),
        parked=waiting[0],
        refused=waiting[1],
        month=month[0] if month else None,
        metrics=month[1] if month else None,
    )


def open_alerts(connection: psycopg.Connection, names: Sequence[str]) -> dict[str, int]:
    """How many alerts of each platform are not closed."""
    return dict(connection.execute(SQL["open_alerts"], {"platforms": list(names)}).fetchall())


def case(connection: psycopg.Connection, name: str) -> CaseRead | None:
    """A case with its history, alerts, the rules that fired, and what was imposed in it."""
    listed = cases.one(connection, name)
    if listed is None:
        return None
    by_id = {each.id: each for each in alerts.several(connection, listed.case.alerts)}
    found = [by_id[each] for each in listed.case.alerts if each in by_id]
    imposed = sanctions.page(connection, sanctions.Asked(case=name), limit=1_000)
    return CaseRead(
        listed, cases.history(connection, name), found, cases.rules(connection, listed.case.alerts), imposed
    )


def officers(connection: psycopg.Connection) -> list[str]:
    """Who can be given an alert."""
    return [name for (name,) in connection.execute(SQL["officers"])]


def loan_book(
    connection: psycopg.Connection, scope: str, limit: int
) -> tuple[list[Lent] | None, list[loan_book_view.Standing]]:
    """A platform's loans with principal outstanding, None where they are more than `limit`; and all by status."""
    many = loan_book_view.count(connection, scope) > limit
    return None if many else loan_book_view.running(connection, scope), loan_book_view.standings(connection, scope)


def balances_of(
    connection: psycopg.Connection, asked: BalanceQuestion, after: tuple[str, str], limit: int
) -> tuple[list[balances.Balance], dict[str, int]]:
    """A page of balances, and the totals by currency of all that were asked for."""
    prefix, times = asked
    if not times.asked:
        return balances.now(connection, prefix, after, limit), balances.totals(connection, prefix)
    return balances.at(connection, prefix, *times, after, limit), totals_then(connection, asked)


def correction(connection: psycopg.Connection, source: str, name: str) -> reading.AskedCorrection | None:
    """The last one of this id: what was refused may be asked for again."""
    found = reading.corrections(connection, source, None, name=name)
    return found[-1] if found else None
