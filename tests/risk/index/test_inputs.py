"""What is read for the index: held against an own count over the log, against the past, and against corrections."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from ops.bench import early_warning as bench
from ops.importers.wdzj import Wdzj
from ops.simulator.market import Market as Played
from risk import runs
from risk.index import inputs
from risk.index.combined import indexed
from risk.index.form import Market
from tests.risk.conftest import LAST, RULES, Monitor

Event = dict[str, Any]


# Withdrawals that still wait, accounts without a newer statement, the standing; a report comes after its month.
OF_EARLIER = {"sanctions", "withdrawal_p95_seconds", "custody_gap_bp", "restricted", "report_late_days"}


def read(monitor: Monitor, cutoff: int | None = None) -> Market:
    return inputs.read(monitor.connection, head(monitor) if cutoff is None else cutoff)


def head(monitor: Monitor) -> int:
    row = monitor.connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    assert row is not None
    return int(row[0])


def value(market: Market, month: str, platform: str, name: str) -> int | None:
    figure = market[month][platform].figures.get(name)
    return None if figure is None else figure.value


# -- an own count


@pytest.fixture
def log(played: Monitor) -> list[Event]:
    """The log as decoded JSON, without what was corrected and the corrections."""
    rows = [(p, json.loads(bytes(body))) for p, body in played.connection.execute("SELECT position, body FROM events")]
    gone = {(e["source"], e["data"]["corrects"]) for _, e in rows if e["type"] == "event.corrected"}
    return [
        {**e, "position": p, "month": e["time"][:7], "scope": e["source"].removeprefix("platform:")}
        for p, e in sorted(rows, key=lambda row: row[0])
        if (e["source"], e["id"]) not in gone and e["type"] != "event.corrected"
    ]


def of_type(log: Iterable[Event], type: str) -> list[Event]:
    return [each for each in log if each["type"] == type]


def test_investors_and_their_money_are_those_of_the_log(played: Monitor, log: list[Event]) -> None:
    market = read(played)
    takers = {("C", e["scope"], e["data"]["campaign"]): e["data"]["issuer"] for e in of_type(log, "campaign.opened")}
    takers |= {("L", e["scope"], e["data"]["loan"]): e["data"]["borrower"] for e in of_type(log, "loan.listed")}
    put = [
        (
            e["scope"],
            e["month"],
            e["data"]["investor"],
            e["data"]["amount"],
            takers["C", e["scope"], e["data"]["campaign"]],
        )
        for e in of_type(log, "pledge.made")
    ] + [
        (e["scope"], e["month"], e["data"]["investor"], e["data"]["amount"], takers["L", e["scope"], e["data"]["loan"]])
        for e in of_type(log, "bid.placed")
    ]
    sums: defaultdict[tuple[str, str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    borrowers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    first: dict[tuple[str, str], str] = {}
    for scope, month, investor, amount, taker in put:
        sums[scope, month][investor] += amount
        borrowers[scope, month].add(taker)
        first[scope, investor] = min(month, first.get((scope, investor), month))
    assert len(sums) > 20
    for (scope, month), of in sums.items():
        assert value(market, month, scope, "investors") == len(of)
        assert value(market, month, scope, "borrowers") == len(borrowers[scope, month])
        bounds = [0, 1_000_000, 10_000_000, 100_000_000, 10**18]
        for name, low, high in zip(("0to1w", "1to10w", "10to100w", "100w_up"), bounds, bounds[1:], strict=False):
            assert value(market, month, scope, f"investors_{name}") == sum(low <= a < high for a in of.values())
        whole = sum(of.values())
        top = sum(sorted(of.values(), reverse=True)[:10])
        assert value(market, month, scope, "top_ten_investors_bp") == top * 10_000 // whole
        new = sum(amount for investor, amount in of.items() if first[scope, investor] == month)
        began = min(each for (platform, _), each in first.items() if platform == scope)
        expected = None if month == began else new * 10_000 // whole
        assert value(market, month, scope, "new_money_bp") == expected


def test_rates_and_times_are_those_of_the_log(played: Monitor, log: list[Event]) -> None:
    market = read(played)
    rates: defaultdict[tuple[str, str, str], list[tuple[Fraction, int]]] = defaultdict(list)
    for e in of_type(log, "loan.listed"):
        months = e["data"]["term_months"]
        term = next(
            name
            for name, most in (("0to1m", 1), ("1to2m", 2), ("2to3m", 3), ("3to6m", 6), ("6m_up", 999))
            if months <= most
        )
        rates[e["scope"], e["month"], term].append((Fraction(e["data"]["annual_rate"]), e["data"]["amount"]))
    assert rates
    for (scope, month, term), of in rates.items():
        exact = sum(rate * amount for rate, amount in of) / sum(amount for _, amount in of) * 10_000
        assert abs(value(market, month, scope, f"rate_bp_{term}") - exact) < 1  # type: ignore[operator]
    listed = {(e["scope"], e["data"]["loan"]): e for e in of_type(log, "loan.listed")}
    assert of_type(log, "loan.disbursed")
    for e in of_type(log, "loan.disbursed"):
        figure = market[e["month"]][e["scope"]].figures["fill_seconds"]
        assert figure.value >= 0
        assert (e["scope"], e["data"]["loan"]) in listed
    complaints = of_type(log, "complaint.filed")
    assert complaints
    assert any(value(market, e["month"], e["scope"], "complaints_per_1000_investors") for e in complaints)


def test_evidence_is_of_the_platform_and_the_month(played: Monitor, log: list[Event]) -> None:
    market = read(played)
    known = {e["position"]: e for e in log}
    looked_at = 0
    for month, platforms in market.items():
        for platform, facts in platforms.items():
            for name, figure in facts.figures.items():
                for position in figure.positions:
                    looked_at += 1
                    event = known[position]
                    assert event["scope"] in {platform, "registry"}, (name, event)
                    if name not in OF_EARLIER:
                        assert event["month"] == month, (name, event)
    assert looked_at > 1_000


# -- the past


@pytest.mark.slow
def test_what_was_known_then_is_answered_again(monitor: Monitor, small: Played) -> None:
    events = [delivery.event for delivery in small.deliveries]
    then: list[tuple[int, Market]] = []
    for start in range(0, len(events), len(events) // 3 + 1):
        monitor.submit(events[start : start + len(events) // 3 + 1])
        monitor.book.follow()
        then.append((head(monitor), read(monitor)))
    assert len(then) == 3
    assert then[0][1] != then[1][1] != then[2][1]
    for cutoff, market in then:
        assert read(monitor, cutoff) == market
        assert all(indexed(read(monitor, cutoff), month) == indexed(market, month) for month in list(market)[-2:])


# -- reports


def registered(*names: str) -> list[Event]:
    events = []
    for name in names:
        about = {"platform": name, "name": name, "kinds": ["lending"], "jurisdiction": "CN"}
        events.append(sent("registry", f"{name}-1", "platform.registered", about, "2017-01-01"))
        events.append(sent("registry", f"{name}-2", "platform.licensed", {"platform": name}, "2017-01-01"))
    return events


def sent(source: str, id: str, type: str, data: Event, day: str) -> Event:
    time = f"{day}T12:00:00+08:00"
    return {"specversion": "1.0", "id": id, "source": source, "type": type, "time": time, "data": data}


def report(platform: str, month: str, day: str, rate: float, id: str = "") -> Event:
    data = {"month": month, "metrics": {"return_rate_diff_3to6m": rate}}
    return sent(f"platform:{platform}", id or f"{month}-{day}", "platform.reported", data, day)


@pytest.fixture
def tell(monitor: Monitor) -> Callable[..., int]:
    """Report events, all of which are accepted; gives the position behind them."""

    def tell(*events: Event) -> int:
        answers = monitor.submit(events)
        assert {answer.status for answer in answers} == {"accepted"}, answers
        monitor.book.follow()
        return head(monitor)

    return tell


def rate(market: Market, month: str, platform: str = "a") -> int | None:
    return value(market, month, platform, "rate_bp_3to6m")


def test_the_last_word_on_a_month_stands_until_it_is_taken_back(monitor: Monitor, tell: Callable[..., int]) -> None:
    first = tell(*registered("a"), report("a", "2018-01", "2018-02-03", 9.5))
    again = tell(report("a", "2018-01", "2018-03-20", 12.0, "restated"))
    back = tell(sent("platform:a", "oops", "event.corrected", {"corrects": "restated", "reason": "typo"}, "2018-03-21"))
    assert [rate(read(monitor, cutoff), "2018-01") for cutoff in (first, again, back)] == [950, 1_200, 950]
    late = [value(read(monitor, cutoff), "2018-01", "a", "report_late_days") for cutoff in (first, again, back)]
    assert late == [3, 48, 3]


def test_months_may_come_in_any_order(monitor: Monitor, tell: Callable[..., int]) -> None:
    tell(*registered("a", "b"))
    for month in ("2018-03", "2018-01", "2018-02"):
        tell(report("a", month, "2018-04-02", 10.0), report("b", month, "2018-04-02", 11.0))
    market = read(monitor)
    assert list(market) == ["2018-01", "2018-02", "2018-03"]
    assert [rate(market, month) for month in market] == [1_000] * 3


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "1969-12", "2018-03"])
def test_a_slip_in_the_month_does_not_stretch_the_market(
    monitor: Monitor, tell: Callable[..., int], month: str
) -> None:
    tell(*registered("a"), report("a", "2018-01", "2018-02-02", 10.0), report("a", month, "2018-02-02", 10.0, "slip"))
    assert list(read(monitor)) == ["2018-01"]


def test_a_month_without_a_word_is_there_and_silent(monitor: Monitor, tell: Callable[..., int]) -> None:
    tell(*registered("a", "b"))
    tell(report("a", "2018-01", "2018-02-02", 10.0), report("b", "2018-01", "2018-02-02", 11.0))
    tell(report("b", "2018-04", "2018-05-02", 11.0))
    market = read(monitor)
    assert list(market) == ["2018-01", "2018-02", "2018-03", "2018-04"]
    assert [market[month]["a"].silent for month in market] == [False, True, True, True]
    index = indexed(market, "2018-04")["a"]
    assert (index.rank, index.rests_on, index.score) == (None, ("compliance",), 666)


def test_a_suspension_counts_from_its_month_and_ends(monitor: Monitor, tell: Callable[..., int]) -> None:
    tell(*registered("a"), *(report("a", f"2018-0{n}", "2018-05-01", 10.0) for n in range(1, 5)))
    tell(sent("registry", "s", "platform.suspended", {"platform": "a", "reason": "x"}, "2018-02-10"))
    tell(sent("registry", "r", "platform.reinstated", {"platform": "a", "reason": "x"}, "2018-03-10"))
    tell(sent("registry", "c", "platform.closed", {"platform": "a", "reason": "x"}, "2018-04-30"))
    assert [value(read(monitor), month, "a", "restricted") for month in read(monitor)] == [0, 1, 0, 2]


def test_an_empty_ledger_has_no_month(monitor: Monitor) -> None:
    assert read(monitor) == {}


# -- words


def test_words_are_found_where_events_carry_them(monitor: Monitor, tell: Callable[..., int]) -> None:
    campaign = {
        "campaign": "C-1", "kind": "reward", "issuer": "I", "title": "咖啡店", "goal": 1000, "currency": "CNY",
        "deadline": "2018-06-01", "funding": "keep_what_you_raise", "jurisdiction": "CN", "promised_return": "0.12",
    }  # fmt: skip
    loan = {
        "loan": "L-1", "borrower": "I", "amount": 1000, "currency": "CNY", "annual_rate": "0.1", "term_months": 3,
        "repayment": "bullet", "raise_until": "2018-06-01", "jurisdiction": "CN", "purpose": "稳赚不赔",
    }  # fmt: skip
    filed = {
        "disclosure": "D-1", "about": {"kind": "campaign", "id": "C-1"}, "category": "brochure",
        "extra": {"text": "Guaranteed returns for all"},
    }  # fmt: skip
    about = {"platform": "a", "name": "a", "kinds": ["lending", "reward"], "jurisdiction": "CN"}
    source = "platform:a"
    tell(
        sent("registry", "1", "platform.registered", about, "2017-01-01"),
        sent("registry", "2", "platform.licensed", {"platform": "a"}, "2017-01-01"),
        sent(source, "3", "party.registered", {"party": "I", "kind": "person"}, "2018-01-01"),
        sent(source, "4", "campaign.opened", campaign, "2018-01-02"),
        sent(source, "5", "campaign.amended", {"campaign": "C-1", "material": False, "note": "保本"}, "2018-02-01"),
        sent(source, "6", "loan.listed", loan, "2018-03-01"),
        sent(source, "7", "disclosure.filed", filed, "2018-04-01"),
    )
    market = read(monitor)
    found = {
        month: {
            figure.name: list(figure.positions)
            for dimension in indexed(market, month)["a"].dimensions
            for figure in dimension.figures
            if dimension.name == "wording" and figure.name != "texts"
        }
        for month in market
    }
    assert found == {
        "2018-01": {"promised_returns": [4]},
        "2018-02": {"principal_guaranteed": [5]},
        "2018-03": {"no_risk": [6]},
        "2018-04": {"guaranteed_return": [7]},
    }


# -- imported months


@pytest.mark.data
@pytest.mark.slow
def test_imported_months_get_the_index_that_the_measurement_gives_them(
    monitor: Monitor, shared_data: Callable[[str], Path]
) -> None:
    path = shared_data("real/wdzj_platforms/monthly.csv")
    monitor.submit(Wdzj().setup([path]))
    monitor.submit([event for row in Wdzj().read([path]) for event in row.events])
    monitor.book.follow()
    market, ends = read(monitor), bench.load([path])
    for month in ("2017-08", "2018-03", "2018-06", "2018-07"):
        mine, theirs = indexed(market, month), indexed(ends.market, month)
        heard = {f"platform:{name}": index for name, index in mine.items() if not market[month][name].silent}
        assert {name: (index.score, index.rank) for name, index in heard.items()} == {
            name: (index.score, index.rank) for name, index in theirs.items()
        }


# -- findings


def test_findings_count_until_a_person_calls_them_false(
    played: Monitor, days: Callable[[date, date], list[int]]
) -> None:
    assert not any("severe_findings" in f.figures for of in read(played).values() for f in of.values())
    before_it = head(played)
    runs.run(
        played.connection,
        played.submit,
        RULES["P02-custody-gap"],
        days(LAST - timedelta(days=60), LAST),
        now=played.now,
    )
    played.book.follow()
    found = [
        (month, platform, figure)
        for month, of in read(played).items()
        for platform, facts in of.items()
        if (figure := facts.figures.get("severe_findings"))
    ]
    assert found
    for month, platform, figure in found:
        assert all(position > before_it for position in figure.positions)
        assert platform in indexed(read(played), month)
    assert not any("severe_findings" in f.figures for of in read(played, before_it).values() for f in of.values())


def test_a_sanction_holds_in_its_months_and_not_before_it_was_known(monitor: Monitor, tell: Callable[..., int]) -> None:
    reports = (report("a", f"2018-0{n}", "2018-06-01", 10.0) for n in range(1, 6))
    before_it = tell(*registered("a"), *reports)
    imposed = {"sanction": "S-1", "by": "u", "subject": "platform:a", "kind": "warning", "begins": "2018-02-10"}
    tell(sent("registry", "s1", "sanction.imposed", imposed, "2018-02-10"))
    until_april = {**imposed, "sanction": "S-2", "begins": "2018-03-31", "until": "2018-04-01"}
    known = tell(sent("registry", "s2", "sanction.imposed", until_april, "2018-03-31"))
    lifted = {"sanction": "S-1", "by": "u", "reason": "mended"}
    tell(sent("registry", "s3", "sanction.lifted", lifted, "2018-04-20"))

    def counts(cutoff: int | None = None) -> list[int | None]:
        market = read(monitor, cutoff)
        return [value(market, month, "a", "sanctions") for month in market]

    assert counts(before_it) == [0, 0, 0, 0, 0]
    assert counts(known) == [0, 1, 2, 2, 1]
    assert counts() == [0, 1, 2, 2, 0]
