"""Facts that broke the law of their day: found as of their own position, taken back with what they rested on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
import pytest

from ledger.rulebook.loading import books
from projections import breached
from projections.catalogue import VIEWS
from projections.rebuild import rebuild
from tests.ledger.given import Event
from tests.ledger.stories import bid, loan, on_loan, on_pledge, party, platform, repayment, sale, undo
from tests.projections.book import Book

ANN = {"identity": {"scheme": "us-ssn", "number": "078-05-1120"}}
FIRM = {"identity": {"scheme": "us-ein", "number": "12-3456789"}, "kind": "organisation"}
OTHER_FIRM = {"identity": {"scheme": "us-ein", "number": "98-7654321"}, "kind": "organisation"}
AT = "2026-03-02T10:00:00+08:00"


def house(name: str, kinds: Iterable[str] = ("equity", "lending", "donation")) -> list[Event]:
    return [
        platform(name, kinds=list(kinds)),
        Event("platform.licensed", {"platform": name, "kinds": list(kinds), "licence": "1"}, "registry"),
    ]


def offering(name: str = "C", issuer: str = "I", /, **data: Any) -> Event:
    return Event("campaign.opened", {
        "campaign": name, "kind": "equity", "issuer": issuer, "title": "Lamp", "goal": 100, "currency": "USD",
        "deadline": "2027-02-01", "funding": "keep_what_you_raise", "jurisdiction": "US", **data,
    })  # fmt: skip


def put(name: str, amount: int, who: str = "U", campaign: str = "C", time: str = AT, currency: str = "USD") -> Event:
    data = {"pledge": name, "campaign": campaign, "investor": who, "amount": amount, "currency": currency}
    return Event("pledge.made", data, time=time, id=f"made-{name}")


def declares(who: str = "U", income: int = 3_000_000, time: str = "2026-01-02T10:00:00+08:00", **data: Any) -> Event:
    about = {"investor": who, "jurisdiction": "US", "currency": "USD", "annual_income": income, "net_worth": income}
    return Event("investor.declared", {**about, **data}, time=time, id=f"declared-{who}")


@pytest.fixture
def us(book: Book) -> Book:
    """Two portals; ann on both, who may invest USD 2,500 in twelve months; an issuer with an offering on each."""
    for scope in ("east", "west"):
        book.tell(house(scope), scope)
        book.tell([party("I", **FIRM), party("U", **ANN), offering()], scope)
    book.tell([declares()], "east")
    return book


def found(book: Book, subject: str | None = None) -> list[tuple[str, str, int, int]]:
    book.follow()
    with psycopg.connect(book.dsn) as connection:
        rows = breached.listed(connection, subjects=None if subject is None else [subject])
    return sorted((row.rule, row.subject, row.figure, row.limited_to) for row in rows)


def test_over_two_portals_the_cent_too_much_is_a_breach(us: Book) -> None:
    us.tell([put("1", 100_000)], "west")
    us.tell([put("2", 150_000)], "east")
    assert found(us) == []
    us.tell([put("3", 1)], "west")
    assert found(us) == [("us.regcf.investor_limit", "party:west/U", 250_001, 250_000)]
    with psycopg.connect(us.dsn) as connection:
        (row,) = breached.listed(connection)
        kinds = connection.execute(
            "SELECT type FROM events WHERE position = ANY (%s) ORDER BY position", [row.evidence]
        ).fetchall()
    assert [kind for (kind,) in kinds] == ["investor.declared", "pledge.made", "pledge.made"]
    assert "227.100(a)(2)" in row.citation
    assert (row.platform, row.unit, row.over_bp) == ("west", "USD", 0)


def test_a_year_later_there_is_room_again(us: Book) -> None:
    us.tell([put("1", 250_000, time="2025-11-30T10:00:00+08:00")], "west")
    us.tell([declares(time="2025-01-02T10:00:00+08:00").called("early")], "east")
    us.tell([put("2", 1, time="2026-11-29T10:00:00+08:00")], "east")
    us.tell([put("3", 1, time="2026-11-30T10:00:00+08:00")], "west")
    assert [each[2] for each in found(us)] == [250_001]


def test_what_is_told_late_breaks_it_with_what_came_after(us: Book) -> None:
    us.tell([put("1", 200_000, time="2026-06-01T10:00:00+08:00")], "west")
    us.tell([put("2", 60_000, time="2026-05-01T10:00:00+08:00")], "east")
    assert found(us) == [("us.regcf.investor_limit", "party:east/U", 260_000, 250_000)]


def test_what_came_back_or_was_a_gift_takes_no_room(us: Book) -> None:
    us.tell([offering("G", kind="donation"), put("g", 900_000, campaign="G")], "east")
    us.tell([put("1", 250_000), on_pledge("cancelled", "1"), put("2", 240_000)], "west")
    us.tell([on_pledge("collected", "2"), on_pledge("refunded", "2", amount=40_000), put("3", 50_000)], "west")
    assert found(us) == []
    us.tell([put("4", 1)], "east")
    assert len(found(us)) == 1


def test_a_failed_campaign_gives_the_room_back_and_its_correction_takes_it_again(us: Book) -> None:
    us.tell([put("1", 250_000)], "west")
    us.tell([Event("campaign.closed", {"campaign": "C", "outcome": "failed"}, id="end")], "west")
    us.tell([put("2", 1)], "east")
    assert found(us) == []
    us.tell(undo("end", "platform:west"), "west")
    us.tell([put("3", 1)], "east")
    assert [each[2] for each in found(us)] == [250_002]


@pytest.mark.parametrize(("taken", "left"), [("3", 0), ("1", 0), ("2", 1)])
def test_a_correction_takes_back_what_does_not_hold_without_it(us: Book, taken: str, left: int) -> None:
    """1 and 2 are before the breach 3: without the large one it never was, without the small one it still is."""
    us.tell([put("1", 200_000), put("2", 5_000), put("3", 60_000)], "west")
    assert len(found(us)) == 1
    with psycopg.connect(us.dsn) as connection:
        (row,) = breached.listed(connection)
    us.tell(undo(f"made-{taken}", "platform:west"), "west")
    assert len(found(us)) == left
    with psycopg.connect(us.dsn) as connection:
        assert [each.figure for each in breached.listed(connection, known=row.position)] == [265_000]


def test_without_the_declaration_nothing_is_proved(us: Book) -> None:
    us.tell([put("1", 250_001)], "east")
    assert len(found(us)) == 1
    us.tell(undo("declared-U", "platform:east"), "east")
    assert found(us) == []


def test_who_is_not_identified_breaks_it_by_what_is_known(book: Book) -> None:
    book.tell([*house("east"), party("I"), party("U"), offering(), declares()], "east")
    book.tell([put("1", 250_001)], "east")
    assert [each[2] for each in found(book)] == [250_001]


def test_the_issuers_cap_is_over_its_affiliates(us: Book) -> None:
    """5,000,000 in twelve months: of the firm on both portals, and of one that it owns a quarter of."""
    people = [party(f"V{number}") for number in range(3)]
    us.tell([party("A", **OTHER_FIRM), offering("CA", "A"), *people], "east")
    us.tell([put("1", 300_000_000, "V0"), put("2", 200_000_000, "V1", "CA")], "east")
    assert found(us) == []
    related = {"party": "I", "to": "A", "relation": "owner", "share": "0.2499"}
    us.tell([Event("party.related", related, id="small")], "east")
    us.tell([put("3", 1, "V2", "CA")], "east")
    assert found(us) == []
    us.tell(
        [Event("party.related", {**related, "share": "0.25"}, time="2026-01-05T10:00:00+08:00", id="large")], "east"
    )
    us.tell([put("4", 1, "V2", "CA")], "east")
    assert found(us) == [("us.regcf.issuer_cap", "party:east/A", 500_000_002, 500_000_000)]
    us.tell(undo("large", "platform:east"), "east")
    assert found(us) == []


def test_two_hundred_and_one_holders(book: Book) -> None:
    people = [party(f"U{number}") for number in range(201)]
    about = {"jurisdiction": "CN", "currency": "CNY"}
    book.tell([*house("east"), party("I"), offering(**about), *people], "east")
    book.tell([put(str(number), 10, f"U{number}", currency="CNY") for number in range(200)], "east")
    book.tell([put("again", 10, "U7", currency="CNY")], "east")
    assert found(book) == []
    book.tell([put("200", 10, "U200", currency="CNY")], "east")
    assert found(book) == [("cn.eq.holders", "campaign:east/C", 201, 200)]
    book.tell(undo("made-again", "platform:east"), "east")
    assert len(found(book)) == 1
    book.tell(undo("made-3", "platform:east"), "east")
    assert found(book) == []


def lent(name: str, amount: int, **data: Any) -> list[Event]:
    return [
        loan(name, amount, **data),
        bid(f"b-{name}", amount).but(loan=name),
        on_loan("disbursed", name).called(f"out-{name}"),
    ]


def test_what_one_person_owes_on_one_platform_and_on_all(book: Book) -> None:
    cn = {"identity": {"scheme": "cn-id", "number": "11010119900307721X"}}
    for number in range(6):
        scope = f"p{number}"
        book.tell([*house(scope), party("B", **cn), party("U"), *lent("L", 20_000_000)], scope)
        if number == 4:
            assert found(book) == []  # five times 200,000 is the million
    assert found(book) == [("cn.p2p.cap.natural.all", "party:p5/B", 120_000_000, 100_000_000)]
    book.tell([repayment(20_000_000), *lent("L2", 20_000_001)], "p0")
    assert found(book) == [
        ("cn.p2p.cap.natural.all", "party:p0/B", 120_000_001, 100_000_000),
        ("cn.p2p.cap.natural.all", "party:p5/B", 120_000_000, 100_000_000),
        ("cn.p2p.cap.natural.platform", "party:p0/B", 20_000_001, 20_000_000),
    ]
    book.tell(undo("out-L", "platform:p3"), "p3")
    assert [each[:2] for each in found(book)] == [
        ("cn.p2p.cap.natural.all", "party:p0/B"),
        ("cn.p2p.cap.natural.platform", "party:p0/B"),
    ]


def test_a_lender_and_one_borrower(book: Book) -> None:
    """India: INR 50,000 of one lender to one borrower; a claim that is bought counts, one that is sold doesn't."""
    book.tell([*house("east"), party("B", **FIRM), party("U", **ANN), party("V")], "east")
    inr = {"jurisdiction": "IN", "currency": "INR"}
    book.tell([*lent("L", 5_000_000, **inr), loan("L2", 5_000_000, **inr)], "east")
    assert found(book) == []
    book.tell([sale("U", "V", 5_000_000, "1")], "east")
    book.tell([bid("b9", 5_000_000).but(loan="L2")], "east")
    assert found(book) == []
    book.tell([bid("b10", 1, "V").but(loan="L2")], "east", attempt=True)
    book.tell([loan("L3", 5_000_000, **inr), bid("b11", 1, "V").but(loan="L3")], "east")
    assert ("in.p2p.pair_cap", "party:east/V", 5_000_001, 5_000_000) in found(book)


