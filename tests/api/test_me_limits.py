"""An investor's own limits, held against what a platform is told when it asks: the same figures after any history."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.house import LINES, House, event, lines
from tests.api.mine import ANN, EVE, add_user, campaign, settle, signed_in

ROUNDS = 8
PLATFORMS = {"huizhong": "U-1", "rival": "U-2", "third": "U-9"}
NOW = datetime.now(UTC)
LAWS = {("us.regcf.investor_limit", "campaign", "C-1"), ("in.p2p.lender_cap", "loan", "L-open")}


@pytest.fixture(scope="module", autouse=True)
def _settled(house: House) -> None:
    settle(house)
    add_user(house, "ann", ANN)
    declared = {"jurisdiction": "US", "currency": "USD", "annual_income": 9_000_000, "net_worth": 4_000_000}
    house.tell("third", [event("investor.declared", {"investor": "U-9", **declared}, "platform:third", time=ago(9))])
    for who in PLATFORMS:
        old = campaign(f"platform:{who}", "C-old", opened=ago(900))
        house.tell(who, [*old, *loan(who, "L-open", 10**12)])


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def loan(who: str, name: str, amount: int) -> Iterator[dict[str, Any]]:
    """A listed loan under Indian law, with its borrower."""
    source = f"platform:{who}"
    about = {
        "loan": name, "borrower": f"B-{name}", "amount": amount, "currency": "INR", "annual_rate": "0.12",
        "term_months": 12, "repayment": "bullet", "raise_until": (NOW + timedelta(days=9)).date().isoformat(),
        "jurisdiction": "IN",
    }  # fmt: skip
    yield event("party.registered", {"party": f"B-{name}", "kind": "person"}, source, name=f"B-{name}")
    yield event("loan.listed", about, source, name=f"listed-{name}", time=ago(400))


class Story:
    """Something new each time: what it does is up to chance, what is refused is refused."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._made: list[tuple[str, str, int]] = []

    def next(self, number: int) -> tuple[str, list[dict[str, Any]]]:
        who = self._chance.choice([*PLATFORMS])
        source, name, amount = f"platform:{who}", f"n-{number}", self._chance.randint(1, 90_000)
        made = ago(self._chance.choice([1, 100, 364, 365, 366, 500]))
        if self._made and self._chance.random() < 0.4:
            who, old, amount = self._chance.choice(self._made)
            return who, list(self._after(f"platform:{who}", old, amount, number))
        if self._chance.random() < 0.5:
            data = {
                "pledge": name,
                "campaign": "C-old",
                "investor": PLATFORMS[who],
                "amount": amount,
                "currency": "USD",
            }
            self._made.append((who, name, amount))
            return who, [event("pledge.made", data, source, name=f"made-{name}", time=made)]
        bid = {"bid": name, "loan": f"L-{name}", "investor": PLATFORMS[who], "amount": amount}
        events = [*loan(who, f"L-{name}", amount), event("bid.placed", bid, source, name=name, time=ago(300))]
        if self._chance.random() < 0.7:
            events.append(event("loan.disbursed", {"loan": f"L-{name}"}, source, name=f"out-{name}", time=ago(290)))
            paid = {"repayment": name, "loan": f"L-{name}", "principal": amount // 3, "interest": 7}
            events.append(event("repayment.received", paid, source, name=f"back-{name}", time=ago(200)))
        return who, events

    def _after(self, source: str, old: str, amount: int, number: int) -> Iterator[dict[str, Any]]:
        kind = self._chance.choice(["pledge.collected", "pledge.cancelled", "pledge.refunded"])
        data = {"pledge": old, **({"amount": amount // 2 or 1} if kind == "pledge.refunded" else {})}
        yield event(kind, data, source, name=f"{kind}-{old}-{number}", time=ago(0.01))


def test_the_same_after_any_history(house: House, seed: int) -> None:
    story = Story(random.Random(seed))
    seen: set[int] = set()
    with signed_in(house, "ann") as ann:
        for number in range(ROUNDS):
            for step in range(5):
                who, events = story.next(number * 5 + step)
                house.post(who, lines(events), LINES)
            house.catch_up()
            mine = {each["checks"][0]["rule"]: each for each in ann.get("/v1/me/eligibility").json()["items"]}
            for rule, kind, about in LAWS:
                seen.add(_agree(house, mine[rule], rule, kind, about))
    assert len(seen) > 3, "nothing happened in this history"


def _agree(house: House, mine: dict[str, Any], rule: str, kind: str, about: str) -> int:
    """Whichever of her platforms asks is told what she sees."""
    for who, party in PLATFORMS.items():
        with house.client(who) as client:
            told = client.post("/v1/eligibility", json={"investor": party, kind: about, "amount": 1}).json()
        (check,) = [each for each in told["checks"] if each["rule"] == rule]
        for name in ("limit", "used", "remaining", "rates", "citation"):
            assert mine["checks"][0][name] == check[name], (rule, who, name)
    if mine["months"]:
        assert sum(each["amount"] for each in mine["frees"]) == mine["used"]
    return int(mine["used"])


def test_a_stranger_to_a_law_is_not_told_of_it(house: House) -> None:
    add_user(house, "eve", EVE)
    with signed_in(house, "eve") as eve:
        rules = {each["checks"][0]["rule"] for each in eve.get("/v1/me/eligibility").json()["items"]}
    assert "us.regcf.investor_limit" in rules, "platforms there know her"
    assert "in.p2p.lender_cap" not in rules
