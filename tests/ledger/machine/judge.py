"""Judges each entry by what its event said, worked out here a second time: totals by class, each holder's share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import floor
from typing import Any

from msgspec import UNSET

from ledger import accounts
from ledger.events.naming import key
from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.funds import Withdrawal
from ledger.states.loans import Loan
from tests.ledger.machine import table
from tests.ledger.machine.invariants import standing
from tests.ledger.machine.memory import Entry, Memory

_Expected = Callable[[Any, Entry, Memory], dict[str, int]]

# Money that a party has, in its pocket or waiting, where it is the decision's business which of the two pays.
_PURSE = {"investor": "purse", "cash": "purse"}
_OF_PLEDGES = {"pledged", "receivable", "investor", "escrow"}


def judge(memory: Memory, entry: Entry) -> None:
    """Raise AssertionError where the entry is not what its event says."""
    candidate, postings = entry.candidate, entry.outcome.postings
    for line in postings:
        assert line.account.split("/")[1] == memory.scope_of(entry), (line, "another platform's account")
    if candidate.type == "event.corrected":
        _check_turned(memory, entry)
        return
    row = table.rules().get(candidate.type)
    assert row is not None or not postings, f"{candidate.type} moves money and has no row in the table of postings"
    for line in postings:
        assert row is not None
        assert row.allows(line), (candidate.type, line, row)
    expected = _EXPECTED.get(candidate.type, _nothing)(candidate.data, entry, memory)
    purses = _PURSE if "purse" in expected else {}
    totals: Counter[str] = Counter()
    for line in postings:
        kind = table.accounts_class(line.account)
        totals[purses.get(kind, kind)] += line.amount
    assert _clean(totals) == _clean(expected), (candidate.type, candidate.data, postings)
    if candidate.type in {"loan.disbursed", "claim.transferred"}:
        _check_pockets(memory, entry)
    if candidate.type in {"repayment.received", "loan.written_off", "loan.settled"}:
        _check_shares(entry, memory.states[_loan_key(entry)])


def _clean(totals: Mapping[str, int]) -> dict[str, int]:
    return {name: n for name, n in totals.items() if n}


def _check_turned(memory: Memory, entry: Entry) -> None:
    corrected = memory.events[entry.candidate.source, entry.candidate.data.corrects]
    if corrected.type.startswith("pledge.") or corrected.type == "campaign.closed":
        # What others did to the promise since counts too: the books, held against the states, tell.
        assert {table.accounts_class(line.account) for line in entry.outcome.postings} <= _OF_PLEDGES
        return
    lines = Counter({(a, c): n for a, c, n in corrected.postings})
    assert len(lines) == len(corrected.postings)
    assert {(a, c): -n for a, c, n in entry.outcome.postings} == dict(lines)


def _check_pockets(memory: Memory, entry: Entry) -> None:
    """Nobody pays from her own pocket while money of hers waits on the platform."""
    for line in entry.outcome.postings:
        kind, _, path = line.account.partition("/")
        if kind == "investor" and line.amount < 0:
            assert not memory.balances[f"cash/{path}", line.currency], (entry.candidate.data, line)


def _check_shares(entry: Entry, after: State) -> None:
    """A holder's part of what went down is her part of the whole, to less than a cent; nobody is left out."""
    loan = entry.before[_loan_key(entry)]
    assert isinstance(loan, Loan)
    assert isinstance(after, Loan)
    returned = loan.outstanding - after.outstanding
    for holder, held in loan.holders.items():
        share = held - after.holders.get(holder, 0)
        assert abs(share * loan.outstanding - returned * held) < loan.outstanding, (holder, loan, after)
    data: Any = entry.candidate.data
    if entry.candidate.type != "repayment.received" or not loan.holders or data.principal > loan.outstanding:
        return
    paid = {line.account: line.amount for line in entry.outcome.postings}
    parts = [part for part in (data.principal, data.interest, data.penalty or 0) if part]
    for holder, held in loan.holders.items():
        share = paid.get(accounts.cash(holder), 0)
        assert abs(share * loan.outstanding - sum(parts) * held) < max(len(parts), 1) * loan.outstanding, (holder, paid)


def _loan_key(entry: Entry) -> str:
    return key("loan", entry.candidate.scope, entry.candidate.data.loan)


# -- totals by class of account (debits positive), from the event and the states before it


