"""A loan over HTTP: money, calendar, schedule, rates; from the log itself, so never behind."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.lending.days import add_months
from ledger.lending.schedule import schedule
from ledger.lending.terms import Terms
from tests.api.house import HUIZHONG, House, assert_problem, event

TERMS = Terms(1_200_000, "0.12", 12, "equal_instalments")


def today() -> date:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def at(day: date) -> str:
    return f"{day}T00:00:00+08:00"  # the beginning of today is never ahead


def lend(house: House, name: str, begun: date, jurisdiction: str = "CN", **more: Any) -> None:
    """A loan of TERMS with two lenders."""
    about = {
        "loan": name, "borrower": f"{name}-B", "amount": 1_200_000, "currency": "EUR", "annual_rate": "0.12",
        "term_months": 12, "repayment": "equal_instalments", "raise_until": str(today()),
        "jurisdiction": jurisdiction, **more,
    }  # fmt: skip
    told: list[tuple[str, dict[str, Any]]] = [
        ("party.registered", {"party": f"{name}-{who}", "kind": "person"}) for who in ("B", "U", "V")
    ]
    told.append(("loan.listed", about))
    told += [
        ("bid.placed", {"bid": f"{name}-{who}", "loan": name, "investor": f"{name}-{who}", "amount": amount})
        for who, amount in (("U", 700_000), ("V", 500_000))
    ]
    told += [
        ("loan.disbursed", {"loan": name}),
        ("fee.charged", {"loan": name, "amount": 12_000, "payer": "borrower"}),
    ]
    events = [event(kind, data, time=at(begun), name=f"{name}-{number}") for number, (kind, data) in enumerate(told)]
    house.tell("huizhong", events)


def pay(house: House, name: str, number: int, begun: date, **more: int) -> None:
    row = schedule(TERMS, begun)[number - 1]
    data = {"repayment": f"{name}-{number}", "loan": name, "principal": row.principal, "interest": row.interest, **more}
    house.tell("huizhong", [event("repayment.received", data, time=at(row.due), name=f"{name}-paid-{number}")])


def ask(house: House, path: str, who: str = "huizhong", **query: str) -> dict[str, Any]:
    response = house.get(who, f"/v1/loans/{HUIZHONG}/{path}", **query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_a_loan_that_runs_late(house: House) -> None:
    begun = add_months(today(), -4)
    lend(house, "L-1", begun, "DE")
    pay(house, "L-1", 2, begun, penalty=500, fee=100)  # told before the first
    pay(house, "L-1", 1, begun)
    found = ask(house, "L-1")
    rows = schedule(TERMS, begun)
    assert found["outstanding_principal"] == 1_200_000 - rows[0].principal - rows[1].principal
    assert (found["next_due"], found["next_due_amount"]) == (str(rows[2].due), rows[2].total)
    late = (today() - rows[2].due).days
    assert (found["days_past_due"], found["bucket"]) == (late, "1-30" if late <= 30 else "31-60")
    assert (found["arrears_principal"], found["arrears_interest"]) == (rows[2].principal, rows[2].interest)
    received = {
        "principal": 1_200_000 - found["outstanding_principal"],
        "interest": rows[0].interest + rows[1].interest,
    }
    assert found["received"] == {**received, "penalty": 500, "fees": 100, "recovered": 0}
    assert found["default"]["outcome"] == "not_past"
    assert (found["default"]["days_over"], found["default"]["rule"]) == (90, "eu.ecspr.default")
    assert found["fees_charged_to_borrower"] == 12_000
    assert found["effective_rate_lenders"]["reason"] is None
    yields, costs = (float(found[f"effective_rate_{who}"]["rate"]) for who in ("lenders", "borrower"))
    assert 0.12 < yields < costs < 0.16
    assert found["position"] == house.position()
    assert found["day_count"] == "actual/actual ICMA"


def test_its_schedule(house: House) -> None:
    begun = add_months(today(), -3)
    lend(house, "L-2", begun)
    pay(house, "L-2", 1, begun)
    found = ask(house, "L-2/schedule")
    assert [line["state"] for line in found["items"]][:4] == ["paid", "late", "due", "due"]
    assert sum(line["principal"] for line in found["items"]) == 1_200_000
    first = found["items"][0]
    assert first["paid"] == first["principal"] + first["interest"]
    assert (found["disbursed"], found["next"], len(found["items"])) == (str(begun), None, 12)


def test_without_a_figure_of_the_jurisdiction_nothing_is_guessed(house: House) -> None:
    lend(house, "L-3", today() - timedelta(days=300))
    found = ask(house, "L-3")
    assert found["bucket"] == "90+"
    assert found["default"] == {"outcome": "not_provable", "days_over": None, "rule": None, "citation": None}
    lend(house, "L-4", today() - timedelta(days=300), "FR")
    assert ask(house, "L-4", "auditor")["default"]["outcome"] == "past"


def test_a_listed_loan_owes_nothing_yet(house: House) -> None:
    parties = [event("party.registered", {"party": "L-5-B", "kind": "person"})]
    about = {
        "loan": "L-5", "borrower": "L-5-B", "amount": 5, "currency": "EUR", "annual_rate": "0.12", "term_months": 1,
        "repayment": "bullet", "raise_until": "2030-01-01", "jurisdiction": "CN",
    }  # fmt: skip
    house.tell("huizhong", [*parties, event("loan.listed", about)])
    found = ask(house, "L-5")
    assert (found["outstanding_principal"], found["next_due"], found["bucket"]) == (0, None, None)
    assert found["effective_rate_borrower"] == {"rate": None, "reason": "nothing was paid out"}
    assert ask(house, "L-5/schedule")["items"] == []


def test_corrected_events_never_were(house: House) -> None:
    begun = add_months(today(), -2)
    lend(house, "L-6", begun)
    pay(house, "L-6", 1, begun)
    house.tell("huizhong", [event("event.corrected", {"corrects": "L-6-paid-1", "reason": "bounced"}, name="bounce")])
    found = ask(house, "L-6")
    assert found["received"]["principal"] == 0
    assert found["next_due"] == str(schedule(TERMS, begun)[0].due)


def test_as_of_two_times(house: House) -> None:
    begun = add_months(today(), -5)
    lend(house, "L-7", begun)
    before = str(add_months(today(), -1))
    for number in (1, 2, 3):
        pay(house, "L-7", number, begun)
    rows = schedule(TERMS, begun)
    # Told today, but paid on their days.
    then = ask(house, "L-7", at=before)
    assert (then["day"], then["next_due"], then["days_past_due"]) == (before, str(rows[3].due), 0)
    earlier = ask(house, "L-7/schedule", at=str(rows[1].due))
    assert [line["state"] for line in earlier["items"]][:3] == ["paid", "paid", "due"]
    early = house.get("huizhong", f"/v1/loans/{HUIZHONG}/L-7", at=str(add_months(begun, -1)))
    assert_problem(early, 404, "not_found")


def test_the_book_is_the_sum_of_its_loans(house: House) -> None:
    for name, months, paid, jurisdiction in (("B-1", 3, 3, "DE"), ("B-2", 5, 1, "FR"), ("B-3", 8, 1, "CN")):
        lend(house, name, add_months(today(), -months), jurisdiction)
        for number in range(1, paid + 1):
            pay(house, name, number, add_months(today(), -months))
    lend(house, "B-4", add_months(today(), -2), term_months=12, currency="CNY")
    told = [
        event("loan.restructured", {"loan": "B-2", "term_months": 24, "reason": "x"}, time=at(add_months(today(), -1))),
        event("loan.defaulted", {"loan": "B-3", "amount": 77}, time=at(today() - timedelta(days=5))),
        event("loan.written_off", {"loan": "B-3", "amount": 100_000}, time=at(today() - timedelta(days=4))),
    ]
    house.tell("huizhong", told)
    house.catch_up()
    assert ask(house, "B-3")["defaulted_amount"] == 77
    book = house.get("auditor", "/v1/platforms/huizhong/loans").json()
    euro = next(each for each in book["items"] if each["currency"] == "EUR")
    names = ["L-1", "L-2", "L-3", "L-4", "L-6", "L-7", "B-1", "B-2", "B-3"]
    every = [house.get("auditor", f"/v1/loans/{HUIZHONG}/{name}").json() for name in names]
    loans = [each for each in every if each.get("outstanding_principal")]
    assert euro["outstanding"] == {
        "loans": len(loans), "outstanding": sum(each["outstanding_principal"] for each in loans),
    }  # fmt: skip
    for bucket, part in euro["buckets"].items():
        mine = [each["outstanding_principal"] for each in loans if each["bucket"] == bucket]
        assert part == {"loans": len(mine), "outstanding": sum(mine)}, bucket
    assert euro["arrears_principal"] == sum(each["arrears_principal"] for each in loans)
    assert euro["arrears_interest"] == sum(each["arrears_interest"] for each in loans)
    bad = sum(
        each["outstanding_principal"] for each in loans if each["days_past_due"] > 90 or each["status"] == "defaulted"
    )
    assert euro["non_performing"]["outstanding"] == bad
    assert abs(euro["non_performing_ppm"] * euro["outstanding"]["outstanding"] - bad * 1_000_000) <= 1_200_000 * 9
    assert euro["reported_defaulted"]["loans"] == 1
    assert euro["past_default"]["loans"] >= sum(each["default"]["outcome"] == "past" for each in loans)
    assert [each["currency"] for each in book["items"]] == ["CNY", "EUR"]
    assert house.get("huizhong", "/v1/platforms/huizhong/loans").status_code == 200


def test_walls_around_the_book(house: House) -> None:
    house.catch_up()
    assert_problem(house.get("rival", "/v1/platforms/huizhong/loans"), 403, "forbidden")
    assert_problem(house.get(None, "/v1/platforms/huizhong/loans"), 401, "unauthenticated")
    assert_problem(house.get("auditor", "/v1/platforms/nobody/loans"), 404, "not_found")
    assert house.get("rival", "/v1/platforms/rival/loans").json()["items"] == []


@pytest.mark.parametrize("path", ["L-1", "L-1/schedule"])
def test_walls(house: House, path: str) -> None:
    assert_problem(house.get("rival", f"/v1/loans/{HUIZHONG}/{path}"), 404, "not_found")
    assert_problem(house.get(None, f"/v1/loans/{HUIZHONG}/{path}"), 401, "unauthenticated")
    assert_problem(house.get("huizhong", f"/v1/loans/{HUIZHONG}/{path}", colour="red"), 422, "invalid_parameter")
    assert_problem(house.get("huizhong", f"/v1/loans/{HUIZHONG}/none{path}"), 404, "not_found")
