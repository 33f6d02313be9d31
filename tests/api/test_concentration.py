"""A platform's concentration: each person once, as of two times, by month; who may see it; a lender's share limited."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.house import HUIZHONG, House, assert_problem, event

PATH = "/v1/platforms/huizhong/concentration"
TWICE = {"kind": "person", "identity": {"scheme": "id-nik", "number": "3174096112900001"}}


def lent(name: str, borrower: str, lender: str, amount: int, month: str) -> list[dict[str, Any]]:
    at = f"2026-{month}-02T10:00:00+08:00"
    about = {
        "loan": name, "borrower": borrower, "amount": amount, "currency": "IDR", "annual_rate": "0.1",
        "term_months": 12, "repayment": "bullet", "raise_until": f"2026-{month}-20", "jurisdiction": "ID",
    }  # fmt: skip
    return [
        event("loan.listed", about, HUIZHONG, time=at),
        event(
            "bid.placed", {"bid": f"b-{name}", "loan": name, "investor": lender, "amount": amount}, HUIZHONG, time=at
        ),
        event("loan.disbursed", {"loan": name}, HUIZHONG, time=f"2026-{month}-03T10:00:00+08:00"),
    ]


@pytest.fixture(scope="module", autouse=True)
def _told(house: House) -> None:
    licence = {"platform": "huizhong", "kinds": ["lending", "reward", "equity"], "licence": "conc"}
    house.tell("registry", [event("platform.licensed", licence, "registry")])
    people: dict[str, dict[str, Any]] = {
        "b1": {"kind": "person"},
        "b2": {"kind": "person"},
        "l1": TWICE,
        "l2": TWICE,
        "l3": {"kind": "person"},
    }
    house.tell("huizhong", [event("party.registered", {"party": name, **who}) for name, who in people.items()])
    house.tell("huizhong", [*lent("c1", "b1", "l1", 600, "03"), *lent("c2", "b1", "l2", 200, "04")])
    house.known = datetime.now(UTC).isoformat()
    house.tell("huizhong", lent("c3", "b2", "l3", 200, "05"))
    house.catch_up()


def by_side(rows: list[dict[str, Any]]) -> dict[str, tuple[int, ...]]:
    """Of the rupiah alone: the house of other tests has loans in other currencies."""
    return {
        each["side"]: (each["parties"], each["total"], each["hhi_bp"], each["largest_bp"], each["top_10_bp"])
        for each in rows
        if each["currency"] == "IDR"
    }


def test_each_person_counts_once(house: House) -> None:
    body = house.get("registry", PATH).json()
    whole = (2, 1_000, 6_800, 8_000, 10_000)
    assert by_side(body["items"]) == {"borrowers": whole, "lenders": whole}
    assert house.get("auditor", PATH).json()["items"] == house.get("huizhong", PATH).json()["items"] == body["items"]


def test_as_of_then_and_as_known_then(house: House) -> None:
    april = house.get("registry", PATH, at="2026-04-02T00:00:00+08:00").json()
    assert by_side(april["items"])["borrowers"] == (1, 600, 10_000, 10_000, 10_000)
    before = house.get("registry", PATH, known_at=house.known).json()
    assert by_side(before["items"])["lenders"] == (1, 800, 10_000, 10_000, 10_000)


def test_history_by_the_ends_of_months(house: House) -> None:
    body = house.get("registry", PATH, at="2026-06-15T00:00:00+08:00", months=4).json()
    rows = [each for each in body["history"] if each["currency"] == "IDR" and each["side"] == "borrowers"]
    assert [(each["month"], each["total"], each["hhi_bp"]) for each in rows] == [
        ("2026-02", 0, 0), ("2026-03", 600, 10_000), ("2026-04", 800, 10_000), ("2026-05", 1_000, 6_800),
    ]  # fmt: skip
    assert house.get("registry", PATH, months=0).json()["history"] == []


def test_who_may_see_it(house: House) -> None:
    assert_problem(house.get("rival", PATH), 403, "forbidden")
    assert_problem(house.get("registry", "/v1/platforms/nobody/concentration"), 404, "not_found")
    assert_problem(house.get("registry", PATH, months=121), 422, "invalid_parameter")
