"""A platform's own books: what lies with its custodian, from its own facts. Knows nothing of the ledger."""

from __future__ import annotations

from collections import defaultdict

from ops.simulator.model import Data, Fact


class Books:
    """Money held by source, in fen: escrow of campaigns, and deposits that wait or are promised to a loan."""

    def __init__(self) -> None:
        self.held: defaultdict[str, int] = defaultdict(int)
        self._amounts: dict[tuple[str, str, str], int] = {}  # (source, kind, id): pledges, withdrawals, loans
        self._moved: dict[tuple[str, str], int] = {}  # (source, event id): for corrections

    def post(self, fact: Fact) -> int:
        """Take one fact in; returns by how much the held money changed."""
        data = fact.data
        for opened, kind in (
            ("pledge.made", "pledge"),
            ("withdrawal.requested", "withdrawal"),
            ("loan.listed", "loan"),
        ):
            if fact.type == opened:
                self._amounts[fact.source, kind, data[kind]] = data["amount"]
        change = self._change(fact, data)
        if change:
            self.held[fact.source] += change
            self._moved[fact.source, fact.id] = change
        return change

    def _change(self, fact: Fact, data: Data) -> int:
        change = 0
        match fact.type:
            case "pledge.collected":
                change = self._amounts[fact.source, "pledge", data["pledge"]]
            case "deposit.received":
                change = data["amount"]
            case "pledge.refunded" | "funds.released":
                change = -data["amount"]
            case "fee.charged" if "campaign" in data:  # on a loan the payer's own pocket pays
                change = -data["amount"]
            case "withdrawal.paid":
                change = -self._amounts[fact.source, "withdrawal", data["withdrawal"]]
            case "loan.disbursed":
                change = -self._amounts[fact.source, "loan", data["loan"]]
            case "repayment.received":
                change = data["principal"] + data["interest"] + data.get("penalty", 0)
            case "event.corrected":
                change = -self._moved.get((fact.source, data["corrects"]), 0)
        return change
