"""Reads: what platforms, investors and regulators are shown, in figures that can be checked by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from ops.migrate import migrate
from projections import balances, campaigns, exposure, filings, investors, loans, platforms, pledges
from projections.snapshots import snapshot
from tests.ledger.given import Event
from tests.ledger.stories import (
    bid,
    campaign,
    correct,
    deposit,
    funded,
    lent,
    loan,
    market,
    on_loan,
    on_pledge,
    on_withdrawal,
    pledge,
    release,
    repayment,
    withdrawal,
)
from tests.projections.book import Book


@pytest.fixture
def connection(book: Book) -> Any:
    with psycopg.connect(book.dsn, autocommit=True) as connection:
        yield connection


def test_a_campaign_and_its_pledges(book: Book, connection: Any) -> None:
    amended = Event("campaign.amended", {"campaign": "C", "material": True, "goal": 1_200, "deadline": "2026-04-05"})
    book.tell(funded(100))
    book.tell([amended.at("2026-03-05T00:00:00+08:00"), pledge("Q", 50, investor="V"), on_pledge("cancelled", "Q")])
    book.tell([on_pledge("refunded", amount=30), release(20)])
    book.follow()
    found = campaigns.get(connection, "campaign:huizhong/C")
    assert found is not None
    assert (found.goal, found.pledged, found.collected, found.refunded, found.released, found.escrow) == (
        1_200, 100, 100, 30, 20, 50,
    )  # fmt: skip
    # A date is the end of that day where the sender is.
    assert found.deadline == datetime(2026, 4, 5, 15, 59, 59, 999_999, UTC)
    assert [terms.goal for terms in campaigns.terms(connection, found.key)] == [1_000, 1_200]
    assert [each.payee for each in campaigns.releases(connection, found.key)] == ["party:huizhong/I"]
    assert campaigns.listed(connection, scope="huizhong", status="open", issuers=["party:huizhong/I"]) == [found]
    assert campaigns.listed(connection, after=found.opened_position) == []
    ours = pledges.listed(connection, campaign=found.key)
    assert [(each.pledge, each.status, each.refunded) for each in ours] == [
        ("P", "collected", 30), ("Q", "cancelled", 0),
    ]  # fmt: skip
    assert pledges.listed(connection, investors=["party:huizhong/V"], limit=1) == ours[1:]
    assert [(each.step, each.amount) for each in pledges.steps(connection, ours[0].key)] == [
        ("collected", 100), ("refunded", 30),
    ]  # fmt: skip


def test_a_late_amendment_does_not_undo_a_later_agreement(book: Book, connection: Any) -> None:
    def amend(time: str, **data: Any) -> Event:
        return Event("campaign.amended", {"campaign": "C", "material": False, **data}, time=time)

    book.tell([*market(), campaign()])
    book.tell([amend("2026-03-08T00:00:00Z", goal=1_500), amend("2026-03-06T00:00:00Z", goal=1_100, title="Kettles")])
    book.follow()
    found = campaigns.get(connection, "campaign:huizhong/C")
    assert found is not None
    assert (found.goal, found.title, found.amendments) == (1_500, "Kettles", 2)


def test_a_loan_its_holders_and_payments(book: Book, connection: Any) -> None:
    book.tell(lent())
    book.tell([repayment(300, 9, fee=1), on_loan("restructured", term_months=24, reason="the flood")])
    book.tell([loan("M"), bid("m1", 50, loan="M"), Event("bid.withdrawn", {"bid": "m1"})])
    book.follow()
    found = loans.get(connection, "loan:huizhong/L")
    assert found is not None
    assert (found.status, found.outstanding, found.principal_paid, found.interest_paid, found.fee_paid) == (
        "disbursed", 600, 300, 9, 1,
    )  # fmt: skip
    assert (found.term_months, found.annual_rate) == (24, "0.12")
    claims = {claim.holder: claim.amount for claim in loans.claims(connection, loan=found.key)}
    assert claims == {"party:huizhong/U": 333, "party:huizhong/V": 200, "party:huizhong/W": 67}
    assert [claim.loan for claim in loans.claims(connection, holders=["party:huizhong/V"])] == [found.key]
    assert (found.principal_paid, found.repayment_count) == (300, 1)
    assert [each.status for each in loans.bids(connection, loan="loan:huizhong/M")] == ["withdrawn"]
    assert len(loans.bids(connection, investors=["party:huizhong/U", "party:huizhong/W"])) == 3
    assert [each.loan for each in loans.listed(connection, status="listed", borrowers=["party:huizhong/B"])] == ["M"]


def test_the_exposure_of_a_person_on_two_platforms(book: Book, connection: Any) -> None:
    same = {"identity": {"scheme": "cn-id", "number": "110101199003070000"}}
    book.tell([*lent(), campaign(), pledge(amount=70), on_pledge("collected")])
    book.tell([Event("party.registered", {"party": "U2", "kind": "person", **same})])
    book.tell([pledge("P2", 40, investor="U2"), deposit(11, "U2", "D2")])
    book.tell([*market()[:2], *market()[2:4], campaign()], "qihang")
    book.tell([Event("party.registered", {"party": "X", "kind": "person", **same})], "qihang")
    book.tell([pledge(amount=60, investor="X"), on_pledge("collected"), on_pledge("refunded", amount=10)], "qihang")
    book.follow()
    people = investors.same_person(connection, "party:qihang/X")
    assert [each.key for each in people] == ["party:huizhong/U2", "party:qihang/X"]
    assert investors.of_person(connection, people[0].person or "") == people
    parties = [each.key for each in people]
    with snapshot(connection, "pledges", "campaigns", "loans"):
        found = exposure.exposures(connection, parties)
        others = exposure.counterparties(connection, parties)
        lender = exposure.exposures(connection, ["party:huizhong/V"])
        borrower = exposure.exposures(connection, ["party:huizhong/B"])
    assert [(each.scope, each.kind, each.committed, each.paid, each.returned, each.at_stake) for each in found] == [
        ("huizhong", "reward", 40, 0, 0, 40), ("qihang", "reward", 60, 60, 10, 50),
    ]  # fmt: skip
    assert [(each.other, each.amount) for each in others] == [("party:qihang/I", 50), ("party:huizhong/I", 40)]
    assert [(each.kind, each.contracts, each.at_stake) for each in lender] == [("lending", 1, 300)]
    assert [(each.kind, each.paid, each.at_stake) for each in borrower] == [("borrower", 900, 900)]
    stakes = {stake.party: stake for stake in investors.stakes(connection, ["party:huizhong/U", "party:huizhong/U2"])}
    assert (stakes["party:huizhong/U"].claims, stakes["party:huizhong/U"].collected) == (500, 70)
    assert (stakes["party:huizhong/U2"].pledged, stakes["party:huizhong/U2"].cash) == (40, 11)


def test_balances_in_both_times(book: Book, connection: Any) -> None:
    """What had happened by then, of what was known by then. A correction counts from the day of what it corrects."""
    book.tell([*market(), deposit(100).at("2026-03-01T09:00:00Z")])
    known = [_known(connection)]
    book.tell([deposit(30, name="D2").at("2026-02-01T09:00:00Z").called("late")])  # reported a month late
    known.append(_known(connection))
    book.tell([correct("late").at("2026-03-05T09:00:00Z")])
    book.follow()

    def cash(at: datetime | None = None, known_at: datetime | None = None) -> int | None:
        found = balances.at(connection, "cash/huizhong/", at, known_at)
        return found[0].balance if found else None

    february, march = datetime(2026, 2, 10, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    assert cash() == 100
    assert (cash(february), cash(march)) == (0, 100)
    assert (cash(february, known[0]), cash(march, known[0])) == (None, 100)
    assert (cash(february, known[1]), cash(march, known[1])) == (30, 130)
    assert cash(None, known[1]) == 130
    assert [(each.account, each.balance) for each in balances.now(connection, "cash/")] == [("cash/huizhong/U", 100)]
    assert balances.trial_balance(connection) == {"CNY": 0}
    assert balances.totals(connection, "investor/") == {"CNY": -100}
    lines = balances.postings(connection, "cash/huizhong/U")
    assert [(line.amount, line.effective_at.month, line.happened_at.month) for line in lines] == [
        (100, 3, 3), (30, 2, 2), (-30, 2, 3),
    ]  # fmt: skip


def test_a_replaced_pledge_in_both_times(book: Book, connection: Any) -> None:
    """Collected on 1 March; corrected and replaced by another amount, of the same day, which is then replaced again."""

    def collect(name: str, amount: int) -> list[Event]:
        moment = "2026-03-01T12:00:00Z"
        return [
            pledge(name, amount).at(moment).called(f"made-{name}"),
            on_pledge("collected", name).at(moment).called(f"collected-{name}"),
        ]

    def take_back(name: str, time: str) -> list[Event]:
        return [correct(f"collected-{name}").at(time), correct(f"made-{name}").at(time)]

    book.tell([*(each.at("2026-02-01T00:00:00Z") for each in market()), campaign().at("2026-02-01T00:00:00Z")])
    known = []
    for told in (
        collect("P", 100),
        [*take_back("P", "2026-03-10T12:00:00Z"), *collect("P2", 70)],
        [*take_back("P2", "2026-02-01T12:00:00Z"), *collect("P3", 40)],  # its own time says nothing of the effect
    ):
        book.tell(told)
        known.append(_known(connection))
    book.follow()

    def escrow(at: datetime, known_at: datetime | None = None) -> int | None:
        found = balances.at(connection, "escrow/huizhong/C", at, known_at)
        return found[0].balance if found else None

    before, after, late = (datetime(2026, month, day, tzinfo=UTC) for month, day in ((2, 20), (3, 5), (3, 20)))
    assert [escrow(before, known_at) for known_at in (*known, None)] == [None] * 4
    assert [escrow(after, known_at) for known_at in (*known, None)] == [100, 70, 40, 40]
    assert [escrow(late, known_at) for known_at in (*known, None)] == [100, 70, 40, 40]
    assert {each.balance for each in balances.at(connection, "receivable/", late)} == {0}
    assert [each.balance for each in balances.at(connection, "investor/", late, known[1])] == [-70]


def test_balances_page_by_page(book: Book, connection: Any) -> None:
    book.tell([*lent(), campaign(), pledge()])
    book.follow()
    whole = balances.now(connection, "")
    assert len(whole) > 8
    pages, after = [], ("", "")
    while page := balances.now(connection, "", after, limit=3):
        pages += page
        after = (page[-1].account, page[-1].currency)
    assert pages == whole
    assert balances.at(connection, "", after=after, limit=3) == []
    assert [(each.account, each.balance) for each in balances.at(connection, "")] == [
        (each.account, each.balance) for each in whole
    ]


def test_a_platform_and_its_custody(book: Book, connection: Any) -> None:
    def held(balance: int, as_of: str, account: str = "main") -> Event:
        data = {"account": account, "balance": balance, "currency": "CNY", "as_of": as_of}
        return Event("custody.reported", data, time="2026-03-09T10:00:00+08:00")

    book.tell([*market(), deposit(100).at("2026-03-02T10:00:00+08:00"), campaign()])
    book.tell([pledge(amount=50), on_pledge("collected").at("2026-03-04T10:00:00+08:00")])
    book.tell(
        [held(100, "2026-03-02"), held(90, "2026-03-04"), held(60, "2026-03-04", "second"), held(55, "2026-03-03")]
    )
    book.tell([held(100, "2026-03-03").called("again")])
    book.tell([Event("platform.reported", {"month": "2026-02", "metrics": {"users": 5, "rate": 0.5}})])
    book.tell([Event("platform.reported", {"month": "2026-02", "metrics": {"users": 6}})])
    book.follow()
    book.tell([correct("again")])
    book.follow()
    (now,) = platforms.custody(connection, "huizhong")
    assert (now.reported, now.derived, now.escrow) == (150, 150, 50)
    assert [(month.month, month.metrics) for month in platforms.months(connection, "huizhong")] == [
        ("2026-02", {"users": 6})
    ]
    (found,) = platforms.listed(connection)
    assert found == platforms.get(connection, "huizhong")
    assert (found.status, found.events, found.kinds) == ("licensed", 17, ["reward", "lending"])
    happened = platforms.activity(connection, "huizhong", 20_500, 20_600, basis="happened")
    assert sum(each.events for each in happened) == 17
    assert [each.step for each in platforms.standings(connection, "huizhong")] == ["registered", "licensed"]


def test_people_and_what_they_say(book: Book, connection: Any) -> None:
    declared = {"investor": "U", "jurisdiction": "CN", "currency": "CNY", "annual_income": 5, "valid_to": "2027-01-01"}
    book.tell(market())
    book.tell([Event("party.registered", {"party": "O", "kind": "organisation", "name": "Ο οίκος", "country": "GR"})])
    book.tell([Event("party.verified", {"party": "U", "method": "id_card"})])
    book.tell([Event("party.related", {"party": "U", "to": "O", "relation": "owner", "share": "0.333"})])
    book.tell([Event("investor.declared", declared).at("2026-03-03T00:00:00Z")])
    book.tell([Event("investor.declared", {**declared, "annual_income": 4}).at("2026-03-01T00:00:00Z")])
    book.follow()
    organisation = investors.get(connection, "party:huizhong/O")
    assert organisation is not None
    assert (organisation.name, organisation.country) == ("Ο οίκος", "GR")
    person = investors.get(connection, "party:huizhong/U")
    assert person is not None
    assert (person.name, person.verified_method) == (None, "id_card")
    said = investors.declarations(connection, ["party:huizhong/U"])
    assert [each.annual_income for each in said] == [5, 4]
    (relation,) = investors.relations(connection, ["party:huizhong/O"])
    assert (relation.party, relation.relation, relation.share) == ("party:huizhong/U", "owner", "0.333")
    assert connection.execute("SELECT share_ppm FROM view_investors.relations").fetchone() == (333_000,)


def test_transfers_withdrawals_and_filings(book: Book, connection: Any) -> None:
    about = {"kind": "party", "id": "I"}
    book.tell([*market(), deposit(100), withdrawal(40), on_withdrawal("paid"), withdrawal(5, name="Y")])
    book.tell([on_withdrawal("rejected", "Y", reason='no "reason"\n')])
    book.tell([
        Event("transfer.reported", {"transfer": "T", "payer": "U", "payee": "V", "amount": 3, "currency": "CNY"}),
        Event("disclosure.filed", {"disclosure": "F", "about": about, "category": "annual", "due": "2026-03-01",
                                   "figures": {"revenue": 7}}),
        Event("complaint.filed", {"complaint": "K", "about": {"kind": "party", "id": "huizhong:I"},
                                  "category": "silence"}, "registry"),
    ])  # fmt: skip
    book.follow()
    asked = connection.execute("SELECT status, reason FROM view_transfers.withdrawals ORDER BY requested_position")
    assert list(asked) == [("paid", None), ("rejected", 'no "reason"\n')]
    moved = connection.execute("SELECT payer, amount FROM view_transfers.transfers")
    assert list(moved) == [("party:huizhong/U", 3)]
    (filed,) = filings.disclosures(connection, ["party:huizhong/I"])
    assert (filed.key, filed.figures) == ("disclosure:huizhong/F", {"revenue": 7})
    (complaint,) = filings.complaints(connection, ["party:huizhong/I"])
    assert (complaint.key, complaint.category) == ("complaint:registry/K", "silence")


def test_the_tables_outlive_a_second_migration(book: Book) -> None:
    book.tell(funded())
    book.follow()
    migrate(book.dsn)
    assert book.dump()["pledges.pledges"]


def _known(connection: Any) -> datetime:
    (known,) = connection.execute("SELECT max(recorded_at) FROM events").fetchone()
    return known  # type: ignore[no-any-return]


def test_what_was_withdrawn_shows_as_of_any_position(book: Book, connection: Any) -> None:
    """A corrected withdrawal is gone from today's rows, but not from those of the past."""
    story = [*market(), deposit(9), withdrawal(5), on_withdrawal("paid").called("paid"), loan(), bid("b", 30)]
    book.tell([*story, Event("bid.withdrawn", {"bid": "b"}).called("gone")])
    book.tell([correct("paid"), correct("gone")])
    book.tell([on_withdrawal("paid"), Event("bid.withdrawn", {"bid": "b"})])
    book.follow()
    at = dict(connection.execute("SELECT id, position FROM events").fetchall())

    def then(table: str, cutoff: int) -> list[int]:
        stood = "position <= %s AND (corrected_position IS NULL OR corrected_position > %s)"
        rows = connection.execute(f"SELECT position FROM {table} WHERE {stood} ORDER BY 1", [cutoff, cutoff]).fetchall()
        return [position for (position,) in rows]

    corrected, last = at["gone"] + 2, at["gone"] + 4
    for table, name in (("view_transfers.ends", "paid"), ("view_loans.bid_withdrawals", "gone")):
        assert then(table, at[name] - 1) == []
        assert then(table, at["gone"]) == [at[name]]
        assert then(table, corrected) == []
        assert then(table, last) == [last if name == "gone" else last - 1]
