"""What one person has over all platforms: her pledges, her parts of loans, what waits. Joins several views.

Everything is asked for by her parties (keys); inside `snapshots.snapshot(connection, *VIEWS)`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import psycopg

from ledger.lending.terms import History, Loss, Payment, Restructuring, Terms
from projections import base, fetch

SQL = base.load("mine")
VIEWS: Final = ("pledges", "campaigns", "loans", "balances", "platforms", "investors")
NEWEST: Final = 2**63 - 1  # before which position a list begins that begins at its end
LAST: Final = "\x7f"  # comes after every key, which is printable ASCII
_STORY_ROWS: Final = 500
_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Pledge:
    """A pledge of hers; money in minor units of `currency`.

    `collected` is what was paid in. Of it `refunded` went back, `in_escrow` is held, `released` went to the project and
    `fees` to the platform; the last three are her part of the campaign's figures. `refund_due` is owed back to her.
    """

    key: str
    scope: str
    pledge: str
    party: str
    campaign: str
    campaign_id: str
    title: str
    kind: str
    campaign_status: str
    deadline: datetime
    closed_at: datetime | None
    funding: str
    delivered: str
    issuer: str
    platform_name: str
    platform_status: str
    amount: int
    currency: str
    status: str
    position: int
    made_at: datetime
    retry_at: datetime | None
    collected: int
    refunded: int
    refund_due: int
    in_escrow: int
    released: int
    fees: int


@dataclass(frozen=True, slots=True)
class Sums:
    """Her pledges of one currency, minor units. `promised` is open and not paid in yet."""

    currency: str
    pledges: int
    promised: int
    collected: int
    refunded: int
    refund_due: int
    in_escrow: int
    released: int
    fees: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in one word; `said` is an outcome, a share or a reason, as it was reported."""

    position: int
    happened_at: datetime
    what: str
    amount: int | None
    said: str | None
    corrected_position: int | None


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan that she bid for or holds a part of; money in minor units of `currency`.

    `bid` are her bids that were not withdrawn, `outstanding` her part of what the borrower owes. `bought` and `sold` is
    principal, `paid` and `got` are the prices.
    """

    key: str
    scope: str
    loan: str
    party: str
    borrower: str
    platform_name: str
    platform_status: str
    purpose: str | None
    currency: str
    jurisdiction: str
    amount: int
    annual_rate: str
    listed_annual_rate: str
    term_months: int
    listed_term_months: int
    repayment: str
    listed_at: datetime
    raise_until: datetime
    status: str
    disbursed_at: datetime | None
    disbursed_day: int | None
    defaulted_day: int | None
    settled_day: int | None
    loan_outstanding: int
    position: int
    bid: int
    withdrawn: int
    outstanding: int
    bought: int
    sold: int
    paid: int
    got: int


@dataclass(frozen=True, slots=True)
class LoanSums:
    """Minor units: `outstanding` is lent and not back, `waiting` is bid for loans that are not paid out."""

    currency: str
    outstanding: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one repayment brought her, minor units: `cash` in all, of it `principal`. `recovered`: the whole loan's."""

    loan: str
    party: str
    position: int
    scope: str
    repayment: str
    happened_at: datetime
    recovered: int
    cash: int
    principal: int


class LoanStep(NamedTuple):
    """What happened to a loan as a whole: disbursed, restructured, defaulted, and so on."""

    step: str
    day: int
    term_months: int | None
    annual_rate: str | None
    given_up: int
    happened_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Cash:
    """Money of hers that waits on a platform, minor units."""

    scope: str
    platform_name: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Known:
    """A party that is she: on which platform, since when."""

    key: str
    scope: str
    party: str
    kind: str
    registered_at: datetime
    position: int
    verified_method: str | None
    platform_name: str
    platform_status: str
    jurisdiction: str
    kinds: list[str]


def pledges(
    connection: psycopg.Connection[Any], parties: Sequence[str], before: int, limit: int, key: str | None = None
) -> list[Pledge]:
    """Her pledges from before a position, newest first; only the one with `key`, where it is given."""
    asked = {"parties": list(parties), "before": before, "limit": limit, "key": key}
    return fetch.many(connection, SQL["pledges"], Pledge, asked)


