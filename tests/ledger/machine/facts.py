"""The figures that follow from what was said alone: the sums over all accepted events that were not taken back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ledger import accounts
from ledger.events.naming import key
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.funds import Withdrawal
from ledger.states.loans import Bid, Loan
from tests.ledger.machine.memory import Entry, Memory


def check_facts(memory: Memory) -> None:
    """Raise AssertionError where a state is not what the events that still count add up to."""
    facts = _Facts(memory)
    for own, state in memory.states.items():
        if isinstance(state, Campaign):
            said = facts.released[own], facts.fees[own], facts.refunded[own]
            assert (state.released, state.fees, state.refunded) == said, (own, state, said)
            assert (state.status != "open") == (own in facts.said["campaign.closed"]), (own, state)
        elif isinstance(state, Pledge):
            said_of = own in facts.said["pledge.collected"], facts.refunded_of[own]
            assert (state.status in {"collected", "refunded"}, state.refunded) == said_of, (own, state, said_of)
        elif isinstance(state, Withdrawal):
            answered = facts.said["withdrawal.paid"] | facts.said["withdrawal.rejected"]
            assert (state.status != "requested") == (own in answered), (own, state)
        elif isinstance(state, Bid):
            assert (state.status == "withdrawn") == (own in facts.said["bid.withdrawn"]), (own, state)
        elif isinstance(state, Loan):
            _check_loan(own, state, facts)
    earned = {name: n for name, n in memory.balances.items() if n and name[0].startswith("fees/")}
    assert earned == {name: n for name, n in facts.earned.items() if n}


def _check_loan(own: str, loan: Loan, facts: _Facts) -> None:
    if loan.status in {"disbursed", "defaulted", "written_off"}:
        assert loan.outstanding + loan.lost == loan.amount - facts.repaid[own], (own, loan, facts.repaid[own])
    assert (loan.status == "settled") == (own in facts.said["loan.settled"]), (own, loan)
    assert (loan.status == "lapsed") == (own in facts.said["loan.lapsed"]), (own, loan)
    assert (loan.defaulted_at is not None) == (own in facts.said["loan.defaulted"]), (own, loan)
    assert (loan.status not in {"listed", "lapsed"}) == (own in facts.said["loan.disbursed"]), (own, loan)


class _Facts:
    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.released: defaultdict[str, int] = defaultdict(int)
        self.fees: defaultdict[str, int] = defaultdict(int)
        self.refunded: defaultdict[str, int] = defaultdict(int)
        self.refunded_of: defaultdict[str, int] = defaultdict(int)
        self.repaid: defaultdict[str, int] = defaultdict(int)
        self.earned: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.said: defaultdict[str, set[str]] = defaultdict(set)  # type -> the entities it was said of
        corrected = {
            (entry.candidate.source, entry.event.data["corrects"])
            for entry in memory.log
            if entry.candidate.type == "event.corrected"
        }
        for entry in memory.log:
            if (entry.candidate.source, entry.candidate.id) not in corrected:
                self._add(entry, entry.candidate.data)

    def _add(self, entry: Entry, data: Any) -> None:
        scope = entry.candidate.scope
        kind = entry.candidate.type.partition(".")[0]
        self.said[entry.candidate.type].add(key(kind, scope, getattr(data, kind, "")))
        match entry.candidate.type:
            case "pledge.refunded":
                own = key("pledge", scope, data.pledge)
                self.refunded_of[own] += data.amount
                self.refunded[self.memory.states[own].campaign] += data.amount
            case "funds.released":
                self.released[key("campaign", scope, data.campaign)] += data.amount
            case "funds.returned":
                self.released[key("campaign", scope, data.campaign)] -= data.amount
            case "fee.charged":
                self._charge(entry, data)
            case "repayment.received":
                own = key("loan", scope, data.loan)
                self.repaid[own] += data.principal
                self.earned[accounts.fees(scope), self.memory.states[own].currency] += data.fee or 0

    def _charge(self, entry: Entry, data: Any) -> None:
        scope = entry.candidate.scope
        if data.payer == "issuer":
            self.fees[key("campaign", scope, data.campaign)] += data.amount
        for line in entry.outcome.postings:
            if line.amount > 0:
                self.earned[accounts.fees(scope), line.currency] += data.amount
