"""POST /v1/rules/{id}/backtest: what it answers, and every way to ask it wrongly."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg
import pytest

from api.problems import Problem
from ops import backtesting
from ops.simulator import market
from projections.runner import run_until
from risk.backtest import Question
from risk.compile import days_since_epoch
from tests.api.house import House, assert_problem
from tests.projections.book import Book
from tests.risk.conftest import LAST, RULES

RULE = "I17-pledge-velocity"
PERIOD = {"from": "2026-10-13", "to": "2026-11-21"}


@pytest.fixture(scope="module")
def played(house: House) -> House:
    """The server, over a small market."""
    book = Book(house.dsn)
    book.submit([delivery.event for delivery in market.build(7, LAST, days=40, scale=0.02).deliveries])
    book.close()
    run_until(house.dsn)
    return house


def ask(house: House, body: dict[str, Any], rule: str = RULE, who: str | None = "registry") -> httpx.Response:
    with house.client(who) as client:
        return client.post(f"/v1/rules/{rule}/backtest", json=body)


def test_answer_says_all_of_it(played: House) -> None:
    answer = ask(played, PERIOD)
    assert answer.status_code == 200, answer.text
    own = answer.json()
    assert own["days"] == 40
    assert own["alerts"] == len(own["strongest"]) == 1
    assert (
        own["findings"]
        == sum(own["by_severity"].values())
        == sum(number for day in own["by_day"] for name, number in day.items() if name != "day")
    )
    assert (own["difference"], own["labels"]) == (None, None)
    assert own["cutoff"] == own["position"] == int(answer.headers["Ledger-Position"])
    wider = ask(played, {**PERIOD, "params": {"k_day": 3, "k_burst": 2}}).json()
    assert wider["difference"]["added"] > 0
    assert wider["result_hash"] != own["result_hash"]
    assert ask(played, PERIOD).json()["result_hash"] == own["result_hash"]


def test_labels_are_held_against_it(played: House) -> None:
    (found,) = ask(played, PERIOD).json()["strongest"]
    labels = [
        {"entity": found["key"]["investor"], "first_day": PERIOD["from"], "last_day": PERIOD["to"]},
        {"entity": "party:nobody/here", "first_day": PERIOD["from"], "last_day": PERIOD["to"]},
    ]
    (first, *_) = ask(played, {**PERIOD, "labels": labels}).json()["labels"]
    assert (first["hits"], first["precision_bp"], first["recall_bp"]) == (1, 10_000, 5_000)


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        ({"from": "2026-11-21", "to": "2026-11-20"}, 422, "invalid_parameter", "before"),
        ({"from": "2020-01-01", "to": "2026-11-20"}, 422, "too_long", "at most 400"),
        ({"from": "1969-01-01", "to": "1969-01-02"}, 422, "invalid_parameter", "from"),
        ({"from": "yesterday", "to": "2026-11-20"}, 422, "invalid_parameter", "from"),
        ({"from": "2026-11-20"}, 422, "invalid_parameter", "to"),
        ({**PERIOD, "params": {"zz": 1}}, 422, "invalid_parameter", "no parameter zz"),
        ({**PERIOD, "params": {"k_day": 1.5}}, 422, "invalid_parameter", "k_day"),
        ({**PERIOD, "params": {"k_day": True}}, 422, "invalid_parameter", "k_day"),
        ({**PERIOD, "params": {"k_day": 10**30}}, 422, "invalid_parameter", "beyond"),
        ({**PERIOD, "labels": []}, 422, "invalid_parameter", "labels"),
        ({**PERIOD, "labels": [{"entity": "a", "first_day": "2026-11-02", "last_day": "2026-11-01"}]}, 422,
         "invalid_parameter", "ends before"),
        ({**PERIOD, "until": "2026-11-21"}, 422, "invalid_parameter", "until"),
        ({"from": "1971-01-01", "to": "1971-01-02"}, 422, "invalid_parameter", "judges none of these days"),
    ],
)  # fmt: skip
def test_wrong_questions_are_told(house: House, body: dict[str, Any], status: int, code: str, says: str) -> None:
    answer = ask(house, body)
    assert_problem(answer, status, code)
    assert says in answer.json()["detail"]


def test_who_may_ask(house: House) -> None:
    assert_problem(ask(house, PERIOD, who=None), 401, "unauthenticated")
    assert_problem(ask(house, PERIOD, who="huizhong"), 403, "forbidden")
    assert_problem(ask(house, PERIOD, rule="X99-none"), 404, "not_found")


def test_too_long_is_stopped_in_the_database(played: House) -> None:
    days = range(days_since_epoch(LAST) - 30, days_since_epoch(LAST))
    with psycopg.connect(played.dsn, autocommit=True) as connection:
        with pytest.raises(Problem, match="fewer days") as raised:
            backtesting.judged(connection, Question(RULES["I01-collusive-pair"], days, {}), seconds=0.002)
        assert connection.execute("SHOW statement_timeout").fetchone() == ("0",), "the next question has its time"
    assert raised.value.status == 422
