"""What a loan owes next and for how long it has been owing: its plan of instalments against what was paid. Pure."""

from __future__ import annotations

import calendar
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

from api.services import LoanDue

_MONTHS: Final = 12


class Plan(NamedTuple):
    """From when on what is owed: the disbursement, or the last restructuring. Money in minor units."""

    principal: int  # outstanding when it began
    annual_rate: str
    term_months: int  # counted from the disbursement
    repayment: str
    disbursed: date
    begun: date
    paid: int  # principal and interest since it began
    outstanding: int  # principal now


def due(plan: Plan, today: date) -> LoanDue:
    """The first instalment that isn't covered by what was paid, and the days since.

    Platforms round each instalment their own way, so one minor unit of each is forgiven until the last one, which is
    covered when no principal is left.
    """
    if plan.outstanding <= 0:
        return LoanDue(None, 0)
    first = 1
    while first < plan.term_months and add_months(plan.disbursed, first) <= plan.begun:
        first += 1
    count = max(plan.term_months - first + 1, 1)
    for number in range(1, count):
        if _owed(plan, number, count) - number > plan.paid:
            return _since(add_months(plan.disbursed, first + number - 1), today)
    return _since(add_months(plan.disbursed, plan.term_months), today)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it has none."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _since(next_due: date, today: date) -> LoanDue:
    return LoanDue(next_due, max((today - next_due).days, 0))


def _owed(plan: Plan, number: int, count: int) -> int:
    """Principal and interest that fall due with the first `number` of `count` instalments, the last not among them."""
    rate = Decimal(plan.annual_rate) / _MONTHS
    principal = Decimal(plan.principal)
    if plan.repayment == "bullet":
        each = Decimal(0)
    elif plan.repayment == "interest_only":
        each = principal * rate
    elif rate == 0:
        each = principal / count
    else:
        each = principal * rate / (1 - (1 + rate) ** -count)
    return int((each * number).to_integral_value(ROUND_FLOOR))
