"""Her parts of loans: what she lent, what came back, what is due next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

import psycopg

from api.access import Herself
from api.mine import Lending, LoanStory
from ledger.events.naming import key
from ledger.kernel import clock
from ledger.lending.figures import Figures, figures
from ledger.states.loans import Repayment
from ledger.store import reading
from ops.her_parties import own_key, parties
from projections import mine

_RUNS = frozenset({"disbursed", "defaulted", "written_off", "settled"})


def page(
    zone: ZoneInfo, connection: psycopg.Connection, her: Herself, before: tuple[int, str], limit: int
) -> list[Lending]:
    """Her loans from before a listing, newest first."""
    found = mine.loans(connection, parties(connection, her), before, limit)
    return _lendings(connection, found, clock.now().astimezone(zone).date())[0]


def stories(zone: ZoneInfo, connection: psycopg.Connection, her: Herself, scope: str, name: str) -> list[LoanStory]:
    """Her parts of one loan, one for each party of hers that had one."""
    asked = own_key("loan", scope, name)
    if asked is None:
        return []
    found = mine.loans(connection, parties(connection, her), (mine.NEWEST, mine.LAST), 100, asked)
    lendings, steps, receipts = _lendings(connection, found, clock.now().astimezone(zone).date())
    return [
        LoanStory(
            each,
            mine.loan_story(connection, each.loan.key, each.loan.party),
            steps.get(each.loan.key, []),
            receipts[each.loan.key, each.loan.party],
        )
        for each in lendings
    ]


class _Read(NamedTuple):
    lendings: list[Lending]
    steps: dict[str, list[mine.LoanStep]]
    receipts: defaultdict[tuple[str, str], list[mine.Receipt]]


def _lendings(connection: psycopg.Connection, found: Sequence[mine.Loan], today: date) -> _Read:
    steps = mine.loan_steps(connection, {each.key for each in found})
    lent = mine.lent(connection, found, steps)
    receipts: defaultdict[tuple[str, str], list[mine.Receipt]] = defaultdict(list)
    for each in mine.loan_receipts(connection, found):
        receipts[each.loan, each.party].append(each)
    recovered = _recovered(connection, [each for own in receipts.values() for each in own if each.recovered])
    shown = []
    for loan in found:
        terms, history = lent[loan.key]
        own = receipts[loan.key, loan.party]
        back = sum(recovered.get((each.position, loan.party), 0) for each in own)
        shown.append(_lending(loan, own, back, figures(terms, history.by(today), today)))
    return _Read(shown, steps, receipts)


def _recovered(connection: psycopg.Connection, receipts: Sequence[mine.Receipt]) -> dict[tuple[int, str], int]:
    """Who got how much of what had been written off: it lowers no claim, so postings can't tell it from interest."""
    keys = {each.position: key("repayment", each.scope, each.repayment) for each in receipts}
    states = reading.states(connection, sorted(set(keys.values())))
    found = {}
    for each in receipts:
        state = states.get(keys[each.position])
        assert isinstance(state, Repayment), f"{keys[each.position]} is in the view and has no state"
        found[each.position, each.party] = state.recovered.get(each.party, 0)
    return found


def _lending(loan: mine.Loan, receipts: Sequence[mine.Receipt], recovered: int, found: Figures) -> Lending:
    lent = (loan.bid if loan.status in _RUNS else 0) + loan.bought - loan.sold
    principal = sum(each.principal for each in receipts)
    # Every unit that she lent is back, still owed, or was given up; a recovery makes good for what was given up.
    lost = lent - principal - loan.outstanding - recovered
    interest = sum(each.cash for each in receipts) - principal - recovered
    part = found.next_due_amount * loan.outstanding // loan.loan_outstanding if loan.loan_outstanding else 0
    return Lending(loan, lent, principal, interest, recovered, lost, found, part)
