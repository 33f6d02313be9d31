"""Eligibility: the law of the day over all platforms, with what is reserved; two who ask at once; who may ask."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.api.house import HUIZHONG, RIVAL, House, assert_problem, event

PATH = "/v1/eligibility"
NOW = datetime.now(UTC)
SOON = (NOW + timedelta(days=30)).isoformat()
IDENTITY = {"scheme": "us-ssn", "number": "078-05-1120"}


def just_now() -> str:
    return (datetime.now(UTC) - timedelta(seconds=5)).isoformat()


def equity(source: str, name: str, **more: Any) -> list[dict[str, Any]]:
    """A US offering with its issuer."""
    about = {
        "campaign": name, "kind": "equity", "issuer": f"I-{name}", "title": "Lamp Inc", "goal": 100, "currency": "USD",
        "deadline": SOON, "funding": "keep_what_you_raise", "jurisdiction": "US", **more,
    }  # fmt: skip
    issuer = {"party": f"I-{name}", "kind": "organisation", "identity": {"scheme": "us-ein", "number": "12-3456789"}}
    return [
        event("party.registered", issuer, source),
        event("campaign.opened", about, source, time=just_now()),
    ]


def investor(source: str, name: str, identity: dict[str, str] | None = None, **declared: Any) -> list[dict[str, Any]]:
    party = {"party": name, "kind": "person", **({"identity": identity} if identity else {})}
    found = [event("party.registered", party, source)]
    if declared:
        data = {"investor": name, "jurisdiction": "US", "currency": "USD", **declared}
        found.append(event("investor.declared", data, source, time=just_now()))
    return found


def pledge(source: str, name: str, campaign: str, who: str, amount: int) -> dict[str, Any]:
    data = {"pledge": name, "campaign": campaign, "investor": who, "amount": amount, "currency": "USD"}
    return event("pledge.made", data, source, name=f"made-{name}", time=just_now())


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    for who, source in (("huizhong", HUIZHONG), ("rival", RIVAL)):
        licence = {"platform": who, "kinds": ["equity", "lending", "reward"], "licence": f"E-{who}"}
        house.tell("registry", [event("platform.licensed", licence, "registry", name=f"{who}-equity")])
        house.tell(who, equity(source, f"C-{who}"))
    house.tell("huizhong", investor(HUIZHONG, "ann", IDENTITY, annual_income=3_000_000, net_worth=3_000_000))
    house.tell("rival", investor(RIVAL, "ann-r", IDENTITY))
    house.tell("huizhong", investor(HUIZHONG, "bob"))
    house.tell("rival", [pledge(RIVAL, "there", "C-rival", "ann-r", 100_000)])


def ask(house: House, who: str | None = "huizhong", /, **body: Any) -> Any:
    asked = {"investor": "ann", "campaign": "C-huizhong", "amount": 1, **body}
    with house.client(who) as client:
        return client.post(PATH, json={name: value for name, value in asked.items() if value is not None})


def patient(house: House, who: str, **body: Any) -> Any:
    """As a client that does what Retry-After says."""
    for _ in range(20):
        answer = ask(house, who, **body)
        if answer.status_code != 503:
            break
        time.sleep(float(answer.headers["retry-after"]))
    return answer


def test_what_she_put_into_other_platforms_counts(house: House) -> None:
    """Below 124,000: the greater of 2,500 and 5 % of 30,000; 1,000 are used on the other platform."""
    body = ask(house, amount=150_000).json()
    assert (body["allowed"], body["limit"], body["used"], body["remaining"], body["currency"]) == (
        True, 250_000, 100_000, 150_000, "USD",
    )  # fmt: skip
    refused = ask(house, amount=150_001).json()
    assert refused["allowed"] is False
    (check,) = [each for each in refused["checks"] if each["rule"] == "us.regcf.investor_limit"]
    assert (check["outcome"], check["figure"], check["effective_from"]) == ("breach", 250_000, "2022-09-20")
    assert "227.100(a)(2)" in check["citation"]
    assert check["zh"] != check["en"]
    assert body["position"] > 0


def test_the_law_of_another_day(house: House) -> None:
    """In 2018 the floor was 2,200, and nothing that she did this year had happened; the facts are today's."""
    body = ask(house, at="2018-06-01T00:00:00Z").json()
    assert body["limit"] == 220_000
    assert body["refusal"] is None


