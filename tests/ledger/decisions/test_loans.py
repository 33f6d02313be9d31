"""Loans from listing to their end: every cent is placed, claims sum to what is outstanding."""

from __future__ import annotations

import pytest

from ledger.kernel.refusals import Code
from tests.ledger.given import Event, given
from tests.ledger.stories import (
    bid,
    deposit,
    fee,
    lent,
    loan,
    market,
    on_loan,
    repayment,
    sale,
)

LATER = "2026-03-10T10:00:00+08:00"
PAID = "repayment.received"


def borrowed() -> list[Event]:
    return [*market(), loan(), bid("b1", 500), bid("b2", 400, "V")]


def test_listed_once_its_people_are_known() -> None:
    given(market()).when(loan(guarantor="V")).then(
        loan={"status": "listed", "annual_rate": "0.12"}, party__B={"owed": {"CNY": 900}}
    )
    given(market()).when(loan(borrower="X", guarantor="Y")).then_waits_for("party:huizhong/X", "party:huizhong/Y")
    given(market(), loan()).when(loan()).then_refused(Code.ENTITY_EXISTS)


def test_bids_while_there_is_room_and_time() -> None:
    given(market(), loan()).when(bid("b", 900)).then(
        loan={"funded": 900, "bid_count": 1}, tags=["party:huizhong/U", "party:huizhong/B", "bid:huizhong/b"]
    )
    given(market(), loan()).when(bid("b", 901)).then_refused(Code.OVERFUNDED, "needs 900")
    late = bid("b", 1).at("2026-03-22T23:59:59.999999+08:00")
    given(market(), loan()).when(late).then(loan={"funded": 1})
    given(market(), loan()).when(late.at("2026-03-23T00:00:00+08:00")).then_refused(Code.AFTER_DEADLINE)
    given(market(), loan(), on_loan("lapsed").at(LATER)).when(bid("b", 1).at(LATER)).then_refused(Code.LOAN_NOT_OPEN)
    given(market()).when(bid("b", 1)).then_waits_for("loan:huizhong/L")


def test_bids_can_be_withdrawn_until_the_money_goes() -> None:
    away = Event("bid.withdrawn", {"bid": "b1"})
    given(borrowed()).when(away).then(loan={"funded": 400, "bid_count": 1}, bid__b1={"status": "withdrawn"})
    given(borrowed(), away).when(away).then_refused(Code.BID_NOT_OPEN)
    given(lent()).when(away).then_refused(Code.BID_NOT_OPEN)


def test_disbursed_from_waiting_money_first() -> None:
    given(lent()[:-1]).when(on_loan("disbursed")).then(
        ("cash/huizhong/U", -200),
        ("investor/huizhong/U", -300),
        ("investor/huizhong/V", -300),
        ("investor/huizhong/W", -100),
        ("borrower/huizhong/B", 900),
        ("principal/huizhong/L", -900),
        ("claim/huizhong/L/U", 500),
        ("claim/huizhong/L/V", 300),
        ("claim/huizhong/L/W", 100),
        loan={"status": "disbursed", "outstanding": 900},
        party__U={"cash": {}},
        tags=["party:huizhong/U", "party:huizhong/V", "party:huizhong/W", "party:huizhong/B"],
    )
    given(borrowed()[:-1]).when(on_loan("disbursed")).then_refused(Code.NOT_FULLY_FUNDED, "500 of 900")
    given(lent()).when(on_loan("disbursed")).then_refused(Code.LOAN_NOT_OPEN)


def test_two_bids_of_one_investor_are_one_claim() -> None:
    twice = [*market(), deposit(50), loan(amount=100), bid("b1", 40), bid("b2", 60)]
    given(twice).when(on_loan("disbursed")).then(
        ("cash/huizhong/U", -50),
        ("investor/huizhong/U", -50),
        ("borrower/huizhong/B", 100),
        ("principal/huizhong/L", -100),
        ("claim/huizhong/L/U", 100),
    )


def test_a_loan_that_lapses_moves_no_money() -> None:
    given(borrowed()).when(on_loan("lapsed")).then(loan={"status": "lapsed"}, party__B={"owed": {}})
    given(lent()).when(on_loan("lapsed")).then_refused(Code.LOAN_NOT_OPEN)


