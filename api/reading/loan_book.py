"""A platform's book of loans: outstanding by how late, and what does not perform. For the supervisor and itself."""

from __future__ import annotations

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import facts
from api.deps import Caller, Nothing, Parts, plain_text
from api.openapi import described
from api.problems import Problem
from ledger.lending.portfolio import Part, Portfolio, nothing, portfolios
from ledger.rulebook.defaults import past_default

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
LOANS_MAX: Final = 20_000  # with principal outstanding; up to a millisecond each


class LoanPart(msgspec.Struct, kw_only=True):
    """Some of the loans: how many, and their outstanding principal in minor units."""

    loans: int
    outstanding: int


class LoansOfStatus(msgspec.Struct, kw_only=True):
    """Loans of one status; `amount` is what they were listed with, minor units."""

    status: str
    loans: int
    amount: int


class LoansOfCurrency(msgspec.Struct, kw_only=True):
    """The book in one currency. `non_performing_ppm` is a share in millionths: 25000 is 2.5 %."""

    currency: str
    by_status: list[LoansOfStatus]
    outstanding: LoanPart
    buckets: dict[str, LoanPart]
    arrears_principal: int
    arrears_interest: int
    reported_defaulted: LoanPart
    past_default: LoanPart
    default_not_provable: LoanPart
    non_performing: LoanPart
    non_performing_ppm: int


class LoanBook(msgspec.Struct, kw_only=True):
    """All loans of a platform on `day`, by currency."""

    platform: str
    day: date
    items: list[LoansOfCurrency]
    next: None = None


@router.get(
    "/platforms/{name}/loans",
    responses=described("The platform's loans by status and by how late they are.", 401, 403, 404, one=LoanBook),
)
def get_loan_book(name: str, parts: Parts, principal: Caller, _query: Nothing) -> Response:
    """The book of loans of one platform today."""
    if not principal.may_read(f"platform:{name}"):
        raise Problem("forbidden", "this is for the platform itself and its supervisors.")
    if parts.reads.platform(name).value is None:
        raise Problem("not_found", f"there is no platform {name!r}.")
    read = parts.reads.loan_book(name, LOANS_MAX)
    running, standings = read.value
    if running is None:
        raise Problem("invalid_parameter", f"{name!r} has more than {LOANS_MAX} loans running; use the export instead.")
    day = parts.now().astimezone(ZoneInfo(parts.time_zone)).date()
    today = [each._replace(history=each.history.by(day)) for each in running]
    found = {each.currency: each for each in portfolios(today, day, _by_law)}
    statuses: dict[str, list[LoansOfStatus]] = {}
    for each in standings:
        line = LoansOfStatus(status=each.status, loans=each.loans, amount=each.amount)
        statuses.setdefault(each.currency, []).append(line)
    items = [_of_currency(currency, statuses[currency], found.get(currency)) for currency in sorted(statuses)]
    return facts.answer(LoanBook(platform=name, day=day, items=items), read.as_of)


def _by_law(jurisdiction: str, day: date, days_past_due: int) -> str:
    return past_default(jurisdiction, day, days_past_due).outcome


def _of_currency(currency: str, statuses: list[LoansOfStatus], found: Portfolio | None) -> LoansOfCurrency:
    book = found or nothing(currency)
    return LoansOfCurrency(
        currency=currency,
        by_status=statuses,
        outstanding=_part(book.all),
        buckets={name: _part(part) for name, part in book.buckets.items()},
        arrears_principal=book.arrears_principal,
        arrears_interest=book.arrears_interest,
        reported_defaulted=_part(book.reported_defaulted),
        past_default=_part(book.past_default),
        default_not_provable=_part(book.not_provable),
        non_performing=_part(book.non_performing),
        non_performing_ppm=book.non_performing_ppm,
    )


def _part(part: Part) -> LoanPart:
    return LoanPart(**part._asdict())