def test_what_was_not_declared_is_no_yes(house: House) -> None:
    body = ask(house, investor="bob").json()
    assert body["allowed"] is False
    (check,) = [each for each in body["checks"] if each["rule"] == "us.regcf.investor_limit"]
    assert (check["outcome"], check["blocks"]) == ("not_provable", True)
    assert "identity" in check["why"]


def test_the_issuers_cap_over_its_campaigns(house: House) -> None:
    """Both campaigns are of the same firm."""
    body = ask(house, amount=500_000_000).json()
    (check,) = [each for each in body["checks"] if each["rule"] == "us.regcf.issuer_cap"]
    assert (check["outcome"], check["used"], check["remaining"]) == ("breach", 100_000, 499_900_000)


def test_what_the_ledger_itself_would_refuse(house: House) -> None:
    house.tell("huizhong", equity(HUIZHONG, "C-small", cap=1000, minimum=10))
    above = ask(house, campaign="C-small", amount=1001).json()
    assert (above["allowed"], above["refusal"]["code"]) == (False, "cap_exceeded")
    below = ask(house, campaign="C-small", amount=9).json()
    assert below["refusal"]["code"] == "below_minimum"
    house.tell(
        "huizhong",
        [event("campaign.closed", {"campaign": "C-small", "outcome": "cancelled"}, time=just_now())],
    )
    closed = ask(house, campaign="C-small", amount=10).json()
    assert closed["refusal"]["code"] == "campaign_not_open"


def test_a_jurisdiction_without_limits_says_so_by_an_empty_list(house: House) -> None:
    house.tell("huizhong", equity(HUIZHONG, "C-cn", kind="reward", jurisdiction="CN", currency="CNY"))
    body = ask(house, investor="bob", campaign="C-cn").json()
    assert (body["allowed"], body["limit"], body["checks"]) == (True, None, [])


def test_many_questions_from_one_snapshot(house: House) -> None:
    questions = [{"investor": "ann", "campaign": "C-huizhong", "amount": 150_000 + n} for n in (0, 1)]
    questions.append({"investor": "nobody", "campaign": "C-huizhong", "amount": 1})
    with house.client("huizhong") as client:
        body = client.post(PATH, json={"questions": questions}).json()
    assert [each["allowed"] for each in body["answers"]] == [True, False, None]
    assert "nobody" in body["answers"][2]["problem"]
    with house.client("huizhong") as client:
        assert_problem(client.post(PATH, json={"questions": []}), 422, "invalid_parameter")
        assert client.post(PATH, json={"questions": questions[:1] * 1000}).status_code == 200
        assert_problem(client.post(PATH, json={"questions": questions[:1] * 1001}), 422, "invalid_parameter")


def test_a_reservation_takes_the_room_until_it_is_used_given_back_or_expired(house: House) -> None:
    house.tell("huizhong", investor(HUIZHONG, "cat", {"scheme": "x", "number": "3"}, annual_income=1, net_worth=1))
    first = ask(house, investor="cat", amount=200_000, reserve=True).json()
    assert first["allowed"]
    assert first["reservation"]["id"]
    second = ask(house, investor="cat", amount=50_001, reserve=True).json()
    assert (second["allowed"], second["reservation"], second["used"]) == (False, None, 200_000)
    with house.client("rival") as client:
        gone = client.delete(f"{PATH}/reservations/{first['reservation']['id']}")
        assert_problem(gone, 404, "not_found")
    with house.client("huizhong") as client:
        assert client.delete(f"{PATH}/reservations/{first['reservation']['id']}").status_code == 204
        assert_problem(client.delete(f"{PATH}/reservations/{first['reservation']['id']}"), 404, "not_found")
    third = ask(house, investor="cat", amount=250_000, reserve=True).json()
    assert third["allowed"]
    house.tell("huizhong", [pledge(HUIZHONG, "cats", "C-huizhong", "cat", 250_000)])
    used = ask(house, investor="cat", amount=1).json()
    assert (used["used"], used["allowed"]) == (250_000, False), "once, not twice"
    with psycopg.connect(house.dsn) as connection:
        connection.execute("UPDATE reservations SET expires_at = now() - interval '1 second'")
    house.tell("huizhong", [event("pledge.cancelled", {"pledge": "cats"}, time=just_now())])
    assert ask(house, investor="cat", amount=250_000).json()["allowed"]


