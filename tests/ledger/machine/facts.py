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
            assert (state.status != "open") == (own in facts.closed), (own, state)
        elif isinstance(state, Pledge):
            said_of = facts.collected.get(own, False), facts.refunded_of[own]
            assert (state.status in {"collected", "refunded"}, state.refunded) == said_of, (own, state, said_of)
        elif isinstance(state, Withdrawal):
            assert (state.status != "requested") == (own in facts.answered), (own, state)
        elif isinstance(state, Bid):
            assert (state.status == "withdrawn") == (own in facts.withdrawn), (own, state)
        elif isinstance(state, Loan):
            _check_loan(own, state, facts)
    earned = {name: n for name, n in memory.balances.items() if n and name[0].startswith("fees/")}
    assert earned == {name: n for name, n in facts.earned.items() if n}


def _check_loan(own: str, loan: Loan, facts: _Facts) -> None:
    if loan.status in {"disbursed", "defaulted", "written_off"}:
        assert loan.outstanding + loan.lost == loan.amount - facts.repaid[own], (own, loan, facts.repaid[own])
    assert (loan.status == "settled") == (own in facts.settled), (own, loan)
    assert (loan.status == "lapsed") == (own in facts.lapsed), (own, loan)
    assert (loan.defaulted_at is not None) == (own in facts.defaulted), (own, loan)
    assert (loan.status not in {"listed", "lapsed"}) == (own in facts.disbursed), (own, loan)


class _Facts:
    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.released: defaultdict[str, int] = defaultdict(int)
        self.fees: defaultdict[str, int] = defaultdict(int)
        self.refunded: defaultdict[str, int] = defaultdict(int)
        self.refunded_of: defaultdict[str, int] = defaultdict(int)
        self.repaid: defaultdict[str, int] = defaultdict(int)
        self.earned: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.collected: dict[str, bool] = {}
        self.closed: set[str] = set()
        self.answered: set[str] = set()
        self.withdrawn: set[str] = set()
        self.settled: set[str] = set()
        self.lapsed: set[str] = set()
        self.defaulted: set[str] = set()
        self.disbursed: set[str] = set()
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
        match entry.candidate.type:
            case "campaign.closed":
                self.closed.add(key("campaign", scope, data.campaign))
            case "withdrawal.paid" | "withdrawal.rejected":
                self.answered.add(key("withdrawal", scope, data.withdrawal))
            case "bid.withdrawn":
                self.withdrawn.add(key("bid", scope, data.bid))
            case "loan.settled" | "loan.lapsed" | "loan.defaulted" | "loan.disbursed":
                kept = getattr(self, entry.candidate.type.partition(".")[2])
                kept.add(key("loan", scope, data.loan))
            case "pledge.collected":
                self.collected[key("pledge", scope, data.pledge)] = True
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
