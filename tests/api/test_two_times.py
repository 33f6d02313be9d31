"""Questions about two times over HTTP: what is answered, what can't be asked, and who may not ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.house import HUIZHONG, House, assert_problem, campaign, event, pledge

CAMPAIGN = f"/v1/campaigns/{HUIZHONG}/C-9"
MONEY = ("pledged", "collected", "refunded", "in_escrow", "pledges")


class Known:
    """Moments between events."""

    before_late: str
    before_correction: str


def _loan() -> list[dict[str, Any]]:
    about = {
        "loan": "L-1", "borrower": "I-1", "amount": 900, "currency": "CNY", "annual_rate": "0.12", "term_months": 12,
        "repayment": "equal_instalments", "raise_until": "2024-03-20", "jurisdiction": "CN",
    }  # fmt: skip
    return [
        event("loan.listed", about, time="2024-02-01T00:00:00Z"),
        event(
            "bid.placed", {"bid": "b1", "loan": "L-1", "investor": "U-1", "amount": 900}, time="2024-02-02T00:00:00Z"
        ),
        event("loan.disbursed", {"loan": "L-1"}, time="2024-02-10T00:00:00Z"),
    ]


@pytest.fixture(scope="module", autouse=True)
def _told(house: House) -> None:
    house.tell("huizhong", [*campaign(), *_loan()])
    house.tell("huizhong", [pledge("A-1"), pledge("A-2", investor="U-2", amount=700)])
    Known.before_late = _last(house)
    late = event("pledge.collected", {"pledge": "A-1"}, name="late", time="2024-03-05T00:00:00+08:00")
    house.tell("huizhong", [late])
    Known.before_correction = _last(house)
    house.tell("huizhong", [event("event.corrected", {"corrects": "late", "reason": "a mistake"})])
    house.catch_up()


def _last(house: House) -> str:
    """When the last event was recorded."""
    moment = house.services.reads.span().value.last
    assert moment is not None
    return moment.isoformat()


def _money(house: House, **query: Any) -> tuple[int, ...]:
    body = house.get("huizhong", CAMPAIGN, **query).json()
    return tuple(body[name] for name in MONEY)


def test_a_campaign_in_both_times(house: House) -> None:
    assert _money(house) == (5700, 0, 0, 0, 2)
    assert _money(house, known_at=Known.before_late) == (5700, 0, 0, 0, 2)
    assert _money(house, known_at=Known.before_correction) == (5700, 5000, 0, 5000, 2)
    assert _money(house, known_at=Known.before_correction, at="2024-03-04T15:59:59.999999Z") == (5700, 0, 0, 0, 2)
    assert _money(house, known_at=Known.before_correction, at="2024-03-04T16:00:00Z") == (5700, 5000, 0, 5000, 2)
    assert _money(house, at="2024-02-15T00:00:00Z") == (0, 0, 0, 0, 0)


def test_a_date_is_its_end_where_the_server_is(house: House) -> None:
    known = {"known_at": Known.before_correction}
    assert _money(house, at="2024-03-04", **known)[1] == 0
    body = house.get("huizhong", CAMPAIGN, at="2024-03-05", **known).json()
    assert (body["at"], body["collected"]) == ("2024-03-05T15:59:59.999999Z", 5000)
    assert datetime.fromisoformat(body["known_at"]) == datetime.fromisoformat(Known.before_correction)


def test_a_pledge_in_both_times(house: House) -> None:
    def status(**query: str) -> str:
        found: str = house.get("huizhong", f"/v1/pledges/{HUIZHONG}/A-1", **query).json()["status"]
        return found

    assert status() == "pledged"
    assert status(known_at=Known.before_correction) == "collected"
    assert status(known_at=Known.before_correction, at="2024-03-03") == "pledged"


def test_a_loan_in_both_times(house: House) -> None:
    def money(**query: str) -> tuple[Any, ...]:
        body = house.get("huizhong", f"/v1/loans/{HUIZHONG}/L-1", **query).json()
        return body["status"], body["funded"], body["outstanding_principal"]

    assert money(at="2024-02-01T00:00:00Z") == ("listed", 0, 0)
    assert money(at="2024-02-02T00:00:00Z") == ("listed", 900, 0)
    assert money(at="2024-02-10T00:00:00Z") == money() == ("disbursed", 900, 900)


@pytest.mark.parametrize("path", ["campaigns/{}/C-9", "pledges/{}/A-1", "loans/{}/L-1"])
def test_the_present_asked_for_is_the_present(house: House, path: str) -> None:
    """Neither time, both now: the same answer, read in two ways."""
    now = house.services.now().isoformat()
    plain = house.get("huizhong", "/v1/" + path.format(HUIZHONG)).json()
    asked = house.get("huizhong", "/v1/" + path.format(HUIZHONG), at=now, known_at=now)
    assert (plain["at"], plain["known_at"]) == (None, None)
    assert {**asked.json(), "at": None, "known_at": None} == plain
    assert int(asked.headers["Ledger-Position"]) == plain["position"]
    assert float(asked.headers["View-Lag-Seconds"]) == 0


def test_what_was_not_there_yet_says_since_when(house: House) -> None:
    body = assert_problem(house.get("huizhong", CAMPAIGN, at="2024-01-31T15:59:59Z"), 404, "not_found")
    assert "2024-01-31T16:00:00" in body["detail"]
    first = house.services.reads.span().value.first
    assert first is not None
    assert_problem(house.get("huizhong", CAMPAIGN, known_at=first.isoformat()), 404, "not_found")


@pytest.mark.parametrize("path", ["/v1/balances", CAMPAIGN])
def test_times_that_cannot_be_meant(house: House, path: str) -> None:
    ahead = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    for name in ("at", "known_at"):
        for text in ("2024-03-02T10:15:00", "yesterday", "2024-02-30", "", ahead, tomorrow, "9999-12-31"):
            assert (
                name in assert_problem(house.get("registry", path, **{name: text}), 422, "invalid_parameter")["detail"]
            )
    before = assert_problem(house.get("registry", path, known_at="2024-03-10"), 422, "invalid_parameter")
    assert "the first event was recorded at" in before["detail"]
    today = house.services.now().date().isoformat()
    assert house.get("registry", path, known_at=today).status_code == 200


def test_balances_say_which_times(house: House) -> None:
    body = house.get("auditor", "/v1/balances", account="escrow/", at="2024-03-05", known_at=Known.before_correction)
    assert body.json()["at"] == "2024-03-05T15:59:59.999999Z"
    assert [each["balance"] for each in body.json()["items"]] == [5000]
    assert house.get("auditor", "/v1/balances").json()["known_at"] is None


@pytest.mark.parametrize("path", [CAMPAIGN, f"/v1/pledges/{HUIZHONG}/A-1", f"/v1/loans/{HUIZHONG}/L-1"])
def test_walls(house: House, path: str) -> None:
    query = {"at": "2024-03-05"}
    stranger = assert_problem(house.get("rival", path, **query), 404, "not_found")
    nothing = assert_problem(house.get("rival", path.replace("-", "-x"), **query), 404, "not_found")
    assert stranger["detail"] == nothing["detail"].replace("-x", "-")
    assert_problem(house.get(None, path, **query), 401, "unauthenticated")
    for who in ("auditor", "registry", "huizhong"):
        assert house.get(who, path, **query).status_code == 200