@pytest.fixture
def crowd(house: House) -> str:
    name = f"dan-{uuid4()}"
    for who, source in (("huizhong", HUIZHONG), ("rival", RIVAL)):
        house.tell(who, investor(source, name, {"scheme": "x", "number": name}, annual_income=1, net_worth=1))
    return name


@pytest.mark.parametrize("clients", [8, pytest.param(64, marks=pytest.mark.slow)])
def test_no_limit_is_exceeded_by_many_at_once(house: House, crowd: str, clients: int, seed: int) -> None:
    """All reserve on two platforms, some pledge, some give back: what was promised never exceeds the limit of 2,500."""
    chance = random.Random(seed)
    plans = [[chance.choice([40_000, 60_000, 90_000]) for _ in range(3)] for _ in range(clients)]
    keeps = [number % 2 == 0 or chance.random() < 0.5 for number in range(clients)]
    failures: list[object] = []
    promised: list[int] = []
    barrier = threading.Barrier(clients)

    def one(number: int) -> None:
        who, source = (("huizhong", HUIZHONG), ("rival", RIVAL))[number % 2]
        barrier.wait()
        for turn, amount in enumerate(plans[number]):
            answer = ask(house, who, investor=crowd, campaign=f"C-{who}", amount=amount, reserve=True)
            if answer.status_code != 200:
                failures.append(answer.text)
            elif answer.json()["allowed"]:
                if keeps[number]:
                    house.tell(who, [pledge(source, f"{crowd}-{number}-{turn}", f"C-{who}", crowd, amount)])
                    promised.append(amount)
                else:
                    with house.client(who) as client:
                        client.delete(f"{PATH}/reservations/{answer.json()['reservation']['id']}")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]
    now = ask(house, investor=crowd, amount=1).json()
    assert 0 < sum(promised) <= 250_000, "the room was used, and no more than the room"
    assert (now["used"], now["remaining"]) == (sum(promised), 250_000 - sum(promised)), "nothing is held any more"


def test_limits_used_in_an_exposure(house: House) -> None:
    """For a supervisor, as investor and as borrower; a platform is told where to ask instead."""
    loan = {
        "loan": "L-used", "borrower": "ann", "amount": 15_000_000, "currency": "CNY", "annual_rate": "0.1",
        "term_months": 12, "repayment": "bullet", "raise_until": SOON, "jurisdiction": "CN",
    }  # fmt: skip
    house.tell("huizhong", [event("loan.listed", loan, time=just_now())])
    house.catch_up()
    path = f"/v1/parties/{HUIZHONG}/ann/exposure"
    used = house.get("registry", path).json()["limits_used"]
    found = {each["check"]["rule"]: (each["role"], each["check"]["used"], each["check"]["remaining"]) for each in used}
    assert found == {
        "us.regcf.investor_limit": ("investor", 100_000, 150_000),
        "cn.p2p.cap.natural.platform": ("borrower", 15_000_000, 5_000_000),
        "cn.p2p.cap.natural.all": ("borrower", 15_000_000, 85_000_000),
    }
    own = house.get("huizhong", path).json()
    assert own["limits_used"] is None
    assert "POST /v1/eligibility" in own["not_evaluated"][0]
    then = house.get("registry", path, at=just_now()).json()
    assert then["limits_used"] is None
    assert "at and known_at" in then["not_evaluated"][0]


def test_who_may_ask_and_what_can_be_meant(house: House) -> None:
    assert_problem(ask(house, None), 401, "unauthenticated")
    for who in ("registry", "auditor"):
        assert_problem(ask(house, who), 403, "forbidden")
    assert_problem(ask(house, "rival"), 404, "not_found")
    assert_problem(ask(house, investor="nobody"), 404, "not_found")
    assert_problem(ask(house, campaign="C-nothing"), 404, "not_found")
    assert_problem(ask(house, campaign=None, loan="L-nothing"), 404, "not_found")
    for wrong in (
        {"amount": 0}, {"amount": 1.5}, {"amount": "1"}, {"amount": 2**60}, {"loan": "L-1"}, {"campaign": None},
        {"investor": "a b"}, {"colour": "red"}, {"reserve": True, "reserve_seconds": 0}, {"at": "yesterday"},
        {"reserve": True, "at": "2018-06-01T00:00:00Z"},
    ):  # fmt: skip
        assert_problem(ask(house, **wrong), 422, "invalid_parameter")
    with house.client("huizhong") as client:
        assert client.post(PATH, content=b"{").status_code in {400, 422}