def _nothing(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    return {}


def _pledge(entry: Entry, memory: Memory) -> Pledge:
    pledge = memory.states[key("pledge", entry.candidate.scope, entry.candidate.data.pledge)]
    assert isinstance(pledge, Pledge)
    return pledge


def _was_open(entry: Entry, memory: Memory) -> bool:
    pledge = entry.before[key("pledge", entry.candidate.scope, entry.candidate.data.pledge)]
    assert isinstance(pledge, Pledge)
    campaign = entry.before.get(pledge.campaign) or memory.states[pledge.campaign]
    assert isinstance(campaign, Campaign)
    return standing(pledge, campaign) == "pledged"


def _is_open(entry: Entry, memory: Memory) -> bool:
    pledge = _pledge(entry, memory)
    campaign = memory.states[pledge.campaign]
    assert isinstance(campaign, Campaign)
    return standing(pledge, campaign) == "pledged"


def _promise(amount: int) -> dict[str, int]:
    return {"pledged": -amount, "receivable": amount}


def _made(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    return _promise(data.amount) if _is_open(entry, memory) else {}


def _cancelled(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    return _promise(-_pledge(entry, memory).amount) if _was_open(entry, memory) else {}


def _collected(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    amount = _pledge(entry, memory).amount
    return {**_cancelled(data, entry, memory), "investor": -amount, "escrow": amount}


def _reconfirmed(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    revived = _is_open(entry, memory) and not _was_open(entry, memory)
    return _promise(_pledge(entry, memory).amount) if revived else {}


def _ended(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    """Each investor owes less by her open promises; that it is all of them, the books are held against the states."""
    own = key("campaign", memory.scope_of(entry), data.campaign)
    before, after = entry.before[own], memory.states[own]
    assert isinstance(before, Campaign)
    assert isinstance(after, Campaign)
    lost: defaultdict[str, int] = defaultdict(int)
    for pledge in memory.pledges_of(own):
        if standing(pledge, before) == "pledged" != standing(pledge, after):
            lost[accounts.receivable(pledge.investor)] -= pledge.amount
    lines: defaultdict[str, int] = defaultdict(int)
    for line in entry.outcome.postings:
        if line.amount < 0:
            lines[line.account] += line.amount
    assert lines == lost, (lines, lost)
    return _promise(sum(lost.values()))


def _fee(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    payer = {"issuer": "escrow", "investor": "outside", "borrower": "borrower"}[data.payer]
    return {payer: -data.amount, "fees": data.amount}


def _withdrawn(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    withdrawal = memory.states[key("withdrawal", entry.candidate.scope, data.withdrawal)]
    assert isinstance(withdrawal, Withdrawal)
    return {"cash": -withdrawal.amount, "investor": withdrawal.amount}


def _disbursed(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    loan = memory.states[_loan_key(entry)]
    assert isinstance(loan, Loan)
    held: defaultdict[str, int] = defaultdict(int)
    for line in entry.outcome.postings:
        held[line.account] += line.amount
    claims = {accounts.claim(_loan_key(entry), holder): part for holder, part in loan.holders.items()}
    assert claims == {account: n for account, n in held.items() if account.startswith("claim/")}
    amount = loan.amount
    return {"borrower": amount, "principal": -amount, "claim": amount, "purse": -amount}


def _repaid(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    loan = entry.before[_loan_key(entry)]
    assert isinstance(loan, Loan)
    fee, returned = data.fee or 0, min(data.principal, loan.outstanding)
    to_holders = data.principal + data.interest + (data.penalty or 0)
    totals = {"borrower": -to_holders - fee, "fees": fee, "cash": to_holders}
    return {**totals, "claim": -returned, "principal": returned}


def _sold(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    scope, loan = entry.candidate.scope, _loan_key(entry)
    seller, buyer = key("party", scope, data.seller), key("party", scope, data.buyer)
    exact = Fraction(data.price) * data.principal if isinstance(data.price, str) else Fraction(data.price)
    price = floor(exact + Fraction(1, 2))  # half a minor unit is rounded up
    moved: Counter[str] = Counter()
    for line in entry.outcome.postings:
        owner = "purse/" + line.account.partition("/")[2]
        moved[owner if table.accounts_class(line.account) in _PURSE else line.account] += line.amount
    purse = {"purse/" + party.partition(":")[2]: n for party, n in ((seller, price), (buyer, -price))}
    claims = {accounts.claim(loan, seller): -data.principal, accounts.claim(loan, buyer): data.principal}
    assert _clean(moved) == _clean({**claims, **purse}), (data, entry.outcome.postings)
    return {"purse": 0}


def _given_up(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
    loan = entry.before[_loan_key(entry)]
    assert isinstance(loan, Loan)
    partly = entry.candidate.type == "loan.written_off" and data.amount is not UNSET
    if partly and loan.status == "settled" and data.amount <= loan.lost:
        return {}  # told after the settlement that gave it up
    amount = data.amount if partly else loan.outstanding
    return {"claim": -amount, "principal": amount}


def _moved(source: str, target: str) -> _Expected:
    def totals(data: Any, entry: Entry, memory: Memory) -> dict[str, int]:
        return {source: -data.amount, target: data.amount}

    return totals


_EXPECTED: dict[str, _Expected] = {
    "pledge.made": _made,
    "pledge.cancelled": _cancelled,
    "pledge.reconfirmed": _reconfirmed,
    "campaign.closed": _ended,
    "pledges.lapsed": _ended,
    "pledge.collected": _collected,
    "pledge.refunded": _moved("escrow", "investor"),
    "funds.released": _moved("escrow", "issuer"),
    "funds.returned": _moved("issuer", "escrow"),
    "fee.charged": _fee,
    "deposit.received": _moved("investor", "cash"),
    "withdrawal.paid": _withdrawn,
    "loan.disbursed": _disbursed,
    "repayment.received": _repaid,
    "claim.transferred": _sold,
    "loan.written_off": _given_up,
    "loan.settled": _given_up,
}
