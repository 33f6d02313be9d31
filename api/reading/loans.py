"""A loan by the calendar: what is owed and how late, at what effective rate, and its schedule. Read with the log."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import facts
from api.access import Principal
from api.deps import AsOfQuery, Caller, Parts, plain_text
from api.openapi import described
from api.reading.entities import Asked, must_be_there, times_for
from api.services import Services
from api.times import Times
from ledger.lending.effective import Effective
from ledger.lending.figures import Figures, borrower_rate, figures, lender_rate
from ledger.lending.terms import History, Terms
from ledger.rulebook.defaults import past_default
from ledger.states.loans import Loan

router = APIRouter(prefix="/v1", tags=["money"], dependencies=[Depends(plain_text)])


class ReceivedMoney(msgspec.Struct, kw_only=True):
    """What came in from the borrower. `principal` is without `recovered`, which had been written off before."""

    principal: int
    interest: int
    penalty: int
    fees: int
    recovered: int


class DefaultLine(msgspec.Struct, kw_only=True):
    """Whether the days past due are beyond those of the jurisdiction: `past`, `not_past`; no figure: `not_provable`."""

    outcome: str
    days_over: int | None
    rule: str | None
    citation: str | None


class YearlyRate(msgspec.Struct, kw_only=True):
    """A decimal, or null and why: `0.126825` is 12.6825 % a year."""

    rate: str | None
    reason: str | None


class LoanMoney(msgspec.Struct, kw_only=True):
    """Status and money of a loan, in minor units of `currency`, on `day`."""

    source: str
    loan: str
    status: str
    borrower: str
    currency: str
    amount: int
    annual_rate: str
    term_months: int
    repayment: str
    jurisdiction: str
    listed_at: datetime
    raise_until: datetime
    closed_at: datetime | None
    defaulted_at: datetime | None
    defaulted_amount: int | None  # in arrears by the platform's own count, when it reported the default
    ended_at: datetime | None
    bids: int
    funded: int
    day: date
    outstanding_principal: int
    written_off: int
    accrued_interest: int
    day_count: str
    next_due: date | None
    next_due_amount: int
    days_past_due: int
    bucket: str | None
    arrears_principal: int
    arrears_interest: int
    default: DefaultLine
    received: ReceivedMoney
    fees_charged_to_borrower: int
    fees_charged_to_investors: int
    effective_rate_borrower: YearlyRate
    effective_rate_lenders: YearlyRate
    at: datetime | None = None
    known_at: datetime | None = None


class ScheduleLine(msgspec.Struct, kw_only=True):
    """An instalment: `paid` covers principal and interest together; `state` is paid, due, late, replaced or ended."""

    due: date
    principal: int
    interest: int
    paid: int
    state: str


class LoanSchedule(msgspec.Struct, kw_only=True):
    """All instalments of a loan in order, on `day`; none before it is disbursed."""

    source: str
    loan: str
    currency: str
    repayment: str
    disbursed: date | None
    day: date
    items: list[ScheduleLine]
    next: None = None
    at: datetime | None = None
    known_at: datetime | None = None


@router.get(
    "/loans/{source}/{name}",
    responses=described("Status and money of the loan, in minor units.", 401, 404, one=LoanMoney),
)
def get_loan(source: str, name: str, parts: Parts, principal: Caller, query: AsOfQuery) -> Response:
    """One loan: funded, outstanding, accrued, what is due next and how late it is, and what it costs and yields."""
    found = _found(parts, principal, Asked("loan", source, name, query))
    shown = {"source": source, "loan": name, **_standing(found.state), **_money(found)}
    return facts.answer({**shown, **found.times.shown()}, found.as_of)


@router.get(
    "/loans/{source}/{name}/schedule",
    responses=described("The instalments of the loan, paid and to come.", 401, 404, one=LoanSchedule),
)
def get_schedule(source: str, name: str, parts: Parts, principal: Caller, query: AsOfQuery) -> Response:
    """The schedule of one loan as payments, prepayments and restructurings left it."""
    found = _found(parts, principal, Asked("loan", source, name, query))
    shown = LoanSchedule(
        source=source,
        loan=name,
        currency=found.state.currency,
        repayment=found.state.repayment,
        disbursed=found.history.disbursed,
        day=found.day,
        items=[ScheduleLine(**line._asdict()) for line in figures(found.terms, found.history, found.day).schedule],
        at=found.times.at,
        known_at=found.times.known_at,
    )
    return facts.answer(shown, found.as_of)


class _Found(NamedTuple):
    state: Loan
    terms: Terms
    history: History
    day: date
    times: Times
    as_of: facts.AsOf


def _found(parts: Services, principal: Principal, asked: Asked) -> _Found:
    times = times_for(parts, principal, asked)
    read = parts.reads.loan(asked.key, times)
    state = must_be_there(read.value.then, asked, Loan)
    assert read.value.lent is not None, f"{asked} has a state and was never listed"
    terms, history = read.value.lent
    day = (times.at or parts.now()).astimezone(ZoneInfo(parts.time_zone)).date()
    return _Found(state, terms, history.by(day), day, times, read.as_of)


def _money(found: _Found) -> dict[str, Any]:
    terms, history, day = found.terms, found.history, found.day
    now = figures(terms, history, day)
    charged = {payer: sum(each.amount for each in history.charges if each.payer == payer) for payer in _PAYERS}
    return {
        **_figures(now),
        "default": DefaultLine(**past_default(found.state.jurisdiction, day, now.days_past_due)._asdict()),
        "received": ReceivedMoney(**now.received._asdict()),
        "fees_charged_to_borrower": charged["borrower"],
        "fees_charged_to_investors": charged["investor"],
        "effective_rate_borrower": _rate(borrower_rate(terms, history, day)),
        "effective_rate_lenders": _rate(lender_rate(terms, history, day)),
    }


_PAYERS = ("borrower", "investor")


def _standing(state: Loan) -> dict[str, Any]:
    return {
        "status": state.status,
        "borrower": state.borrower.rpartition("/")[2],
        "currency": state.currency,
        "amount": state.amount,
        "annual_rate": state.annual_rate,
        "term_months": state.term_months,
        "repayment": state.repayment,
        "jurisdiction": state.jurisdiction,
        "listed_at": facts.moment(state.listed_at),
        "raise_until": facts.moment(state.raise_until),
        "closed_at": facts.maybe_moment(state.closed_at),
        "defaulted_at": facts.maybe_moment(state.defaulted_at),
        "defaulted_amount": state.defaulted_amount,
        "ended_at": facts.maybe_moment(state.ended_at),
        "bids": state.bid_count,
        "funded": state.funded,
    }


def _figures(found: Figures) -> dict[str, Any]:
    return {
        "day": found.day,
        "outstanding_principal": found.outstanding,
        "written_off": found.written_off,
        "accrued_interest": found.accrued_interest,
        "day_count": found.day_count,
        "next_due": found.next_due,
        "next_due_amount": found.next_due_amount,
        "days_past_due": found.days_past_due,
        "bucket": found.bucket,
        "arrears_principal": found.arrears_principal,
        "arrears_interest": found.arrears_interest,
    }


def _rate(found: Effective) -> YearlyRate:
    return YearlyRate(rate=None if found.rate is None else f"{found.rate:f}", reason=found.reason)
