"""LendingClub: what the outcome implies about amount and time, and the events of a loan's whole life."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ops.importers.base import Event
from ops.importers.lending_terms import Terms, after_months, charged_off, months_paid, paid_in_full
from ops.importers.lendingclub import LendingClub

Read = Callable[..., list[Event]]


def loan(**other: str) -> dict[str, str]:
    return {
        "id": "1",
        "loan_status": "Fully Paid",
        "issue_d": "2015-06-01",
        "zip_code_prefix": "921",
        "grade": "B",
        "sub_grade": "B5",
        "installment": "197.95",
        "int_rate": "11.53",
        "collection_recovery_fee": "0.0",
        "recoveries": "0.0",
        "debt_settlement_flag": "N",
        "settlement_amount": "",
        "settlement_date": "",
        "settlement_percentage": "",
        "settlement_status": "",
        "settlement_term": "",
        "total_pymnt": "6418.9",
        "total_pymnt_inv": "6418.9",
        "total_rec_int": "418.9",
        "total_rec_late_fee": "0.0",
        "total_rec_prncp": "6000.0",
    } | other


def charged(**other: str) -> dict[str, str]:
    return loan(
        loan_status="Charged Off", installment="194.07", int_rate="17.57", collection_recovery_fee="40.1922",
        recoveries="223.29", total_pymnt="3629.07", total_rec_int="940.48", total_rec_prncp="2465.3", **other,
    )  # fmt: skip


@pytest.fixture
def events(write_csv: Callable[..., Path], read: Read) -> Callable[..., list[Event]]:
    def of(row: dict[str, str]) -> list[Event]:
        return [each for each in read(LendingClub(), write_csv("loans.csv", [row])) if each["id"].startswith("1:")]

    return of


def by_id(events: list[Event]) -> dict[str, dict[str, Any]]:
    return {event["id"].partition(":")[2]: event["data"] for event in events}


# 36 months at 17.57 %: 5,400 USD cost 194.0601 a month, which LendingClub wrote as 194.07.
def test_the_amount_of_a_charged_off_loan_is_the_multiple_of_25_below_the_annuity() -> None:
    assert charged_off(Decimal("2465.3"), Decimal("194.07"), Decimal("17.57")) == Terms(Decimal(5400), 36)


def test_the_amount_is_never_below_what_was_received() -> None:
    assert charged_off(Decimal(5401), Decimal("194.07"), Decimal("17.57")).amount >= 5401


def test_sixty_months_are_taken_where_thirty_six_do_not_fit() -> None:
    # 20,000 USD at 13.99 % over 60 months cost 465.27 a month; over 36 they would make 13,615.78.
    assert charged_off(Decimal(100), Decimal("465.27"), Decimal("13.99")) == Terms(Decimal(20000), 60)
    assert paid_in_full(Decimal(20000), Decimal("465.27"), Decimal("13.99")) == Terms(Decimal(20000), 60)


def test_a_rate_of_zero_is_no_division_by_zero() -> None:
    assert charged_off(Decimal(0), Decimal(100), Decimal(0)) == Terms(Decimal(3600), 36)


@pytest.mark.parametrize(
    ("interest", "months"), [(0, 0), (5_765, 1), (5_766 + 5_630, 2), (111_000, 33), (112_600, 36), (10**9, 36)]
)
def test_interest_tells_how_long_a_loan_was_paid(interest: int, months: int) -> None:
    """6,000 USD at 11.53 %: the first month costs 57.65, the second 56.30, all of them 1,126.20."""
    assert months_paid(600_000, 36, 19_795, Decimal("11.53"), interest) == months


def test_months_are_added_within_the_calendar() -> None:
    assert after_months(date(2015, 1, 31), 1) == date(2015, 2, 28)
    assert after_months(date(2015, 6, 1), 36) == date(2018, 6, 1)
    assert after_months(date(2015, 12, 1), 1) == date(2016, 1, 1)


def test_a_loan_that_was_paid_back(events: Callable[..., list[Event]]) -> None:
    found = events(loan())
    assert [event["type"] for event in found] == [
        "party.registered", "loan.listed", "bid.placed", "loan.disbursed", "repayment.received", "loan.settled",
    ]  # fmt: skip
    data = by_id(found)
    listed = data["listed"]
    assert (listed["amount"], listed["annual_rate"], listed["term_months"]) == (600_000, "0.1153", 36)
    assert (data["bid"]["investor"], data["bid"]["amount"]) == ("lc-investors", 600_000)
    assert (data["repaid"]["principal"], data["repaid"]["interest"]) == (600_000, 41_890)
    assert "penalty" not in data["repaid"]
    assert data["settled"]["extra"]["total_pymnt"] == "6418.9"


def test_a_loan_that_was_charged_off(events: Callable[..., list[Event]]) -> None:
    found = events(charged())
    assert [event["type"] for event in found][4:] == [
        "repayment.received", "loan.defaulted", "loan.written_off", "repayment.received", "fee.charged",
    ]  # fmt: skip
    data = by_id(found)
    assert data["defaulted"]["amount"] == data["written-off"]["amount"] == 540_000 - 246_530
    assert (data["recovered"]["principal"], data["recovered"]["interest"]) == (22_329, 0)
    assert data["recovered"]["extra"]["collection_recovery_fee"] == "40.1922"
    assert (data["collection-fee"]["amount"], data["collection-fee"]["payer"]) == (4_019, "investor")
    times = [event["time"] for event in found]
    assert times == sorted(times)


def test_more_recovered_than_outstanding_is_interest(events: Callable[..., list[Event]]) -> None:
    data = by_id(events(charged() | {"recoveries": "3000"}))["recovered"]
    assert (data["principal"], data["interest"]) == (293_470, 300_000 - 293_470)


def test_a_late_fee_is_rounded_and_its_text_kept(events: Callable[..., list[Event]]) -> None:
    data = by_id(events(loan(total_rec_late_fee="30.000000002800004")))["repaid"]
    assert (data["penalty"], data["extra"]["total_rec_late_fee"]) == (3_000, "30.000000002800004")


def test_a_late_fee_that_is_negative_by_nothing_is_none(events: Callable[..., list[Event]]) -> None:
    data = by_id(events(loan(total_rec_late_fee="-5.1e-09")))["repaid"]
    assert "penalty" not in data
    assert data["extra"]["total_rec_late_fee"] == "-5.1e-09"


def test_a_loan_without_any_payment_has_no_repayment(events: Callable[..., list[Event]]) -> None:
    nothing = {"total_rec_prncp": "0", "total_rec_int": "0", "recoveries": "0", "collection_recovery_fee": "0"}
    found = events(charged() | nothing)
    assert [event["type"] for event in found][-3:] == ["loan.disbursed", "loan.defaulted", "loan.written_off"]
    assert by_id(found)["written-off"]["amount"] == 540_000


def test_a_settlement_is_kept_and_dates_the_recovery(events: Callable[..., list[Event]]) -> None:
    settled = {"debt_settlement_flag": "Y", "settlement_date": "2019-01-01", "settlement_status": "COMPLETE"}
    found = events(charged() | settled)
    assert by_id(found)["written-off"]["extra"]["settlement_status"] == "COMPLETE"
    assert found[-1]["time"] == "2019-01-01T12:00:00Z"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (loan(loan_status="Current"), "status_unknown"),
        (loan(issue_d="Jun-2015"), "date_unreadable"),
        (loan(total_rec_int="n/a"), "amount_unreadable"),
        (loan(total_rec_int="-0.01"), "amount_negative"),
        (loan(total_rec_prncp="0"), "amount_rounds_to_zero"),
        (loan(id="a b"), "id_not_allowed"),
        (loan(int_rate="-1"), "rate_unreadable"),
        (loan(total_pymnt="?"), "amount_unreadable"),
        (charged(settlement_date="soon"), "date_unreadable"),
    ],
)
def test_a_bad_row_is_rejected_by_name_and_the_others_go_on(
    write_csv: Callable[..., Path], row: dict[str, str], reason: str
) -> None:
    rows = [each for each in LendingClub().read([write_csv("loans.csv.gz", [row, loan(id="2")])]) if each.counted]
    assert [each.rejected for each in rows] == [reason, None]
    assert reason in LendingClub.reasons


def test_totals_count_what_does_not_add_up(write_csv: Callable[..., Path]) -> None:
    importer = LendingClub()
    sums = importer.totals()
    wrong, settled = loan(id="2", total_pymnt="6418.92"), charged(id="3", debt_settlement_flag="Y")
    for row in importer.read([write_csv("loans.csv", [loan(), wrong, settled])]):
        sums.add(row)
    found = sums.result()
    assert found["rows_where_parts_do_not_add_up_to_total_by_more_than_1_cent"] == 1
    assert (found["rows"], found["settlement_rows"], found["sum_recoveries"]) == (3, 1, "223.29")
    assert found["by_status"] == {"Fully Paid": 2, "Charged Off": 1}


def of_book(**other: str) -> dict[str, str]:
    """A loan of the 2018 book; the columns that nobody reads are left out."""
    return {
        "row": "7", "state": "NJ", "homeownership": "RENT", "loan_purpose": "car", "loan_amount": "10000", "term": "36",
        "interest_rate": "5.32", "installment": "301.15", "grade": "A", "sub_grade": "A1", "issue_month": "Jan-18",
        "loan_status": "Current", "balance": "8704.48", "paid_total": "1498.36", "paid_principal": "1295.52",
        "paid_interest": "202.84", "paid_late_fees": "0",
    } | other  # fmt: skip


def test_a_loan_of_the_book_that_runs(write_csv: Callable[..., Path], read: Read) -> None:
    found = {event["id"]: event for event in read(LendingClub(), write_csv("loans.csv", [of_book()]))}
    assert [event["type"] for event in found.values()][1:] == [
        "party.registered", "loan.listed", "bid.placed", "loan.disbursed", "repayment.received",
    ]  # fmt: skip
    listed = found["2018-7:listed"]["data"]
    assert (listed["amount"], listed["annual_rate"], listed["term_months"]) == (1_000_000, "0.0532", 36)
    paid = found["2018-7:repaid"]["data"]
    assert (paid["principal"], paid["interest"]) == (129_552, 20_284)


def test_loans_of_the_book_that_ended(write_csv: Callable[..., Path], read: Read) -> None:
    lost = of_book(loan_status="Charged Off", balance="0")
    back = of_book(row="8", loan_status="Fully Paid", balance="0", paid_principal="10000", paid_late_fees="15.0000001")
    events = read(LendingClub(), write_csv("loans.csv", [lost, back]))
    data = {event["id"]: event["data"] for event in events}
    assert data["2018-7:written-off"] == {"loan": "2018-7", "amount": 870_448}
    assert data["2018-8:repaid"]["penalty"] == 1500
    assert "2018-8:settled" in data


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ({"issue_month": "2018-01"}, "date_unreadable"), ({"term": "3 years"}, "term_unreadable"),
        ({"term": "0"}, "term_unreadable"), ({"interest_rate": "-1"}, "rate_unreadable"),
        ({"loan_status": "Sold"}, "status_unknown"), ({"balance": "-5"}, "amount_negative"),
        ({"paid_total": "?"}, "amount_unreadable"), ({"row": "a b"}, "id_not_allowed"),
        ({"loan_amount": "0"}, "amount_rounds_to_zero"),
    ],
)  # fmt: skip
def test_a_bad_row_of_the_book_is_rejected_by_name(
    write_csv: Callable[..., Path], cell: dict[str, str], reason: str
) -> None:
    path = write_csv("loans.csv", [of_book(**cell), of_book(row="8")])
    rows = [each for each in LendingClub().read([path]) if each.counted]
    assert [each.rejected for each in rows] == [reason, None]
    assert reason in LendingClub.reasons


def test_both_kinds_of_file_in_one_run(write_csv: Callable[..., Path]) -> None:
    importer = LendingClub()
    sums = importer.totals()
    for row in importer.read([write_csv("a/loans.csv", [loan()]), write_csv("b/loans.csv", [of_book()])]):
        sums.add(row)
    assert (sums.result()["rows"], sums.result()["book"]["rows"]) == (1, 1)
    assert sums.result()["loans_whose_payments_differ_from_the_source"] == 0
    assert sums.result()["book"]["loans_whose_balance_differs_from_the_source"] == 0
