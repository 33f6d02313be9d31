"""The monthly report of each platform: the figures a supervisor asks for, from the platform's own facts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from ops.simulator import city
from ops.simulator.model import PAST, Data, Fact, World

# Metric by event type: the number of events, and the sum of a field where it has one.
COUNTED = {
    "pledge.made": "pledges",
    "campaign.opened": "campaigns_opened",
    "loan.listed": "loans_listed",
    "loan.disbursed": "loans_disbursed",
    "loan.defaulted": "loans_defaulted",
    "complaint.filed": "complaints",
    "party.registered": "new_parties",
}
SUMMED = {
    "pledge.made": ("pledged_amount", "amount"),
    "deposit.received": ("deposited_amount", "amount"),
    "funds.released": ("released_amount", "amount"),
    "pledge.refunded": ("refunded_amount", "amount"),
    "repayment.received": ("repaid_principal", "principal"),
}


def facts(rng: Random, world: World, told: Sequence[Fact]) -> Iterator[Fact]:
    """One report per platform and month that ended within the days, on the second to fourth day of the next."""
    books: defaultdict[str, _Book] = defaultdict(_Book)
    taken = 0
    for first in _month_starts(world):
        while taken < len(told) and told[taken].at < first:
            books[told[taken].source].take(told[taken])
            taken += 1
        for platform in city.PLATFORMS:
            metrics = books[platform.source].month_over()
            if first >= world.span.begin or platform.known:
                at = first + timedelta(days=rng.randint(1, 3), hours=rng.randint(9, 17), minutes=rng.randint(0, 59))
                data = {"month": (first - timedelta(days=1)).strftime("%Y-%m"), "metrics": metrics}
                yield Fact(at, platform.source, "platform.reported", data)


class _Book:
    """A platform's figures: of the running month, and of its loans as they stand."""

    def __init__(self) -> None:
        self.month: Counter[str] = Counter()
        self.loans: dict[str, Data] = {}
        self.asked: dict[str, int] = {}  # withdrawals
        self.owed: Counter[str] = Counter()  # outstanding principal by loan
        self.lent: list[Data] = []  # this month's loans

    def take(self, fact: Fact) -> None:
        """Count one fact."""
        data = fact.data
        if fact.type in COUNTED:
            self.month[COUNTED[fact.type]] += 1
        if fact.type in SUMMED:
            name, field = SUMMED[fact.type]
            self.month[name] += data[field]
        if fact.type == "withdrawal.requested":
            self.asked[data["withdrawal"]] = data["amount"]
        elif fact.type == "withdrawal.paid":
            self.month["withdrawn_amount"] += self.asked[data["withdrawal"]]
        elif fact.type == "loan.listed":
            self.loans[data["loan"]] = data
        elif fact.type == "loan.disbursed":
            self.owed[data["loan"]] = self.loans[data["loan"]]["amount"]
            self.lent.append(self.loans[data["loan"]])
        elif fact.type == "repayment.received":
            self.owed[data["loan"]] -= data["principal"]

    def month_over(self) -> dict[str, float]:
        """The figures of the month, and a clean sheet for the next one."""
        metrics: dict[str, float] = dict(self.month)
        if self.loans:
            metrics |= self._of_loans()
        self.month.clear()
        self.lent = []
        return metrics

    def _of_loans(self) -> dict[str, float]:
        outstanding = sum(self.owed.values())
        borrowers: Counter[str] = Counter()
        for loan, left in self.owed.items():
            borrowers[self.loans[loan]["borrower"]] += left
        figures: dict[str, float] = {
            "outstanding_principal": outstanding,
            "borrowers": sum(1 for left in borrowers.values() if left > 0),
        }
        if outstanding:
            ten = sum(left for _, left in borrowers.most_common(10))
            figures["top_ten_borrower_share"] = round(ten / outstanding, 4)
        if volume := sum(each["amount"] for each in self.lent):
            rates = sum(float(each["annual_rate"]) * each["amount"] for each in self.lent)
            terms = sum(each["term_months"] * each["amount"] for each in self.lent)
            figures |= {
                "average_annual_rate": round(rates / volume, 4),
                "average_term_months": round(terms / volume, 1),
            }
        return figures


def _month_starts(world: World) -> Iterator[datetime]:
    for n in range(1 - PAST, world.span.days):
        at = world.span.at(n)
        if at.day == 1:
            yield at
