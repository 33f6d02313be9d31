"""The months of platforms: equal to sums over the log, in any batches, with everything taken back that can be."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any, cast

import psycopg
import pytest

from ledger.recorded import Recorded
from ledger.store import reading
from ops.simulator import market as simulated
from projections import platform_months
from projections.base import View
from projections.platform_months import FEW, LATE
from tests.ledger.decisions.test_corrections import UNDONE
from tests.ledger.stories import undo
from tests.projections.book import Book

Sums = dict[tuple[str, int, str, str], tuple[int, int]]


ONLY = [cast("View", platform_months)]


@pytest.mark.parametrize("seed", [3])
def test_a_market_adds_up(book: Book, seed: int) -> None:
    built = simulated.build(seed, date(2026, 6, 30), days=35, scale=0.04)
    book.submit([delivery.event for delivery in built.deliveries])
    book.follow(ONLY)
    with psycopg.connect(book.dsn) as connection:
        sums = _view(connection)
        assert sums == _by_hand(connection)
        assert {"collected", "lent", "repaid", "principal", "late"} <= {kind for *_, kind in sums}
        _assert_few(connection)
        _assert_carried(connection)
    whole = _rows(book)
    book.forget()
    book.follow(ONLY, batch_events=61)
    assert _rows(book) == whole


def test_what_is_taken_back_is_gone_from_its_month(book: Book) -> None:
    """Each event that can be taken back: told and taken back, the month is as if it had not been told."""
    for number, (kind, (story, event)) in enumerate(sorted(UNDONE.items())):
        for at_once in (True, False)[number % 2 :]:
            scope = f"p{number}-{'once' if at_once else 'later'}"
            book.tell(story, scope)
            book.follow(ONLY, batch_events=7)
            with psycopg.connect(book.dsn) as connection:
                before = _view(connection, scope)
            book.tell([event.called(f"wrong-{scope}")], scope)
            if not at_once:
                book.follow(ONLY)
            source = event.source if event.source == "registry" else f"platform:{scope}"
            book.tell(undo(f"wrong-{scope}", source), scope)
            book.follow(ONLY)
            with psycopg.connect(book.dsn) as connection:
                after = _view(connection, scope)
                assert after == before, (kind, at_once)
    with psycopg.connect(book.dsn) as connection:
        assert _view(connection) == _by_hand(connection)
        _assert_few(connection)


def _rows(book: Book) -> list[str]:
    with psycopg.connect(book.dsn) as connection:
        tables = ("sums", "owed", "defaults", "investors")
        return [
            f"{table} {row}"
            for table in tables
            for (row,) in connection.execute(f"SELECT t::text FROM view_platform_months.{table} AS t ORDER BY 1")
        ]


_CONDUCT = {"reports", "late", "corrections"}


def _view(connection: psycopg.Connection[Any], platform: str | None = None) -> Sums:
    found = {}
    query = "SELECT platform, month, currency, kind, events, amount FROM view_platform_months.sums"
    for *cell, events, amount in connection.execute(query):
        if (events or amount) and (platform is None or (cell[0] == platform and cell[3] not in _CONDUCT)):
            found[tuple(cell)] = (events, int(amount))
    return found


def _by_hand(connection: psycopg.Connection[Any]) -> Sums:
    """The plain way: every event of the log, one after the other; what was taken back is left out."""
    (head,) = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()  # type: ignore[misc]
    log = list(reading.read_batch(connection, 0, head))
    gone = {(e.source, e.data.corrects) for e in log if e.type == "event.corrected"}
    sums: defaultdict[tuple[str, int, str, str], list[int]] = defaultdict(lambda: [0, 0])
    owed: Counter[str] = Counter()
    money = {f"{e.scope}/{e.data.loan}": e.data.currency for e in log if e.type == "loan.listed"}
    for event in log:
        for platform, month, currency, kind, events, amount in _plainly(event, owed, money):
            if (event.source, event.id) not in gone or kind in _CONDUCT:
                sums[platform, month, currency, kind][0] += events
                sums[platform, month, currency, kind][1] += amount
        _keep_owed(event, owed)
    return {cell: (events, amount) for cell, (events, amount) in sums.items() if events or amount}


def _keep_owed(event: Recorded, owed: Counter[str]) -> None:
    for account, _, amount in event.postings:
        if account.startswith("principal/"):
            owed[account[10:]] -= amount


def _plainly(event: Recorded, owed: Counter[str], money: dict[str, str]) -> list[tuple[str, int, str, str, int, int]]:
    data: Any = event.data
    found = []
    on = date(1970, 1, 1) + timedelta(days=event.day)
    month = on.year * 12 + on.month - 1
    at = event.recorded_at.year * 12 + event.recorded_at.month - 1
    mine = event.source.startswith("platform:")
    if mine:
        found.append((event.scope, at, "", "reports", 1, 0))
        if event.recorded_at - event.happened_at > LATE:
            found.append((event.scope, at, "", "late", 1, 0))
        if event.type == "event.corrected":
            found.append((event.scope, at, "", "corrections", 1, 0))
    currency = getattr(data, "currency", None) or (event.postings[0].currency if event.postings else "")

    def into(prefix: str) -> int:
        return sum(amount for account, _, amount in event.postings if account.startswith(prefix))

    told: dict[str, list[tuple[str, str, int]]] = {
        "campaign.opened": [("opened", currency, getattr(data, "goal", 0))],
        "campaign.closed": [(getattr(data, "outcome", "").replace("cancelled", "called_off"), "", 0)],
        "pledge.made": [("pledged", currency, getattr(data, "amount", 0))],
        "pledge.cancelled": [("cancelled", currency, into("pledged/"))],
        "pledge.collected": [("collected", currency, into("escrow/"))],
        "pledge.refunded": [("refunded", currency, -into("escrow/"))],
        "funds.released": [("released", currency, -into("escrow/"))],
        "funds.returned": [("returned", currency, into("escrow/"))],
        "fee.charged": [("fees", currency, into("fees/"))],
        "deposit.received": [("deposited", currency, into("cash/"))],
        "withdrawal.paid": [("withdrawn", currency, -into("cash/"))],
        "loan.listed": [("listed", currency, getattr(data, "amount", 0))],
        "loan.lapsed": [("lapsed", "", 0)],
        "loan.disbursed": [("lent", currency, into("claim/"))],
        "loan.restructured": [("restructured", "", 0)],
        "loan.written_off": [("written_off", currency, -into("claim/"))],
        "loan.settled": [("settled", "", 0)],
        "repayment.received": [
            ("repaid", currency, getattr(data, "principal", 0)), ("interest", currency, getattr(data, "interest", 0)),
        ],
        "claim.transferred": [("sold", currency, getattr(data, "principal", 0))],
        "complaint.filed": [("complaints", "", 0)],
    }  # fmt: skip
    platform = event.scope
    if event.type == "complaint.filed" and not mine:
        platform = data.about.id.partition(":")[0]
    if event.type != "event.corrected" and (moved := into("principal/")):
        found.append((platform, month, currency, "principal", 0, -moved))
    if mine or event.type == "complaint.filed":
        found += [(platform, month, of, kind, 1, amount) for kind, of, amount in told.get(event.type, [])]
        if event.type == "loan.defaulted":
            loan = f"{event.scope}/{data.loan}"
            found.append((platform, month, money[loan], "defaulted", 1, owed[loan]))
    return found


def _assert_few(connection: psycopg.Connection[Any]) -> None:
    """Never more investors than there are, and at least FEW where no correction was among them."""
    rows = connection.execute(
        "SELECT platform, month, currency, kind, count(*), min(events) FROM view_platform_months.investors "
        "GROUP BY platform, month, currency, kind"
    )
    for platform, month, currency, kind, count, least in rows:
        assert 1 <= count <= FEW, (platform, month, currency, kind)
        assert least > 0


def _assert_carried(connection: psycopg.Connection[Any]) -> None:
    """What a platform's loans owed before the first month asked for comes as one month before it."""
    asked = 2026 * 12 + 5
    before: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    every = _by_hand(connection)
    for (platform, month, currency, kind), (_, amount) in every.items():
        if kind == "principal" and month < asked:
            before[platform, currency, kind] += amount
    for platform in {each[0] for each in every}:
        rows = platform_months.months(connection, platform, asked, asked)
        carried = {(row.currency, row.kind): row.amount for row in rows if row.month == asked - 1}
        assert carried == {(of, kind): n for (whose, of, kind), n in before.items() if whose == platform and n}
