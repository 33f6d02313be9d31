"""What holds for the money at every position: states held against the books and against each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from ledger import accounts
from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.loans import Bid, Loan
from ledger.states.parties import Party

Balances = Mapping[tuple[str, str], int]  # (account, currency) -> minor units
Figures = dict[tuple[str, str], int]

# What can never be below zero, and never above; a pocket (investor, issuer, borrower) can be either.
_NOT_BELOW = frozenset({"cash", "escrow", "fees", "receivable", "claim"})
_NOT_ABOVE = frozenset({"pledged", "principal", "outside"})


def end_of(pledge: Pledge, campaign: Campaign) -> tuple[int, str] | None:
    """When and how a promise ended together with others, whatever became of it by itself."""
    ends = [(campaign.closed_at, "void")] if campaign.status in {"failed", "cancelled"} and campaign.closed_at else []
    for changed, by in campaign.lapses:
        if pledge.made_at < changed and all(not changed <= said <= by for said in pledge.reconfirmed):
            ends.append((by + 1, "lapsed"))
    return min(ends, default=None)


def standing(pledge: Pledge, campaign: Campaign) -> str:
    """pledged, collected, refunded, cancelled, void, lapsed."""
    end = end_of(pledge, campaign)
    return end[1] if end and pledge.status == "pledged" else pledge.status


def check(states: Mapping[str, State], balances: Balances) -> None:
    """All of it; `states` by key, those of corrected entities may be among them."""
    assert not any(accounts.trial_balance(accounts.Posting(a, c, n) for (a, c), n in balances.items()).values())
    for (account, currency), balance in balances.items():
        kind = account.partition("/")[0]
        assert balance >= 0 or kind not in _NOT_BELOW, (account, currency, balance)
        assert balance <= 0 or kind not in _NOT_ABOVE, (account, currency, balance)
    should = _Books(states)
    for kind, figures in should.by_kind.items():
        actual = {name: n for name, n in balances.items() if n and name[0].partition("/")[0] == kind}
        assert actual == {name: n for name, n in figures.items() if n}, (kind, actual, figures)
    should.check_sums()


class _Books:
    """The balances that the states say there are."""

    def __init__(self, states: Mapping[str, State]) -> None:
        self.states = states
        kinds = ("cash", "escrow", "receivable", "pledged", "claim", "principal")
        self.by_kind: dict[str, defaultdict[tuple[str, str], int]] = {kind: defaultdict(int) for kind in kinds}
        self.pledges: defaultdict[str, list[Pledge]] = defaultdict(list)
        self.bids: defaultdict[str, list[Bid]] = defaultdict(list)
        self.owed: defaultdict[tuple[str, str], int] = defaultdict(int)
        for key, state in states.items():
            if isinstance(state, Party):
                self._party(key, state)
            elif isinstance(state, Campaign):
                self.by_kind["escrow"][accounts.escrow(key), state.currency] = state.escrow
            elif isinstance(state, Pledge):
                self._pledge(state)
            elif isinstance(state, Loan):
                self._loan(key, state)
            elif isinstance(state, Bid):
                self.bids[state.loan].append(state)

    def _party(self, key: str, party: Party) -> None:
        assert all(n > 0 for n in (*party.cash.values(), *party.owed.values())), (key, party)
        for currency, waiting in party.cash.items():
            self.by_kind["cash"][accounts.cash(key), currency] = waiting

    def _pledge(self, pledge: Pledge) -> None:
        if pledge.status == "cancelled":
            return  # perhaps of a former campaign of this name, which was corrected away
        self.pledges[pledge.campaign].append(pledge)
        assert 0 <= pledge.refunded <= pledge.amount, pledge
        assert (pledge.status == "refunded") == (pledge.refunded == pledge.amount), pledge
        assert pledge.status in {"collected", "refunded"} or not pledge.refunded, pledge
        campaign = self.states[pledge.campaign]
        assert isinstance(campaign, Campaign), pledge
        assert campaign.currency == pledge.currency, (pledge, campaign)
        if standing(pledge, campaign) == "pledged":
            self.by_kind["receivable"][accounts.receivable(pledge.investor), pledge.currency] += pledge.amount
            self.by_kind["pledged"][accounts.pledged(pledge.campaign), pledge.currency] -= pledge.amount

    def _loan(self, key: str, loan: Loan) -> None:
        for holder, part in loan.holders.items():
            assert part > 0, (key, loan)
            self.by_kind["claim"][accounts.claim(key, holder), loan.currency] = part
        self.by_kind["principal"][accounts.principal(key), loan.currency] = -loan.outstanding
        if loan.status == "listed":
            self.owed[loan.borrower, loan.currency] += loan.amount
        elif loan.status not in {"lapsed", "settled"}:
            self.owed[loan.borrower, loan.currency] += loan.outstanding + loan.lost

    def check_sums(self) -> None:
        """One entity's figures against those of the entities under it."""
        for key, state in self.states.items():
            if isinstance(state, Campaign):
                self._check_campaign(key, state)
            elif isinstance(state, Loan):
                self._check_loan(key, state)
            elif isinstance(state, Party):
                owed = {c: n for (party, c), n in self.owed.items() if party == key and n}
                assert state.owed == owed, (key, state.owed, owed)

    def _check_campaign(self, key: str, campaign: Campaign) -> None:
        sums: Counter[str] = Counter()
        for pledge in self.pledges[key]:
            now = standing(pledge, campaign)
            sums[now] += pledge.amount
            sums["paid"] += pledge.amount if pledge.status in {"collected", "refunded"} else 0
            sums["number"] += now in {"pledged", "collected", "refunded"}
            sums["refunds"] += pledge.refunded
            if pledge.collected_at and end_of(pledge, campaign):
                sums["due"] += pledge.amount - pledge.refunded
                sums["ended"] += pledge.amount
        told = (campaign.collected, campaign.refunded, campaign.voided, campaign.lapsed, campaign.due, campaign.pledges)
        figures = tuple(sums[name] for name in ("paid", "refunds", "void", "lapsed", "due", "number"))
        assert told == figures, (key, campaign)
        assert campaign.pledged == sums["paid"] + sums["pledged"], (key, campaign)
        assert min(campaign.refunded, campaign.released, campaign.fees, campaign.escrow) >= 0, (key, campaign)
        assert campaign.released + campaign.refunded + campaign.fees <= campaign.collected, (key, campaign)
        # Money that came for an ended promise, and was told late, may find its room taken: it is owed back.
        assert campaign.cap is None or campaign.pledged - sums["ended"] <= campaign.cap, (key, campaign)

    def _check_loan(self, key: str, loan: Loan) -> None:
        assert sum(loan.holders.values()) == loan.outstanding, (key, loan)
        assert min(loan.outstanding, loan.lost, loan.funded, loan.bid_count, *loan.losers.values(), 0) >= 0, (key, loan)
        assert loan.outstanding + loan.lost <= loan.amount, (key, loan)
        assert loan.lost == sum(loan.losers.values()), (key, loan)
        bids = [bid.amount for bid in self.bids[key] if bid.status == "placed"]
        assert (loan.funded, loan.bid_count) == (sum(bids), len(bids)), (key, loan, bids)
        assert loan.funded <= loan.amount, (key, loan)
        running = loan.status in {"disbursed", "defaulted"}
        assert running or loan.status == "written_off" or not loan.outstanding, (key, loan)
        if loan.status in {"listed", "lapsed"}:
            assert sum(amount for _, amount in loan.bids.values()) == loan.funded, (key, loan)
            assert (loan.holders, loan.outstanding, loan.lost) == ({}, 0, 0), (key, loan)
        elif loan.outstanding or loan.lost:
            assert loan.funded == loan.amount, (key, loan)