def sums(connection: psycopg.Connection[Any], parties: Sequence[str]) -> list[Sums]:
    """All her pledges, by currency."""
    return fetch.many(connection, SQL["sums"], Sums, {"parties": list(parties)})


def pledge_story(connection: psycopg.Connection[Any], key: str) -> list[Event]:
    """What happened to a pledge (key) and, since it was made, to its campaign."""
    return fetch.many(connection, SQL["pledge_story"], Event, {"key": key, "limit": _STORY_ROWS})


def loans(
    connection: psycopg.Connection[Any],
    parties: Sequence[str],
    before: tuple[int, str],
    limit: int,
    key: str | None = None,
) -> list[Loan]:
    """Her loans from before a listing (position, party), newest first; only the one with `key`, where it is given."""
    position, party = before
    asked = {"parties": list(parties), "before": position, "before_party": party, "limit": limit, "key": key}
    return fetch.many(connection, SQL["loans"], Loan, asked)


def loan_sums(connection: psycopg.Connection[Any], parties: Sequence[str]) -> list[LoanSums]:
    """All her loans, by currency."""
    return fetch.many(connection, SQL["loan_sums"], LoanSums, {"parties": list(parties)})


def loan_receipts(connection: psycopg.Connection[Any], those: Sequence[Loan]) -> list[Receipt]:
    """What repayments of these loans brought her, in order of time within each."""
    asked = {"loans": [each.key for each in those], "holders": [each.party for each in those]}
    return fetch.many(connection, SQL["loan_receipts"], Receipt, asked)


def loan_story(connection: psycopg.Connection[Any], key: str, party: str) -> list[Event]:
    """Her own bids in a loan, and what she bought or sold of it."""
    return fetch.many(connection, SQL["loan_story"], Event, {"key": key, "party": party, "limit": _STORY_ROWS})


def loan_steps(connection: psycopg.Connection[Any], keys: Iterable[str]) -> dict[str, list[LoanStep]]:
    """What happened to loans as a whole, by key."""
    found: defaultdict[str, list[LoanStep]] = defaultdict(list)
    for key, *row in connection.execute(SQL["loan_steps"], {"loans": list(keys)}):
        found[key].append(LoanStep(*row))
    return found


def lent(
    connection: psycopg.Connection[Any], those: Iterable[Loan], steps: dict[str, list[LoanStep]]
) -> dict[str, tuple[Terms, History]]:
    """Terms and dated history of loans, by key: what their figures of a day are made from."""
    by_key = {each.key: each for each in those}
    payments: defaultdict[str, list[Payment]] = defaultdict(list)
    for loan, day, principal, interest, recovered in connection.execute(SQL["loan_payments"], {"loans": list(by_key)}):
        payments[loan].append(Payment(_date(day), int(principal), int(interest), recovered=int(recovered)))
    return {key: (_terms(loan), _history(loan, payments[key], steps.get(key, []))) for key, loan in by_key.items()}


def _terms(loan: Loan) -> Terms:
    return Terms(loan.amount, loan.listed_annual_rate, loan.listed_term_months, loan.repayment)


def _history(loan: Loan, payments: Sequence[Payment], steps: Sequence[LoanStep]) -> History:
    changed = [Restructuring(_date(e.day), e.term_months, e.annual_rate) for e in steps if e.step == "restructured"]
    return History(
        disbursed=None if loan.disbursed_day is None else _date(loan.disbursed_day),
        payments=tuple(payments),
        restructurings=tuple(changed),
        losses=tuple(Loss(_date(each.day), each.given_up) for each in steps if each.given_up),
        settled=None if loan.settled_day is None else _date(loan.settled_day),
    )


def cash(connection: psycopg.Connection[Any], parties: Sequence[str]) -> list[Cash]:
    """What waits for her, by platform and currency."""
    return fetch.many(connection, SQL["cash"], Cash, {"parties": list(parties)})


def platforms(connection: psycopg.Connection[Any], parties: Sequence[str]) -> list[Known]:
    """Where she is known."""
    return fetch.many(connection, SQL["platforms"], Known, {"parties": list(parties)})


def _date(day: int) -> date:
    return date.fromordinal(_EPOCH + day)