def test_terms_and_periods(book: Book) -> None:
    book.tell([*house("east"), party("B"), party("I", **FIRM), party("U")], "east")
    book.tell([loan("L1", raise_until="2026-03-30"), loan("L2", raise_until="2026-03-31")], "east")
    inr = {"jurisdiction": "IN", "currency": "INR"}
    book.tell([loan("L3", term_months=36, **inr), loan("L4", term_months=37, **inr)], "east")
    for name, day in (("C1", "22"), ("C2", "23")):
        end = Event("campaign.closed", {"campaign": name, "outcome": "succeeded"}, time=f"2026-03-{day}T10:00:00+08:00")
        book.tell([offering(name), end], "east")
    assert found(book) == [
        ("cn.p2p.raise_window", "loan:east/L2", 21, 20),
        ("in.p2p.tenor", "loan:east/L4", 37, 36),
        ("us.regcf.min_open", "campaign:east/C1", 20, 21),
    ]


def test_a_rebuild_is_the_same_and_batches_do_not_show(us: Book) -> None:
    us.tell([put("1", 200_000), put("2", 60_000)], "west")
    us.tell([party("V", **ANN), put("3", 1, "V"), on_pledge("cancelled", "3")], "east")
    us.tell(undo("made-2", "platform:west"), "west")
    us.tell([put("4", 50_001)], "east")
    assert len(found(us)) == 1
    live = us.dump()
    assert rebuild(us.dsn, list(VIEWS.values())).differences == ()
    assert us.dump() == live
    for size in (1, 3):
        us.forget()
        us.follow(batch_events=size)
        assert us.dump() == live


def test_another_law_builds_the_view_anew() -> None:
    assert breached.VERSION // 1_000_000 == 1
    assert books()
