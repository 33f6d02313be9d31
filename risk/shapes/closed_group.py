"""Closed groups of lenders: few who go together, and fund the same few borrowers all but alone.

Two lenders go together where they are core lenders of the same loans at least `together` times, and these are at least
half of either's. Who goes together with whom makes groups (connected components); a group of at most `lenders_max`
whose members alone are the core of loans to at most `borrowers_max` borrowers is closed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from risk.shapes.form import Asked, Grouped, Inconclusive, Shape, Table

ROWS_MAX = 2_000_000
_BP = 10_000


class _Row(NamedTuple):
    platform: str
    currency: str
    loan: str
    borrower: str
    lender: str | None
    amount: int
    day: int
    epoch: int
    position: int


class _Loan(NamedTuple):
    borrower: str
    amount: int
    epoch: int
    position: int
    bids: dict[str, int]  # core lender -> position of the newest bid


def find(table: Table, asked: Asked) -> Iterator[Grouped]:
    """One group per evaluation day, platform, currency and closed group. Raises Inconclusive over `ROWS_MAX` rows."""
    if len(table.rows) > ROWS_MAX:
        raise Inconclusive(f"{len(table.rows)} rows of funding are more than {ROWS_MAX}; nothing was looked at.")
    rows = [_Row(*row) for row in table.of(*_Row._fields) if row[0] is not None and row[1] is not None]
    for day in asked.days:
        markets: defaultdict[tuple[str, str], list[_Row]] = defaultdict(list)
        for row in rows:
            if day - asked.width < row.day <= day:
                markets[row.platform, row.currency].append(row)
        for key, inside in markets.items():
            yield from _groups(day, key, _loans(inside), asked.params)


def _loans(rows: Sequence[_Row]) -> dict[str, _Loan]:
    loans = {
        row.loan: _Loan(row.borrower, int(row.amount), row.epoch, row.position, {})
        for row in rows
        if row.lender is None
    }
    for row in rows:
        if row.lender is not None and row.loan in loans:
            loans[row.loan].bids[row.lender] = row.position
    return loans


def _groups(day: int, key: tuple[str, str], loans: Mapping[str, _Loan], params: Mapping[str, int]) -> Iterator[Grouped]:
    group_of = _components(loans, params["together"])
    members: defaultdict[str, list[str]] = defaultdict(list)
    for lender, group in group_of.items():
        members[group].append(lender)
    funded: defaultdict[str, list[_Loan]] = defaultdict(list)
    for loan in loans.values():
        groups = {group_of.get(lender, "") for lender in loan.bids}
        if len(groups) == 1 and "" not in groups:
            funded[groups.pop()].append(loan)
    for group, own in sorted(funded.items()):
        borrowers = {loan.borrower for loan in own}
        if len(members[group]) > params["lenders_max"] or len(borrowers) > params["borrowers_max"]:
            continue
        amount = sum(loan.amount for loan in own)
        figures = (len(own), len(members[group]), len(borrowers), amount, len(loans), len(own) * _BP // len(loans))
        evidence = sorted({each for loan in own for each in (loan.position, *loan.bids.values())})
        epoch = max(loan.epoch for loan in own)
        yield Grouped(day, (*key, group), figures, (evidence,), epoch, sorted([*members[group], *borrowers]))


def _components(loans: Mapping[str, _Loan], together: int) -> dict[str, str]:
    """Lender -> the first of its group by name; lenders who go with nobody are left out."""
    loans_of = Counter(lender for loan in loans.values() for lender in loan.bids)
    shared = Counter(pair for loan in loans.values() for pair in combinations(sorted(loan.bids), 2))
    parent: dict[str, str] = {}

    def root(lender: str) -> str:
        while parent[lender] != lender:
            parent[lender] = parent[parent[lender]]
            lender = parent[lender]
        return lender

    for (one, other), times in shared.items():
        if times >= together and 2 * times >= max(loans_of[one], loans_of[other]):
            for lender in (one, other):
                parent.setdefault(lender, lender)
            first, second = sorted((root(one), root(other)))
            parent[second] = first
    return {lender: root(lender) for lender in parent}


CLOSED_GROUP = Shape(
    needs=_Row._fields,
    keys=("platform", "currency", "first_lender"),
    measures=("loans", "lenders", "borrowers", "funded_minor", "all_loans", "share_bp"),
    positions=("position",),
    find=find,
)
