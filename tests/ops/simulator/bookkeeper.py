"""An auditor's own books, apart from the simulator's and the ledger's: they refuse what is impossible."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from ops.simulator.model import Fact

Name = tuple[str, str]  # (source, id)


class Bookkeeper:
    """Takes facts one by one; an assertion fails at the first that can't be."""

    def __init__(self) -> None:
        self.parties: set[Name] = set()
        self.deadlines: dict[Name, datetime] = {}
        self.status: dict[Name, str] = {}  # of campaigns, pledges, loans
        self.pledges: dict[Name, tuple[Name, int]] = {}
        self.refunded: Counter[Name] = Counter()
        self.escrow: Counter[Name] = Counter()
        self.loans: dict[Name, dict[str, int | str]] = {}
        self.bids: Counter[Name] = Counter()
        self.left: Counter[Name] = Counter()
        self.claims: defaultdict[Name, Counter[str]] = defaultdict(Counter)
        self.asked: dict[Name, tuple[Name, int]] = {}
        self.waiting: Counter[str] = Counter()  # deposits and what became of them, by source
        self.effects: dict[Name, tuple[str, int]] = {}

    def take(self, facts: Iterable[Fact]) -> None:
        """All of them, in order."""
        for fact in facts:
            handler = getattr(self, fact.type.replace(".", "_"), None)
            if handler is not None:
                handler(fact)

    def held(self, source: str) -> int:
        """What must lie with the custodian of `source`."""
        return self.waiting[source] + sum(money for (of, _), money in self.escrow.items() if of == source)

    def party_registered(self, fact: Fact) -> None:
        name = (fact.source, fact.data["party"])
        assert name not in self.parties
        self.parties.add(name)

    def campaign_opened(self, fact: Fact) -> None:
        name = (fact.source, fact.data["campaign"])
        assert name not in self.status
        assert (fact.source, fact.data["issuer"]) in self.parties
        self.deadlines[name] = datetime.fromisoformat(fact.data["deadline"])
        self.status[name] = "open"

    def campaign_closed(self, fact: Fact) -> None:
        name = (fact.source, fact.data["campaign"])
        assert self.status[name] == "open"
        self.status[name] = fact.data["outcome"]

    def pledge_made(self, fact: Fact) -> None:
        campaign = (fact.source, fact.data["campaign"])
        if fact.data["campaign"] == "Q-HIDDEN":
            return
        assert self.status[campaign] == "open"
        assert fact.at <= self.deadlines[campaign]
        assert (fact.source, fact.data["investor"]) in self.parties
        name = (fact.source, fact.data["pledge"])
        assert name not in self.pledges
        self.pledges[name] = (campaign, fact.data["amount"])
        self.status[name] = "pledged"

    def pledge_cancelled(self, fact: Fact) -> None:
        name = (fact.source, fact.data["pledge"])
        assert self.status[name] == "pledged"
        self.status[name] = "cancelled"

    def pledge_collection_failed(self, fact: Fact) -> None:
        assert self.status[fact.source, fact.data["pledge"]] == "pledged"

    def pledge_collected(self, fact: Fact) -> None:
        name = (fact.source, fact.data["pledge"])
        assert self.status[name] == "pledged"
        self.status[name] = "collected"
        campaign, amount = self.pledges[name]
        self.escrow[campaign] += amount

    def pledge_refunded(self, fact: Fact) -> None:
        name = (fact.source, fact.data["pledge"])
        assert self.status[name] == "collected"
        campaign, amount = self.pledges[name]
        self.refunded[name] += fact.data["amount"]
        assert self.refunded[name] <= amount
        self._out(campaign, fact.data["amount"])

    def funds_released(self, fact: Fact) -> None:
        campaign = (fact.source, fact.data["campaign"])
        assert self.status[campaign] == "succeeded"
        self._out(campaign, fact.data["amount"])

    def fee_charged(self, fact: Fact) -> None:
        if "campaign" in fact.data:
            self._out((fact.source, fact.data["campaign"]), fact.data["amount"])

    def _out(self, campaign: Name, amount: int) -> None:
        self.escrow[campaign] -= amount
        assert self.escrow[campaign] >= 0

    def deposit_received(self, fact: Fact) -> None:
        assert (fact.source, fact.data["investor"]) in self.parties
        self.waiting[fact.source] += fact.data["amount"]
        self.effects[fact.source, fact.id] = (fact.source, fact.data["amount"])

    def event_corrected(self, fact: Fact) -> None:
        source, amount = self.effects.pop((fact.source, fact.data["corrects"]))
        self.waiting[source] -= amount

    def withdrawal_requested(self, fact: Fact) -> None:
        name = (fact.source, fact.data["withdrawal"])
        self.asked[name] = ((fact.source, fact.data["investor"]), fact.data["amount"])

    def withdrawal_paid(self, fact: Fact) -> None:
        _, amount = self.asked.pop((fact.source, fact.data["withdrawal"]))
        self._spend(fact.source, amount)

    def withdrawal_rejected(self, fact: Fact) -> None:
        self.asked.pop((fact.source, fact.data["withdrawal"]))

    def _spend(self, source: str, amount: int) -> None:
        self.waiting[source] -= amount
        assert self.waiting[source] >= 0

    def loan_listed(self, fact: Fact) -> None:
        name = (fact.source, fact.data["loan"])
        assert name not in self.loans
        assert (fact.source, fact.data["borrower"]) in self.parties
        self.loans[name] = fact.data
        self.deadlines[name] = datetime.fromisoformat(fact.data["raise_until"])
        self.status[name] = "listed"

    def bid_placed(self, fact: Fact) -> None:
        name = (fact.source, fact.data["loan"])
        assert self.status[name] == "listed"
        assert fact.at <= self.deadlines[name]
        assert (fact.source, fact.data["investor"]) in self.parties
        self.bids[name] += fact.data["amount"]
        self.claims[name][fact.data["investor"]] += fact.data["amount"]
        assert self.bids[name] <= int(self.loans[name]["amount"])

    def loan_disbursed(self, fact: Fact) -> None:
        name = (fact.source, fact.data["loan"])
        assert self.status[name] == "listed"
        assert self.bids[name] == int(self.loans[name]["amount"])
        self.status[name] = "disbursed"
        self.left[name] = self.bids[name]
        self._spend(fact.source, self.bids[name])

    def loan_lapsed(self, fact: Fact) -> None:
        name = (fact.source, fact.data["loan"])
        assert self.status[name] == "listed"
        self.status[name] = "lapsed"

    def repayment_received(self, fact: Fact) -> None:
        name = (fact.source, fact.data["loan"])
        assert self.status[name] == "disbursed"
        self.left[name] -= fact.data["principal"]
        assert self.left[name] >= 0
        self.waiting[fact.source] += fact.data["principal"] + fact.data["interest"]

    def claim_transferred(self, fact: Fact) -> None:
        name = (fact.source, fact.data["loan"])
        assert self.status[name] == "disbursed"
        self.claims[name][fact.data["seller"]] -= fact.data["principal"]
        self.claims[name][fact.data["buyer"]] += fact.data["principal"]
        assert self.claims[name][fact.data["seller"]] >= 0

    def loan_settled(self, fact: Fact) -> None:
        assert self.left[fact.source, fact.data["loan"]] == 0