def test_every_cent_of_a_repayment_is_placed() -> None:
    # 100 over 5:3:1 is 55.5, 33.3, 11.1: the cent that is left goes to the largest remainder.
    given(lent()).when(repayment(100, 10, penalty=1, fee=2)).then(
        ("borrower/huizhong/B", -113),
        ("fees/huizhong", 2),
        ("cash/huizhong/U", 56 + 6 + 1),
        ("cash/huizhong/V", 33 + 3),
        ("cash/huizhong/W", 11 + 1),
        ("principal/huizhong/L", 100),
        ("claim/huizhong/L/U", -56),
        ("claim/huizhong/L/V", -33),
        ("claim/huizhong/L/W", -11),
        loan={"outstanding": 800},
        party__B={"owed": {"CNY": 800}},
        party__U={"cash": {"CNY": 63}},
    )


def test_somebody_else_may_pay() -> None:
    given(lent()).when(repayment(0, 9, payer="V")).then(
        ("borrower/huizhong/V", -9), ("cash/huizhong/U", 5), ("cash/huizhong/V", 3), ("cash/huizhong/W", 1)
    )
    given(lent()).when(repayment(0, 9, payer="X")).then_waits_for("party:huizhong/X")


def test_repaid_up_to_what_is_owed_and_only_when_disbursed() -> None:
    given(lent()).when(repayment(901)).then_refused(Code.REPAYMENT_EXCEEDS_DUE, "owes 900")
    given(borrowed()).when(repayment(1)).then_refused(Code.LOAN_NOT_OPEN)
    given(lent(), repayment(1)).when(repayment(1)).then_refused(Code.ENTITY_EXISTS)
    given(lent()).when(repayment(0)).then_refused(Code.MALFORMED)
    given(market()).when(repayment(1)).then_waits_for("loan:huizhong/L")


def test_interest_after_the_last_principal_goes_to_the_last_holders() -> None:
    given(lent(), repayment(900)).when(repayment(0, 9, name="R2")).then(
        ("borrower/huizhong/B", -9), ("cash/huizhong/U", 5), ("cash/huizhong/V", 3), ("cash/huizhong/W", 1)
    )


def test_terms_can_be_agreed_anew() -> None:
    given(lent(), on_loan("defaulted")).when(on_loan("restructured", term_months=24, reason="illness")).then(
        loan={"term_months": 24, "annual_rate": "0.12", "status": "defaulted"}
    )
    given(market(), loan()).when(on_loan("restructured", reason="x")).then_refused(Code.LOAN_NOT_OPEN)


def test_guarantees_are_recorded() -> None:
    promise = Event("guarantee.declared", {"loan": "L", "guarantor": "V", "share": "0.5"})
    given(lent()).when(promise).then(tags=["party:huizhong/V", "loan:huizhong/L"])
    given(lent()).when(promise.but(guarantor="X")).then_waits_for("party:huizhong/X")
    given(lent(), on_loan("settled")).when(promise).then_refused(Code.LOAN_NOT_OPEN)


def test_default_happens_once_and_payments_go_on() -> None:
    given(lent()).when(on_loan("defaulted", amount=80)).then(loan={"status": "defaulted", "outstanding": 900})
    given(lent(), on_loan("defaulted")).when(on_loan("defaulted")).then_refused(Code.LOAN_NOT_OPEN)
    given(lent(), on_loan("defaulted")).when(repayment(900)).then(
        ("borrower/huizhong/B", -900),
        ("cash/huizhong/U", 500),
        ("cash/huizhong/V", 300),
        ("cash/huizhong/W", 100),
        ("principal/huizhong/L", 900),
        ("claim/huizhong/L/U", -500),
        ("claim/huizhong/L/V", -300),
        ("claim/huizhong/L/W", -100),
        loan={"outstanding": 0, "holders": {}},
    )


def test_a_loss_is_borne_by_part_and_recovered_by_part() -> None:
    given(lent()).when(on_loan("written_off")).then(
        ("principal/huizhong/L", 900),
        ("claim/huizhong/L/U", -500),
        ("claim/huizhong/L/V", -300),
        ("claim/huizhong/L/W", -100),
        loan={"status": "written_off", "lost": 900, "outstanding": 0},
        party__B={"owed": {"CNY": 900}},
    )
    recovery = repayment(9, 9)
    given(lent(), on_loan("written_off")).when(recovery).then(
        ("borrower/huizhong/B", -18),
        ("cash/huizhong/U", 10),
        ("cash/huizhong/V", 6),
        ("cash/huizhong/W", 2),
        loan={"lost": 891, "outstanding": 0},
    )
    given(lent(), on_loan("written_off")).when(repayment(901)).then_refused(Code.REPAYMENT_EXCEEDS_DUE)


