"""A book of loans on a day: how much is outstanding, how late, and which part of it does not perform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Final, NamedTuple

from ledger.lending.figures import Figures, bucket, figures
from ledger.lending.terms import History, Terms

BUCKETS: Final = ("current", "1-30", "31-60", "61-90", "90+")
_NON_PERFORMING_DAYS: Final = 90
_PPM: Final = 1_000_000


class Lent(NamedTuple):
    """A loan with principal outstanding, and what its figures are made from."""

    currency: str
    jurisdiction: str
    defaulted: bool  # the platform reported it
    terms: Terms
    history: History


class Part(NamedTuple):
    """Some of the loans: how many, and their outstanding principal in minor units."""

    loans: int = 0
    outstanding: int = 0


class Portfolio(NamedTuple):
    """The loans of one currency that have principal outstanding, minor units.

    `non_performing` are more than 90 days past due, or reported as defaulted; the two limbs of the European Banking
    Authority's definition. `non_performing_ppm` is their share of what is outstanding in millionths, rounded half up.
    `past_default` go by each jurisdiction's own figure; where it has none, they are `not_provable`.
    """

    currency: str
    all: Part
    buckets: dict[str, Part]
    arrears_principal: int
    arrears_interest: int
    reported_defaulted: Part
    past_default: Part
    not_provable: Part
    non_performing: Part
    non_performing_ppm: int


# (jurisdiction, day, days past due) -> past, not_past or not_provable: ledger/rulebook/defaults.py.
Law = Callable[[str, date, int], str]


class _Sums:
    def __init__(self) -> None:
        self.parts: defaultdict[str, Part] = defaultdict(Part)
        self.arrears_principal = self.arrears_interest = 0

    def add(self, loan: Lent, found: Figures, law: Law) -> None:
        self.arrears_principal += found.arrears_principal
        self.arrears_interest += found.arrears_interest
        by_law = law(loan.jurisdiction, found.day, found.days_past_due)
        late = found.days_past_due > _NON_PERFORMING_DAYS
        holds = {
            "all": True,
            found.bucket or bucket(0): True,
            "defaulted": loan.defaulted,
            by_law: True,
            "non_performing": late or loan.defaulted,
        }
        for name in (name for name, true in holds.items() if true):
            count, outstanding = self.parts[name]
            self.parts[name] = Part(count + 1, outstanding + found.outstanding)


def portfolios(loans: Iterable[Lent], day: date, law: Law) -> list[Portfolio]:
    """The book at the end of `day`, by currency, judged by `law`. Loans with nothing outstanding on it are left out."""
    by_currency: defaultdict[str, _Sums] = defaultdict(_Sums)
    for loan in loans:
        found = figures(loan.terms, loan.history, day)
        if found.outstanding > 0:
            by_currency[loan.currency].add(loan, found, law)
    return [_portfolio(currency, by_currency[currency]) for currency in sorted(by_currency)]


def nothing(currency: str) -> Portfolio:
    """A book in which nothing is outstanding."""
    return _portfolio(currency, _Sums())


def _portfolio(currency: str, sums: _Sums) -> Portfolio:
    parts = sums.parts
    whole, bad = parts["all"].outstanding, parts["non_performing"].outstanding
    return Portfolio(
        currency=currency,
        all=parts["all"],
        buckets={name: parts[name] for name in BUCKETS},
        arrears_principal=sums.arrears_principal,
        arrears_interest=sums.arrears_interest,
        reported_defaulted=parts["defaulted"],
        past_default=parts["past"],
        not_provable=parts["not_provable"],
        non_performing=parts["non_performing"],
        non_performing_ppm=(2 * bad * _PPM + whole) // (2 * whole) if whole else 0,
    )
