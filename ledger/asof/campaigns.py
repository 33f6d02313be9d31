"""A campaign as of two times: terms and ends from what was reported, money from the recorded postings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import replace

from ledger.accounts import escrow, pledged
from ledger.asof import pledges
from ledger.asof.facts import Fact
from ledger.decisions.parties import given
from ledger.events.campaigns import CampaignAmended, CampaignClosed, CampaignDelivered, CampaignOpened
from ledger.events.funds import FeeCharged, FundsReleased, FundsReturned
from ledger.events.naming import key
from ledger.events.pledges import PledgeCollected, PledgeRefunded, PledgesLapsed
from ledger.states.campaigns import Agreed, Campaign
from ledger.states.promises import ZERO, book

OPENING: Final = CampaignOpened.TYPE
# What a line on the escrow account means, and the sign that makes it positive.
_ESCROW: Final = {
    PledgeCollected.TYPE: ("collected", 1),
    PledgeRefunded.TYPE: ("refunded", -1),
    FundsReleased.TYPE: ("released", -1),
    FundsReturned.TYPE: ("returned", 1),
    FeeCharged.TYPE: ("fees", -1),
}
TERMS: Final = frozenset(
    {OPENING, CampaignAmended.TYPE, CampaignClosed.TYPE, CampaignDelivered.TYPE, PledgesLapsed.TYPE}
)
READ: Final = TERMS | pledges.READ
TYPES: Final = READ | pledges.TYPES | _ESCROW.keys()


def campaign(own: str, facts: Iterable[Fact]) -> Campaign | None:
    """Fold the facts of one campaign (its key is `own`); None where none of them opens it.

    The campaign's own facts come first, then those of one pledge after the other, each in order of valid time: so the
    memory needed is that of one pledge, however many there are. Money is what the recorded postings add up to; how many
    promises stood or were ended is counted pledge by pledge.
    """
    fold = _Fold(own)
    for name, group in groupby(facts, attrgetter("pledge")):
        if name is None:
            for fact in group:
                fold.take(fact)
        else:
            fold.take_pledge(name, list(group))
    return fold.campaign()


class _Fold:
    def __init__(self, own: str) -> None:
        self.escrow, self.pledged = escrow(own), pledged(own)
        self.opening: Fact | None = None
        self.terms: dict[str, Any] = {"deliveries": (), "lapses": ()}
        self.amendments: list[Agreed] = []
        self.moved: Counter[str] = Counter()
        self.promises = ZERO
        self.ended: Campaign | None = None  # with all its terms, before the pledges are counted

    def take(self, fact: Fact) -> None:
        """One of the campaign's own facts."""
        self.move(fact)
        if not fact.stands:
            return
        if fact.type == OPENING:
            self.opening = fact
        elif isinstance(fact.data, CampaignAmended):
            self.amendments.append(_amendment(fact, fact.data))
        elif fact.data is not None:
            _term(self.terms, fact)

    def take_pledge(self, name: str, facts: list[Fact]) -> None:
        """All facts of one pledge."""
        for fact in facts:
            self.move(fact)
        if self.ended is None:
            self.ended = self.agreed()
        pledge = pledges.pledge(name, facts)
        if pledge is not None and self.ended is not None:
            self.promises = self.promises.plus(book(pledge, self.ended))

    def move(self, fact: Fact) -> None:
        """Add what the fact moved on the campaign's two accounts."""
        for account, _, amount in fact.postings:
            if account == self.escrow:
                name, sign = _ESCROW[fact.type]
                self.moved[name] += sign * amount
            elif account == self.pledged:
                self.moved["owed"] -= amount

    def agreed(self) -> Campaign | None:
        """The campaign's terms and its end, without a figure."""
        if self.opening is None:
            return None
        data = self.opening.data
        assert isinstance(data, CampaignOpened)
        first = {"goal": data.goal, "cap": given(data.cap), "deadline": self.opening.until(data.deadline)}
        opened = Campaign(
            kind=data.kind,
            issuer=key("party", self.opening.scope, data.issuer),
            currency=data.currency,
            minimum=given(data.minimum) or 0,
            funding=data.funding,
            jurisdiction=data.jurisdiction,
            opened_at=self.opening.happened_at,
            **{**first, **self.terms},
        )
        return opened.agreeing((*opened.terms(), *self.amendments))

    def campaign(self) -> Campaign | None:
        """What it came to."""
        agreed, money = self.agreed(), self.moved
        if agreed is None:
            return None
        return replace(
            agreed,
            pledged=money["owed"] + money["collected"],
            collected=money["collected"],
            refunded=money["refunded"],
            released=money["released"] - money["returned"],
            returned=money["returned"],
            fees=money["fees"],
            pledges=self.promises.number,
            voided=self.promises.voided,
            lapsed=self.promises.lapsed,
            due=self.promises.due,
            at_close=self.promises.at_close,
        )


def _term(terms: dict[str, Any], fact: Fact) -> None:
    data, at = fact.data, fact.happened_at
    if isinstance(data, CampaignClosed):
        terms |= {"status": data.outcome, "closed_at": at}
    elif isinstance(data, CampaignDelivered):
        terms["deliveries"] += ((at, data.share),)
    elif isinstance(data, PledgesLapsed):
        window = fact.until(data.amended_at), fact.until(data.reconfirm_by)
        terms["lapses"] = tuple(sorted((*terms["lapses"], window)))


def _amendment(fact: Fact, data: CampaignAmended) -> Agreed:
    deadline = None if data.deadline is UNSET else fact.until(data.deadline)
    return fact.happened_at, given(data.goal), given(data.cap), deadline, data.material