def test_a_part_written_off_and_then_all_paid() -> None:
    part = on_loan("written_off", amount=90)
    given(lent(), part).when(repayment(900)).then(
        ("borrower/huizhong/B", -900),
        ("cash/huizhong/U", 500),
        ("cash/huizhong/V", 300),
        ("cash/huizhong/W", 100),
        ("principal/huizhong/L", 810),
        ("claim/huizhong/L/U", -450),
        ("claim/huizhong/L/V", -270),
        ("claim/huizhong/L/W", -90),
        loan={"lost": 0, "outstanding": 0, "status": "disbursed"},
    )
    given(lent()).when(on_loan("written_off", amount=901)).then_refused(Code.REPAYMENT_EXCEEDS_DUE)
    given(lent(), repayment(900)).when(on_loan("written_off")).then_refused(Code.REPAYMENT_EXCEEDS_DUE)


def test_settled_for_less_gives_up_the_rest() -> None:
    given(lent(), repayment(800)).when(on_loan("settled", amount=800).at(LATER)).then(
        ("principal/huizhong/L", 100),
        ("claim/huizhong/L/U", -56),
        ("claim/huizhong/L/V", -33),
        ("claim/huizhong/L/W", -11),
        loan={"status": "settled", "outstanding": 0, "lost": 100},
        party__B={"owed": {}},
    )
    ended = [*lent(), on_loan("settled").at(LATER)]
    given(ended).when(repayment(1).at(LATER)).then_refused(Code.LOAN_NOT_OPEN)
    given(ended).when(on_loan("settled")).then_refused(Code.LOAN_NOT_OPEN)
    given(ended).when(repayment(9)).then(  # paid before, reported after
        ("borrower/huizhong/B", -9),
        ("cash/huizhong/U", 5),
        ("cash/huizhong/V", 3),
        ("cash/huizhong/W", 1),
        loan={"lost": 891},
    )
    given(lent(), repayment(900)).when(on_loan("settled")).then(loan={"status": "settled", "lost": 0})


def test_fees_on_a_loan() -> None:
    given(lent()).when(fee(5, "borrower", loan="L")).then(("borrower/huizhong/B", -5), ("fees/huizhong", 5))
    given(lent()).when(fee(5, "investor", loan="L")).then(("outside/huizhong/L", -5), ("fees/huizhong", 5))
    given(lent()).when(fee(5, "issuer", loan="L")).then_refused(Code.MALFORMED)


@pytest.mark.parametrize("price", [99, "0.985", "0.99"])
def test_a_claim_is_sold_for_a_sum_or_by_the_unit(price: int | str) -> None:
    given(lent(), deposit(30, "W", "D2")).when(sale("V", "W", 100, price)).then(
        ("claim/huizhong/L/V", -100),
        ("claim/huizhong/L/W", 100),
        ("cash/huizhong/W", -30),
        ("investor/huizhong/W", -69),
        ("cash/huizhong/V", 99),
        loan={"outstanding": 900},
        party__V={"cash": {"CNY": 99}},
    )


def test_nobody_sells_what_she_does_not_hold() -> None:
    given(lent()).when(sale("V", "W", 301, 300)).then_refused(Code.CLAIM_NOT_HELD, "holds 300")
    given(lent()).when(sale("B", "W", 1, 1)).then_refused(Code.CLAIM_NOT_HELD)
    given(borrowed()).when(sale("U", "V", 1, 1)).then_refused(Code.LOAN_NOT_OPEN)
    given(lent()).when(sale("U", "U", 1, 1)).then_refused(Code.MALFORMED)
    given(lent()).when(sale("U", "V", 1, "100")).then_refused(Code.MALFORMED, "minor units")
    given(lent()).when(sale("U", "X", 1, 1)).then_waits_for("party:huizhong/X")


def test_a_whole_claim_changes_hands() -> None:
    given(lent()).when(sale("W", "V", 100, 0)).then(
        ("claim/huizhong/L/W", -100),
        ("claim/huizhong/L/V", 100),
        loan={"holders": {"party:huizhong/U": 500, "party:huizhong/V": 400}},
    )
