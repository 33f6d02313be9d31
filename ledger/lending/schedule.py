"""Schedules: what falls due when, for loans in equal instalments, with interest only, and in one sum at the end.

With P the principal, i the monthly rate (a twelfth of the yearly one) and n the number of months:

* equal instalments (annuity): each is P i / (1 - (1 + i)^-n), and P / n where i is zero; its interest is i times what
  is left, the rest of it is principal (Brealey, Myers, Allen, *Principles of Corporate Finance*, ch. 2; any text);
* interest only: i P each month, P with the last one;
* bullet: P and n i P (simple interest, nothing is compounded) at the end.

Rounding: every instalment and every interest is rounded half up to the minor unit by itself. The last instalment takes
the principal that is left, so principal adds up to P exactly; it differs from the others by what rounding gathered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from typing import Final, NamedTuple

from ledger.lending.days import MONTHS, add_months
from ledger.lending.terms import Terms

_DIGITS: Final = 60  # a principal has 16, a rate 18: the powers lose a few, and none that counts


class Instalment(NamedTuple):
    """What falls due on a date, in minor units."""

    due: date
    principal: int
    interest: int

    @property
    def total(self) -> int:
        """Principal and interest."""
        return self.principal + self.interest


def schedule(terms: Terms, disbursed: date) -> tuple[Instalment, ...]:
    """The instalments as agreed: due on the day of the disbursement in each later month, or its last day."""
    dues = [add_months(disbursed, month) for month in range(1, terms.term_months + 1)]
    return instalments(terms.amount, terms.annual_rate, terms.repayment, dues)


def instalments(
    principal: int, annual_rate: str, repayment: str, dues: Sequence[date], level: int | None = None
) -> tuple[Instalment, ...]:
    """Instalments for `principal` over `dues`, a month apart; instalments of zero at the end are left out.

    `level` is the size of equal instalments where it stays what it was. A bullet loan has one, on the last of `dues`.
    Raises ValueError for a `repayment` that is none of the three.
    """
    if principal <= 0:
        return ()
    if repayment == "bullet":
        interest = rounded(principal * Fraction(annual_rate) * len(dues) / MONTHS)
        return (Instalment(dues[-1], principal, interest),)
    if repayment == "interest_only":
        return _falling(principal, annual_rate, dues, 0)
    if repayment == "equal_instalments":
        return _falling(principal, annual_rate, dues, annuity(principal, annual_rate, len(dues)), level)
    raise ValueError(f"repayment {repayment!r} is none of equal_instalments, interest_only, bullet")


def annuity(principal: int, annual_rate: str, months: int) -> int:
    """The level monthly instalment, rounded half up."""
    rate = Decimal(annual_rate)
    if rate == 0:
        return rounded(Fraction(principal, months))
    with localcontext(Context(prec=_DIGITS, rounding=ROUND_HALF_UP)):
        monthly = rate / MONTHS
        return int((principal * monthly / (1 - (1 + monthly) ** -months)).to_integral_value(ROUND_HALF_UP))


def _falling(
    principal: int, annual_rate: str, dues: Sequence[date], size: int, level: int | None = None
) -> tuple[Instalment, ...]:
    monthly = Fraction(annual_rate) / MONTHS
    # As `rounded` does it, but in whole numbers: this is where a book of loans spends its time.
    numerator, denominator = 2 * monthly.numerator, 2 * monthly.denominator
    half = monthly.denominator
    left, rows = principal, []
    for due in dues[:-1]:
        interest = (left * numerator + half) // denominator
        # A size of zero: interest only. A level that rounding left below the interest pays no principal.
        part = min(max((size if level is None else level) - interest, 0), left)
        rows.append(Instalment(due, part, interest))
        left -= part
        if not left:
            return tuple(rows)
    return (*rows, Instalment(dues[-1], left, rounded(left * monthly)))


def rounded(figure: Fraction) -> int:
    """A figure that is not negative, in whole minor units: half a unit goes up."""
    return (2 * figure.numerator + figure.denominator) // (2 * figure.denominator)
