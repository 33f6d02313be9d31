"""Journeys: what platforms reported, through the append and the views, to the alerts that the rules raise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from ledger.store import reading
from ops.simulator import market
from ops.simulator.market import Market
from projections import alerts
from risk import runs
from tests.risk.conftest import LAST, RULES, Monitor

Days = Callable[[date, date], list[int]]

# Planted fraud -> the rule that finds it.
FOUND_BY = {
    "shared_channel": "I01-shared-channel",
    "collusive_pair": "I01-collusive-pair",
    "self_pledge": "C01-self-pledge",
    "pledge_velocity": "I17-pledge-velocity",
    "structuring": "I03-structuring",
    "borrower_over_cap": "P07-borrower-cap",
    "raise_over_cap": "C08-raise-cap",
    "custody_gap": "P02-custody-gap",
    "unassigned_money": "P02-unassigned-money",
    "silent_platform": "P11-silent-platform",
    "parked_too_long": "D01-parked-too-long",
    "refund_round_trip": "C04-refund-round-trip",
    "self_financing": "P01-self-financing",
    "unassigned_loans": "P03-unassigned-loans",
    "bad_debt_passed_on": "P04-bad-debt-sold",
    "rigid_redemption": "P05-guarantee",
    "maturity_splitting": "P06-maturity-split",
    "fake_borrowers": "P08-fake-borrowers",
    "ponzi": "P09-ponzi-pulse",
    "run_off": "P10-insiders-leave",
    "frozen_statement": "P11-frozen-custody",
    "implausible_returns": "P12-implausible-returns",
    "rate_over_cap": "P13-rate-cap",
    "evergreening": "P14-restructured-at-due",
    "kept_repayments": "P15-repayments-kept",
    "payments_while_restricted": "P16-restricted-payments",
    "closed_group": "P17-closed-group",
    "lender_for_lender": "P18-lender-for-lender",
    "change_of_control": "P19-control-then-rates",
    "dormant_escrow": "P20-dormant-escrow",
}


@pytest.fixture
def judged(played: Monitor, days: Days) -> Monitor:
    for each in RULES.values():
        runs.run(played.connection, played.submit, each, days(LAST - timedelta(days=89), LAST), now=played.now)
    played.book.follow()
    return played


def test_every_rule_finds_its_fraud_and_names_the_culprits(judged: Monitor, small: Market) -> None:
    planted = {each.name: each for each in small.planted}
    culprits = {subject for each in small.planted for subject in each.subjects}
    assert set(FOUND_BY.values()) <= set(RULES)
    for name, rule in FOUND_BY.items():
        found = alerts.page(judged.connection, alerts.Filters(rule=rule), limit=1_000)
        hits = [alert for alert in found if set(alert.subject) & set(planted[name].subjects)]
        assert hits, f"{rule} does not find {name}"
        assert set(found[0].subject) & culprits, f"{rule} finds something worse than a fraud: {found[0].reason_en}"
        assert hits[0].severity not in {"info", "low"}


def test_honest_platforms_raise_no_alert(monitor: Monitor, days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "PLANTS", {})
    honest = market.build(3, LAST, scale=0.04)
    monitor.book.submit([delivery.event for delivery in honest.deliveries])
    monitor.book.follow()
    # In a market this small the payment firm has little to report, and is silent for days.
    own = [each for name, each in RULES.items() if name.startswith("P") and name != "P11-silent-platform"]
    for each in own:
        runs.run(monitor.connection, monitor.submit, each, days(LAST - timedelta(days=89), LAST), now=monitor.now)
    monitor.book.follow()
    assert [alert.reason_en for alert in alerts.page(monitor.connection, alerts.Filters(), limit=100)] == []


def test_evidence_is_of_the_culprits(judged: Monitor, small: Market) -> None:
    planted = {each.name: set(each.events) for each in small.planted}
    for name in ("shared_channel", "collusive_pair", "pledge_velocity", "structuring", "raise_over_cap"):
        (worst, *_) = alerts.page(judged.connection, alerts.Filters(rule=FOUND_BY[name]))
        shown = reading.at_positions(judged.connection, worst.evidence)
        assert shown
        assert {(event.source, event.id) for event in shown} <= planted[name], name


def test_most_alerts_are_of_planted_frauds(judged: Monitor, small: Market) -> None:
    """Of those that accuse somebody: what is low or for information tells of households and small habits."""
    subjects = {subject for each in small.planted for subject in each.subjects}
    found = alerts.page(judged.connection, alerts.Filters(), limit=1_000)
    found = [alert for alert in found if alert.severity not in {"info", "low"}]
    hits = [alert for alert in found if set(alert.subject) & subjects]
    assert len(hits) >= 0.8 * len(found), [alert.reason_en for alert in found if alert not in hits]


def test_alert_says_what_it_rests_on_in_both_languages(judged: Monitor) -> None:
    for alert in alerts.page(judged.connection, alerts.Filters(), limit=1_000):
        assert alert.reason_zh != alert.reason_en
        assert "{" not in alert.reason_zh + alert.reason_en
        assert alert.figures.keys() == set(RULES[alert.rule].rule.evidence.columns)
        assert alert.params == RULES[alert.rule].rule.params
        assert alert.subject
        steps = alerts.history(judged.connection, alert.id)
        assert [step.step for step in steps] == ["opened", *["joined"] * (alert.findings - 1)]
