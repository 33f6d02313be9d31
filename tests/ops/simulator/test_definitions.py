"""Each planted fraud is clearly above the figure that defines its typology, computed here from the stream alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import correlation
from typing import Any

import pytest

from ledger.lending.days import add_months
from ops.simulator.market import Market, build
from ops.simulator.model import CST, Fact, Planted
from tests.ops.simulator.conftest import LAST

Book = dict[str, list[Fact]]


@pytest.fixture(scope="module", params=[5, 11])
def played(request: pytest.FixtureRequest) -> Market:
    return build(request.param, LAST, scale=0.02)


@pytest.fixture(scope="module")
def book(played: Market) -> Book:
    facts: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in played.facts:
        facts[fact.type].append(fact)
    return facts


def planted(market: Market, name: str) -> Planted:
    return next(each for each in market.planted if each.name == name)


def names(plant: Planted, kind: str) -> set[str]:
    """The ids of one kind among the subjects."""
    return {key.rpartition("/")[2] for key in plant.subjects if key.startswith(f"{kind}:") and "/" in key}


def of(book: Book, kind: str, platform: str) -> Iterator[Fact]:
    return (fact for fact in book[kind] if fact.source == f"platform:{platform}")


def loans(book: Book, platform: str) -> dict[str, dict[str, Any]]:
    """Loans that were paid out, with their moment."""
    paid = {fact.data["loan"]: fact.at for fact in of(book, "loan.disbursed", platform)}
    return {f.data["loan"]: {**f.data, "listed": f.at, "paid": paid[f.data["loan"]]}
            for f in of(book, "loan.listed", platform) if f.data["loan"] in paid}  # fmt: skip


def transfers(book: Book) -> list[tuple[datetime, str, str, int]]:
    return [(f.at, f.data["payer"], f.data["payee"], f.data["amount"]) for f in book["transfer.reported"]]


def test_p01_a_twentieth_of_what_is_lent_goes_to_firms_of_the_officer(played: Market, book: Book) -> None:
    related = [fact.data for fact in of(book, "party.related", "dingli")]
    control = {each["party"] for each in related if each["to"] == "operator" and each["relation"] == "officer"}
    for _ in range(3):
        control |= {r["to"] for r in related if r["party"] in control and float(r.get("share", 0)) >= 0.25}
    lent: Counter[bool] = Counter()
    for loan in loans(book, "dingli").values():
        lent[loan["borrower"] in control] += loan["amount"]
    assert lent[True] >= 0.05 * lent.total()
    assert names(planted(played, "self_financing"), "party") <= control


def test_p03_the_operating_company_holds_more_than_a_hundredth(book: Book) -> None:
    held: Counter[bool] = Counter()
    lent = loans(book, "yinhu")
    for fact in of(book, "bid.placed", "yinhu"):
        if fact.data["loan"] in lent:
            held[fact.data["investor"] == "operator"] += fact.data["amount"]
    assert held[True] >= 0.1 * held.total()


def test_p06_each_listing_is_repaid_out_of_the_next(played: Market, book: Book) -> None:
    chain = sorted(names(planted(played, "maturity_splitting"), "loan"))
    lent = loans(book, "dingli")
    repaid = {f.data["loan"]: f.at for f in of(book, "repayment.received", "dingli") if f.data["principal"]}
    assert len(chain) == 3
    assert len({lent[name]["fingerprint"] for name in chain}) == 1
    for earlier, later in pairwise(chain):
        assert timedelta(0) <= repaid[earlier] - lent[later]["paid"] <= timedelta(days=5)


def test_p09_payouts_follow_deposits_and_borrowers_repay_little(played: Market, book: Book) -> None:
    days = [played.world.span.first + timedelta(days=n) for n in range(20, 89)]
    came: Counter[date] = Counter()
    went: Counter[date] = Counter()
    asked = {f.data["withdrawal"]: f.data["amount"] for f in of(book, "withdrawal.requested", "fuying")}
    for fact in of(book, "deposit.received", "fuying"):
        came[fact.at.astimezone(CST).date()] += fact.data["amount"]
    for fact in of(book, "withdrawal.paid", "fuying"):
        went[fact.at.astimezone(CST).date()] += asked[fact.data["withdrawal"]]
    assert correlation([came[day] for day in days], [went[day] for day in days]) >= 0.85
    repaid = sum(f.data["principal"] + f.data["interest"] for f in of(book, "repayment.received", "fuying"))
    assert repaid <= 0.4 * went.total()


def test_p10_withdrawals_come_to_take_three_times_as_long(played: Market, book: Book) -> None:
    turn = planted(played, "run_off").since
    asked = {f.data["withdrawal"]: f.at for f in of(book, "withdrawal.requested", "lutong")}
    waits: defaultdict[bool, list[timedelta]] = defaultdict(list)
    for fact in of(book, "withdrawal.paid", "lutong"):
        at = asked[fact.data["withdrawal"]]
        waits[at.astimezone(CST).date() >= turn].append(fact.at - at)
    late = sorted(waits[True])
    assert late[len(late) * 95 // 100] >= 3 * sorted(waits[False])[len(waits[False]) // 2]
    rejected = [f for f in of(book, "withdrawal.rejected", "lutong") if f.at.astimezone(CST).date() >= turn]
    assert len(rejected) >= 0.05 * len(late)


def test_p14_two_extensions_within_three_days_of_a_due_date(played: Market, book: Book) -> None:
    lent, near = loans(book, "dingli"), Counter[str]()
    for fact in of(book, "loan.restructured", "dingli"):
        name = fact.data["loan"]
        dues = [add_months(lent[name]["paid"].astimezone(CST).date(), month) for month in range(1, 4)]
        near[name] += any(abs((fact.at.astimezone(CST).date() - due).days) <= 3 for due in dues)
    assert len([name for name, times in near.items() if times >= 2]) >= 4
    assert set(near) <= names(planted(played, "evergreening"), "loan")


def test_p17_few_lenders_fund_few_borrowers(played: Market, book: Book) -> None:
    group = names(planted(played, "closed_group"), "party")
    lenders: defaultdict[str, set[str]] = defaultdict(set)
    for fact in of(book, "bid.placed", "minxin"):
        lenders[fact.data["loan"]].add(fact.data["investor"])
    lent = loans(book, "minxin")
    closed = [name for name in lent if lenders[name] <= group and lent[name]["borrower"] in group]
    assert len(closed) >= 0.2 * len(lent)
    assert len(group) <= 10


def test_p18_a_lender_is_paid_by_a_lender(played: Market, book: Book) -> None:
    new = names(planted(played, "lender_for_lender"), "party")
    paid_in = {f.data["investor"]: f.at for f in of(book, "deposit.received", "yinhu")}
    paid = [f for f in of(book, "repayment.received", "yinhu") if f.data.get("payer") in new]
    assert len(paid) >= 5
    assert all(timedelta(0) < f.at - paid_in[f.data["payer"]] < timedelta(days=1) for f in paid)


def test_p20_the_money_of_a_failed_campaign_stays(played: Market, book: Book) -> None:
    (name,) = names(planted(played, "dormant_escrow"), "campaign")
    made = {f.data["pledge"]: f.data["amount"] for f in book["pledge.made"] if f.data["campaign"] == name}
    collected = sum(made.get(f.data["pledge"], 0) for f in book["pledge.collected"])
    refunded = sum(f.data["amount"] for f in book["pledge.refunded"] if f.data["pledge"] in made)
    assert refunded <= 0.5 * collected


def test_c03_two_give_the_rest_in_the_last_hours(played: Market, book: Book) -> None:
    plant = planted(played, "goal_sniping")
    (name,), helpers = names(plant, "campaign"), names(plant, "party")
    opened = next(f for f in book["campaign.opened"] if f.data["campaign"] == name)
    end = datetime.fromisoformat(opened.data["deadline"])
    theirs = [f for f in book["pledge.made"] if f.data["campaign"] == name and f.data["investor"] in helpers]
    raised = sum(f.data["amount"] for f in book["pledge.made"] if f.data["campaign"] == name)
    before = raised - sum(f.data["amount"] for f in theirs)
    assert before < 0.85 * opened.data["goal"] <= raised <= 1.03 * opened.data["goal"]
    assert all(end - f.at <= 0.05 * (end - opened.at) for f in theirs)


def test_c05_what_came_is_gone_within_two_days(played: Market, book: Book) -> None:
    plant = planted(played, "immediate_withdrawal")
    (name,) = names(plant, "campaign")
    made = {f.data["pledge"]: f.data["amount"] for f in book["pledge.made"] if f.data["campaign"] == name}
    collected = [f for f in book["pledge.collected"] if f.data["pledge"] in made]
    out = [each for each in transfers(book) if each[1] in names(plant, "party")]
    aside = [f for f in book["funds.released"] if f.data["campaign"] == name and "to" in f.data]
    gone = sum(amount for *_, amount in out) + sum(f.data["amount"] for f in aside)
    assert gone >= 0.9 * sum(made[f.data["pledge"]] for f in collected)
    assert out[-1][0] - min(f.at for f in collected) <= timedelta(hours=48)


def test_c10_long_past_the_promised_day_nothing_was_delivered(played: Market, book: Book) -> None:
    (name,) = names(planted(played, "never_delivered"), "campaign")
    promised = next(
        f.data["due"] for f in book["disclosure.filed"] if f.data["about"]["id"] == name and "due" in f.data
    )
    assert date.fromisoformat(promised) + timedelta(days=180) < played.world.span.last
    assert name not in {f.data["campaign"] for f in book["campaign.delivered"]}


def test_i04_and_i05_eight_strangers_at_least(played: Market, book: Book) -> None:
    moved = transfers(book)
    into, out = planted(played, "fan_in"), planted(played, "fan_out")
    payers = Counter(payee for _, payer, payee, _ in moved if payer in names(into, "party"))
    payees = Counter(payer for _, payer, payee, _ in moved if payee in names(out, "party"))
    assert max(payers.values()) >= 8
    assert max(payees.values()) >= 8


def test_i09_in_and_out_again_three_times(played: Market, book: Book) -> None:
    circle = names(planted(played, "pass_through"), "party")
    moved = [each for each in transfers(book) if {each[1], each[2]} <= circle]
    rounds = [moved[n : n + 5] for n in range(0, len(moved), 5)]  # three pay the mule, he pays two
    assert len(rounds) >= 3
    for received, sent in ((each[:3], each[3:]) for each in rounds):
        assert {payee for _, _, payee, _ in received} == {payer for _, payer, _, _ in sent}
        assert sent[-1][0] - received[0][0] <= timedelta(hours=48)
        assert 0.9 <= sum(each[3] for each in sent) / sum(each[3] for each in received) <= 1


def test_i10_four_platforms_in_a_fortnight(played: Market, book: Book) -> None:
    taken = names(planted(played, "loan_stacking"), "loan")
    listed = [f for f in book["loan.listed"] if f.data["loan"] in taken]
    assert len({f.source for f in listed}) >= 3
    assert listed[-1].at - listed[0].at <= timedelta(days=15)


def test_i16_asleep_for_half_a_year(played: Market, book: Book) -> None:
    for name in names(planted(played, "dormant_burst"), "party"):
        at = [f.at for f in book["pledge.made"] if f.data["investor"] == name]
        gaps = [later - earlier for earlier, later in pairwise(at)]
        assert max(gaps) >= timedelta(days=180)
        burst = at[gaps.index(max(gaps)) + 1 :]
        assert len(burst) >= 3
        assert burst[-1] - burst[0] <= timedelta(days=7)
