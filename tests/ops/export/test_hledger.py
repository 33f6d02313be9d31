"""hledger recomputes every balance from the journal: an independent implementation of what our views say."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.accounts import Posting, move
from ledger.events.base import MAX_AMOUNT
from ledger.store import reading
from ops.export import journal
from ops.export.entries import Entry
from ops.export.event_files import EventFiles
from ops.export.names import hledger_account, ledger_account
from ops.importers.formats import importer
from ops.simulator import market
from projections import balances as view
from tests.ledger.decisions.test_corrections import UNDONE
from tests.ledger.machine.chooser import BySeed
from tests.ledger.machine.histories import play
from tests.ledger.machine.test_store import cloud_event
from tests.ledger.stories import (
    campaign,
    closed,
    correct,
    deposit,
    fee,
    funded,
    lent,
    on_loan,
    on_pledge,
    on_withdrawal,
    pledge,
    release,
    repayment,
    sale,
    withdrawal,
)
from tests.ledger.stories import market as market_of_people
from tests.ops.export import hledger
from tests.projections.book import Book

pytestmark = hledger.needs_hledger
Export = Callable[[Book], Path]
STORIES = 60 if os.environ.get("CI") else 12


def agree(book: Book, folder: Path) -> dict[tuple[str, str], int]:
    """hledger and the view say the same to the cent; the balances."""
    path = folder / journal.FILE
    hledger.check(path)
    recomputed = hledger.balances(path)
    assert recomputed == hledger.view(book.dsn)
    assert not any(hledger.totals(path).values())
    return recomputed


def test_an_empty_ledger(book: Book, exported: Export) -> None:
    assert agree(book, exported(book)) == {}


def test_a_whole_simulated_market(book: Book, exported: Export) -> None:
    built = market.build(11, date(2026, 6, 30), days=60, scale=0.1)
    answers = book.submit([delivery.event for delivery in built.deliveries])
    assert sum(answer.status == "accepted" for answer in answers) > 3_000
    found = agree(book, exported(book))
    assert {account.partition("/")[0] for account, _ in found} >= {"escrow", "investor", "issuer", "fees", "claim"}


def test_random_stories_at_every_day(book: Book, exported: Export, seed: int) -> None:
    """Stories of everything, corrections and late reports among them; what had happened by a day is the same, too."""
    for number in range(STORIES):
        teller, _ = play(BySeed(f"{seed}/hledger/{number}"), name=f"-{number}")
        book.submit([cloud_event(event) for event in teller.sent], [event.asker for event in teller.sent])
    path = exported(book) / journal.FILE
    agree(book, path.parent)
    days = sorted({line[:10] for line in path.read_text().splitlines() if line[:2] == "20"})
    with psycopg.connect(book.dsn) as connection:
        for day in (days[0], *days[1 :: len(days) // 8 + 1]):
            last = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(microseconds=1)
            then = view.at(connection, "", last, limit=10**6)
            expected = {(row.account, row.currency): row.balance for row in then if row.balance}
            assert hledger.balances(path, f"--end={day}") == expected, day
    assert len(days) > 5


ENDINGS = {
    "repaid": [repayment(900, 108, "R1"), on_loan("settled")],
    "in-parts": [repayment(300, 37, "R1"), repayment(600, 11, "R2", penalty=5, fee=3)],
    "defaulted": [repayment(100, 10, "R1"), on_loan("defaulted"), on_loan("written_off"), repayment(77, 0, "R2")],
    "sold": [sale("U", "V", 250, 240), repayment(900, 55, "R1")],
    "forgiven": [on_loan("settled")],
}


def test_loans_with_every_ending(book: Book, exported: Export) -> None:
    for name, end in ENDINGS.items():
        book.tell([*lent(), *end], name)
    agree(book, exported(book))


def test_refunds_fees_and_tranches(book: Book, exported: Export) -> None:
    book.tell([*funded(1_000), fee(30, "issuer"), fee(7, "investor"), release(300), release(200),
               on_pledge("refunded", amount=100), on_pledge("refunded", amount=50)])  # fmt: skip
    book.tell([*funded(55), closed("failed"), on_pledge("refunded", amount=55)], "other")
    book.tell([*funded(50), deposit(70), withdrawal(40), on_withdrawal("paid")], "third")
    found = agree(book, exported(book))
    assert found["escrow/huizhong/C", "CNY"] == 1_000 - 30 - 500 - 150


@pytest.mark.parametrize(("currency", "text"), [("JPY", "1234567"), ("KWD", "1234.567"), ("CNY", "12345.67")])
def test_minor_units_of_each_currency(book: Book, exported: Export, currency: str, text: str) -> None:
    events = [*funded(10)[:-3], campaign(currency=currency, goal=1, cap=2**53 - 1),
              pledge(amount=1_234_567, currency=currency), on_pledge("collected")]  # fmt: skip
    book.tell(events)
    folder = exported(book)
    assert agree(book, folder)["escrow/huizhong/C", currency] == 1_234_567
    assert f"escrow:huizhong:C  {text} {currency}" in (folder / journal.FILE).read_text()


def test_corrections_of_everything_count_from_the_day_of_what_they_correct(book: Book, exported: Export) -> None:
    late = "2026-11-20T10:00:00+08:00"
    for number, (story, event) in enumerate(UNDONE.values()):
        scope = f"p{number}"
        book.tell([*story, event.called(f"wrong-{scope}")], scope)
        source = event.source if event.source == "registry" else f"platform:{scope}"
        correction = correct(f"wrong-{scope}", source=event.source)._replace(source=source).at(late)
        book.tell([correction], scope, attempt=True)
    folder = exported(book)
    agree(book, folder)
    # Before the corrections were made, in valid time: nothing of what they took back is there any more.
    assert hledger.balances(folder / journal.FILE, "--end=2026-11-01") == hledger.view(book.dsn)
    assert "corrects: wrong-p" in (folder / journal.FILE).read_text()


def test_names_that_hledger_would_read_otherwise(book: Book, exported: Export) -> None:
    """Colons make levels; two ids that differ in them only stay two accounts."""
    ids = ("a:b", "a", "a.b", "A", "-", ":", "::", ".", "1", "x" * 128)
    story = [*funded(10)[:-3]]
    for number, name in enumerate(ids, start=1):
        story += [
            campaign(name),
            pledge(f"P{number}", 10 * number, campaign=name),
            on_pledge("collected", f"P{number}"),
        ]
    book.tell(story)
    found = agree(book, exported(book))
    assert {a: n for (a, _), n in found.items() if a.startswith("escrow/")} == {
        f"escrow/huizhong/{name}": 10 * number for number, name in enumerate(ids, start=1)
    }


def test_event_ids_of_any_kind_stay_readable_tags(book: Book, exported: Export) -> None:
    odd = 'e[2017-01-01],x:y;"=(*)'
    book.tell([*funded(10)[:-1], on_pledge("collected").called(odd)])
    folder = exported(book)
    agree(book, folder)
    printed = hledger.run(folder / journal.FILE, "print", "tag:id=^e%5B2017-01-01%5D%2Cx:y%3B%22=%28%2A%29$")
    assert printed.count("pledge.collected") == 1


def test_dates_are_valid_time_and_known_time(book: Book, exported: Export) -> None:
    book.tell(funded(100))
    folder = exported(book)
    path = folder / journal.FILE
    with psycopg.connect(book.dsn) as connection:
        head = reading.head(connection)
    assert head.recorded_at is not None
    assert f"2026-03-02={head.recorded_at:%Y-%m-%d} * ({head.position}) pledge.collected" in path.read_text()
    assert hledger.balances(path, "--end=2026-03-02") == {}
    assert hledger.balances(path, "--date2", f"--end={head.recorded_at:%Y-%m-%d}") == {}


def test_a_failed_campaign_ends_in_one_long_transaction(book: Book, exported: Export) -> None:
    """All promises end with the campaign: one event, two postings or more for each of them."""
    pledges = 3_000
    book.tell([*market_of_people(), campaign(cap=2**53 - 1, goal=2**50)])
    book.tell(pledge(f"P{number}", 10 + number, investor="UVW"[number % 3]) for number in range(pledges))
    book.tell([closed("failed")])
    folder = exported(book)
    assert agree(book, folder) == {}
    assert (folder / journal.FILE).read_text().count("campaign.closed") == 1


def test_a_hundred_thousand_postings_in_one_transaction(tmp_path: Path) -> None:
    lines = tuple(line for number in range(50_000) for line in move(f"a/{number}", "b/x", "CNY", 1 + number))
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    entry = Entry(1, "registry", "e", "x", moment, moment, moment, None, b"{}", b"", [], lines, 0)
    names = sorted({line.account for line in lines})
    path = tmp_path / "long.journal"
    path.write_text("".join([*journal.head(1, ["CNY"], names), journal.transaction(entry)]), encoding="utf-8")
    # No strict check here: hledger looks accounts up in a list, which would take minutes.
    assert hledger.balances(path, "b") == {("b/x", "CNY"): 50_000 * 50_001 // 2}
    with EventFiles(tmp_path / "events") as files:
        files.add(entry)
    (written,) = files.written
    assert len(pq.read_table(written.path).column("postings")[0].as_py()) == 100_000


ACCOUNTS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=8), min_size=1, max_size=4
).map("/".join)
CODES = st.sampled_from(["CNY", "JPY", "KWD", "CLF", "XAU", "USD"])


@st.composite
def books(draw: st.DrawFn) -> list[tuple[Posting, ...]]:
    """Entries that balance, over few accounts so that they meet, with amounts up to the largest that there are."""
    accounts = draw(st.lists(ACCOUNTS, min_size=2, max_size=6, unique=True))
    account, amount = st.sampled_from(accounts), st.integers(1, MAX_AMOUNT)
    moves = st.builds(move, account, account, CODES, amount)
    return draw(st.lists(st.lists(moves, min_size=1, max_size=3).map(lambda some: sum(some, ())), max_size=8))


@given(books())
@settings(max_examples=15)
def test_any_names_and_amounts(tmp_path_factory: pytest.TempPathFactory, book: list[tuple[Posting, ...]]) -> None:
    """No database: any text as a name, any currency; hledger adds up what we would."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in (line for entry in book for line in entry):
        sums[line.account, line.currency] += line.amount
    path = tmp_path_factory.mktemp("any") / "any.journal"
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    texts = [
        journal.transaction(Entry(number, "registry", "e", "x", moment, moment, moment, None, b"", b"", [], entry, 0))
        for number, entry in enumerate(book, start=1)
    ]
    names = sorted({account for account, _ in sums}), sorted({currency for _, currency in sums})
    path.write_text("".join([*journal.head(len(book), names[1], names[0]), *texts]), encoding="utf-8")
    hledger.check(path)
    assert hledger.balances(path) == {of: amount for of, amount in sums.items() if amount}
    assert not any(hledger.totals(path).values())


@given(ACCOUNTS)
def test_a_name_comes_back_to_the_letter(account: str) -> None:
    assert ledger_account(hledger_account(account)) == account


@pytest.mark.data
def test_the_double_entry_of_a_real_platform(book: Book, exported: Export, shared_data: Callable[[str], Path]) -> None:
    reader, path = importer("open-collective"), shared_data("real/opencollective_dvl/expected.json").parent
    answers = book.submit([*reader.setup([path]), *(event for row in reader.read([path]) for event in row.events)])
    assert {answer.status for answer in answers} == {"accepted"}
    found = agree(book, exported(book))
    assert found["escrow/opencollective/28", "USD"] == 350_194
    assert found["escrow/opencollective/207", "EUR"] == 86_009
