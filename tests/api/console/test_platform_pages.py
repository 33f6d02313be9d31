"""A platform's pages over the real ledger: its months, custody, index; who may look; the same figures by the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.api.console.desk import settle, signed_in
from tests.api.house import House, assert_problem, campaign, event, pledge

PAGES = ("", "/money", "/conduct", "/index", "/reconciliation", "/concentration", "/reports")
NASTY = "<script>alert(1)</script>"
NOW = datetime.now(UTC)
LAST = (NOW.replace(day=1) - timedelta(days=1)).replace(day=15)


@pytest.fixture(scope="module", autouse=True)
def months(house: House) -> None:
    """A pledge collected and partly refunded last month, a loan lent, and a statement of custody that is short."""
    settle(house)
    at = LAST.isoformat()

    def told(kind: str, /, **data: Any) -> dict[str, Any]:
        return event(kind, data, time=at)

    terms = {
        "amount": 90_000, "currency": "CNY", "annual_rate": "0.1", "term_months": 6, "repayment": "bullet",
        "raise_until": (NOW + timedelta(days=90)).isoformat(), "jurisdiction": "CN",
    }  # fmt: skip
    late = {"campaign": "C-9", "kind": "reward", "issuer": "I-1", "title": NASTY, "goal": 100_000, "currency": "CNY"}
    late |= {"deadline": (NOW + timedelta(days=90)).isoformat(), "funding": "keep_what_you_raise", "jurisdiction": "CN"}
    parties = [each for each in campaign() if each["type"] == "party.registered"]
    house.tell(
        "huizhong",
        [
            *parties,
            told("campaign.opened", **late),
            {**pledge("P-1", amount=5_000), "time": at},
            told("pledge.collected", pledge="P-1"),
            told("pledge.refunded", pledge="P-1", amount=2_000),
            told("loan.listed", loan="L-1", borrower="I-1", **terms),
            told("bid.placed", bid="B-1", loan="L-1", investor="U-1", amount=90_000),
            told("loan.disbursed", loan="L-1"),
            told("loan.defaulted", loan="L-1"),
            told("custody.reported", account="main", balance=2_500, currency="CNY", as_of=at),
            told("complaint.filed", complaint="K-1", about={"kind": "campaign", "id": "C-9"}, category="late"),
        ],
    )
    house.post("huizhong", event("pledge.made", {"pledge": "X", "campaign": "C-9"}))
    house.catch_up()


@pytest.fixture
def wang(house: House) -> Iterator[httpx.Client]:
    with signed_in(house, "wang") as client:
        yield client


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["en", "zh-Hant"])
def test_every_page_answers_in_every_language(house: House, page: str, lang: str) -> None:
    with signed_in(house, "wang", lang) as client:
        for name in ("huizhong", "rival"):
            answer = client.get(f"/console/platforms/{name}{page}")
            assert answer.status_code == 200, answer.text[-2000:]
            assert NASTY not in answer.text
            assert name.title() in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_only_the_office_looks(house: House, page: str) -> None:
    with httpx.Client(base_url=house.url) as stranger:
        answer = stranger.get(f"/console/platforms/huizhong{page}")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/sign-in?next=")
    with signed_in(house, "hui") as client:
        assert client.get(f"/console/platforms/huizhong{page}").status_code == 403


def test_the_list_filters_and_shows_the_gap(wang: httpx.Client) -> None:
    page = wang.get("/console/platforms").text
    assert "short CN¥5.00" in page
    assert "Huizhong" not in wang.get("/console/platforms?text=rival").text
    assert "No platform fits" in wang.get("/console/platforms?kind=equity").text
    for bad in (
        "?kind=casino",
        "?status=x",
        "?cursor=x",
        "?x=1",
        "?month=2024-01",
        "?text=" + "x" * 101,
        "?text=a&text=b",
    ):
        assert wang.get(f"/console/platforms{bad}").status_code == 422, bad
    assert wang.get("/console/platforms?view=index&month=1999-01").status_code in {200, 422}


def test_bad_addresses_are_errors(wang: httpx.Client) -> None:
    for bad in (
        "/money?months=13", "/index?x=1", "/conduct?cursor=x", "/reconciliation?day=2024-01-01",
        "/reconciliation?day=yesterday&currency=CNY", "/reconciliation?currency=ZZZ", "/reconciliation?cursor=x",
    ):  # fmt: skip
        assert wang.get(f"/console/platforms/huizhong{bad}").status_code == 422, bad
    assert wang.get("/console/platforms/nobody/money").status_code == 404
    day = wang.get("/console/platforms/huizhong/reconciliation?day=1999-01-01&currency=CNY")
    assert day.status_code == 404


def test_the_money_is_that_of_the_log(house: House, wang: httpx.Client) -> None:
    page = wang.get("/console/platforms/huizhong/money").text
    for shown in ("CN¥50.00", "CN¥20.00", "CN¥900.00", "40%"):
        assert shown in page, shown
    told = house.get("huizhong", "/v1/platforms/huizhong/history", months=2).json()["items"]
    month = told[0]
    assert month["month"] == LAST.strftime("%Y-%m")
    (yuan,) = month["currencies"]
    assert yuan["sums"]["collected"] == {"events": 1, "amount": 5_000}
    assert yuan["sums"]["refunded"] == {"events": 1, "amount": 2_000}
    assert yuan["sums"]["defaulted"] == {"events": 1, "amount": 90_000}
    assert (yuan["outstanding"], yuan["held"]) == (90_000, 3_000)
    assert (yuan["refund_share_bp"], yuan["default_share_bp"]) == (4_000, 10_000)
    assert month["counts"]["complaints"] == 1
    assert told[1]["counts"]["reports"] > 5
    assert told[1]["refused"] == {"malformed": 1}
    assert "alerts" not in month, "alerts are the supervisor's"
    assert "alerts" in house.get("auditor", "/v1/platforms/huizhong/history").json()["items"][0]


def test_a_correction_takes_its_figure_out_of_its_month(house: House) -> None:
    time = (NOW - timedelta(minutes=1)).isoformat()
    corrected = {"corrects": "pledge.refunded-P-1", "reason": "typed twice"}
    house.tell("huizhong", [event("event.corrected", corrected, name="undo", time=time)])
    house.catch_up()
    months = house.get("huizhong", "/v1/platforms/huizhong/history", months=2).json()["items"]
    assert "refunded" not in months[0]["currencies"][0]["sums"]
    assert months[0]["currencies"][0]["held"] == 5_000
    assert months[1]["counts"]["corrections"] == 1


def test_history_is_for_the_platform_and_its_supervisors(house: House) -> None:
    assert_problem(house.get("rival", "/v1/platforms/huizhong/history"), 403, "forbidden")
    assert_problem(house.get(None, "/v1/platforms/huizhong/history"), 401, "unauthenticated")
    assert_problem(house.get("registry", "/v1/platforms/nobody/history"), 404, "not_found")
    assert_problem(house.get("registry", "/v1/platforms/huizhong/history", months=61), 422, "invalid_parameter")


def test_custody_day_names_its_lines(wang: httpx.Client) -> None:
    page = wang.get("/console/platforms/huizhong/reconciliation").text
    day = LAST.date().isoformat()
    assert f"day={day}&amp;currency=CNY" in page
    lines = wang.get(f"/console/platforms/huizhong/reconciliation?day={day}&currency=CNY")
    assert lines.status_code == 200, lines.text[-1500:]
    assert "Pledge collected" in lines.text
    assert "CN¥25.00" in lines.text


def test_the_index_comes_without_waiting(house: House, wang: httpx.Client) -> None:
    for _ in range(50):
        if house.services.reads.indexes() is not None:
            break
    page = wang.get("/console/platforms/huizhong/index").text
    assert "Compliance" in page
    assert "Huizhong" in wang.get("/console/platforms?view=index").text
