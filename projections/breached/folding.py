"""Event by event: what is remembered of it, and which limits it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import UNSET

from ledger.accounts import Posting
from ledger.affiliates import controls
from ledger.breaches import Broken, Debt, Needs, law, needs, of_debt, of_investment, of_listing, of_success
from ledger.eligibility import Commitment, Facts, Offer
from ledger.events.bids import BidPlaced
from ledger.events.campaigns import CampaignClosed, CampaignOpened
from ledger.events.claims import ClaimTransferred
from ledger.events.investors import InvestorDeclared
from ledger.events.loans import LoanListed
from ledger.events.naming import referred
from ledger.events.parties import PartyRecorded, PartyRelated
from ledger.events.pledges import PledgeMade
from ledger.lending.days import add_months
from ledger.standings import figures_of, standings_of
from ledger.states.parties import Declaration
from projections.base import given, ppm
from projections.breached.desk import Contract, Declared, Desk, Line, Party
from projections.breached.naming import contract_of, item_of, party_of

if TYPE_CHECKING:
    from ledger.recorded import Recorded

_EPOCH: Final = date(1970, 1, 1).toordinal()
_WINDOW_MONTHS: Final = 12  # the longest period over which a law adds up
_OVER_MAX: Final = 10**12
_FAILED: Final = frozenset({"failed", "cancelled"})


def _day(days: int) -> date:
    return date.fromordinal(days + _EPOCH)


class Folding:
    """Folds events into a desk that was loaded for them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def fold(self, events: Sequence[Recorded]) -> None:
        """All events, in order."""
        for event in events:
            _FOLDS[event.type](self, event)

    # -- who is who

    def registered(self, event: Recorded) -> None:
        data = cast("PartyRecorded", event.data)
        self._desk.register(Party(party_of(event, data.party), data.kind, given(data.person)), event.position)

    def related(self, event: Recorded) -> None:
        data = cast("PartyRelated", event.data)
        if not controls(data.relation, None if data.share is UNSET else ppm(data.share)):
            return
        party, other = (referred("party", event.scope, name) for name in (data.party, data.to))
        self._desk.new["copy_relations"].append((event.position, party, other, event.day))

    def declared(self, event: Recorded) -> None:
        data, micros = cast("InvestorDeclared", event.data), int(event.happened_at.timestamp() * 1_000_000)
        valid_to = given(data.valid_to)
        # Told as a day, which ends at an offset that the event doesn't show: the day after it is over everywhere.
        ends = (
            None if valid_to is None else (date.fromisoformat(valid_to[:10]).toordinal() + 2 - _EPOCH) * 86_400_000_000
        )
        row = Declared(
            event.position, party_of(event, data.investor), data.jurisdiction, data.currency, micros,
            given(data.annual_income), given(data.net_worth), given(data.financial_assets), given(data.accredited),
            given(data.sophisticated), given(data.experience_years), ends,
        )  # fmt: skip
        self._desk.declared[row.party].append(row)
        self._desk.new["copy_declarations"].append(row)

    # -- campaigns and loans

    def opened(self, event: Recorded) -> None:
        data = cast("CampaignOpened", event.data)
        if needs(data.jurisdiction, data.kind):
            self._desk.open(
                Contract(
                    contract_of(event), data.kind, event.scope, party_of(event, data.issuer),
                    data.jurisdiction, data.currency, event.day, event.position,
                )
            )  # fmt: skip

    def listed(self, event: Recorded) -> None:
        data = cast("LoanListed", event.data)
        if not needs(data.jurisdiction, "lending"):
            return
        loan = Contract(
            contract_of(event), "lending", event.scope, party_of(event, data.borrower), data.jurisdiction,
            data.currency, event.day, event.position,
        )  # fmt: skip
        self._desk.open(loan)
        if needs(data.jurisdiction, "lending").terms:
            day = _day(event.day)
            rules = law(data.jurisdiction, "lending", day, day)
            self._found(
                event, loan, of_listing(data.term_months, day, date.fromisoformat(data.raise_until[:10]), rules)
            )

    def closed(self, event: Recorded) -> None:
        data = cast("CampaignClosed", event.data)
        campaign = self._desk.contracts.get(contract_of(event))
        if campaign is None:
            return
        if data.outcome in _FAILED:
            campaign.is_void = True
            self._desk.touch(campaign)
        elif needs(campaign.jurisdiction, campaign.kind).terms:
            began, day = _day(campaign.day), _day(event.day)
            self._found(event, campaign, of_success(began, day, law(campaign.jurisdiction, campaign.kind, day, began)))

    def lapsed(self, event: Recorded) -> None:
        loan = self._desk.contracts.get(contract_of(event))
        if loan is not None:
            loan.is_void = True
            self._desk.touch(loan)

    # -- what investors do

    def pledged(self, event: Recorded) -> None:
        data = cast("PledgeMade", event.data)
        campaign = self._desk.contracts.get(contract_of(event))
        if campaign is not None:
            self._invested(event, campaign, item_of(event), party_of(event, data.investor), data.amount)
            campaign.raised += data.amount
            self._desk.touch(campaign)

    def bid(self, event: Recorded) -> None:
        data = cast("BidPlaced", event.data)
        loan = self._desk.contracts.get(contract_of(event))
        if loan is not None:
            self._invested(event, loan, item_of(event), party_of(event, data.investor), data.amount)

    def sold(self, event: Recorded) -> None:
        data = cast("ClaimTransferred", event.data)
        loan = self._desk.contracts.get(contract_of(event))
        if loan is not None:
            self._desk.take(loan.key, party_of(event, data.seller), -data.principal)
            self._invested(event, loan, item_of(event), party_of(event, data.buyer), data.principal)

    def of_pledge(self, event: Recorded) -> None:
        """Cancelled, refunded, or confirmed again after it had lapsed."""
        line = self._desk.lines.get(item_of(event))
        if line is not None:
            refunded = event.type == "pledge.refunded"
            amount = -cast("Any", event.data).amount if refunded else promised(event)
            self.restate(line, amount)

    def restate(self, line: Line, amount: int) -> None:
        """So much more of a pledge stands, or less."""
        self._desk.move(line, amount)
        campaign = self._desk.contracts[line.contract]
        campaign.raised += amount
        self._desk.touch(campaign)

    def withdrawn(self, event: Recorded) -> None:
        line = self._desk.lines.get(item_of(event))
        if line is not None:
            self._desk.move(line, -line.amount)

    def lapse(self, event: Recorded) -> None:
        campaign = self._desk.contracts.get(contract_of(event))
        if campaign is not None:
            self.unpromise(event, campaign)

    def unpromise(self, event: Recorded, campaign: Contract) -> None:
        """What the postings say of open promises."""
        for account, _, amount in event.postings:
            if account.startswith("receivable/"):
                self._desk.take(campaign.key, f"party:{account[11:]}", amount)
                campaign.raised += amount
        self._desk.touch(campaign)

    # -- what borrowers do

    def disbursed(self, event: Recorded) -> None:
        loan = self._desk.contracts.get(contract_of(event))
        if loan is None:
            return
        self.repay(loan, event, event.postings)
        loan.owed_position = event.position
        if needs(loan.jurisdiction, "lending").owed:
            self._borrowed(event, loan)

    def repaid(self, event: Recorded) -> None:
        """Repaid, written off or settled."""
        loan = self._desk.contracts.get(contract_of(event))
        if loan is not None:
            self.repay(loan, event, event.postings)

    def repay(self, loan: Contract, event: Recorded, postings: Iterable[Posting]) -> None:
        """What the postings say of a loan: what is owed of it, and who holds how much."""
        for account, _, amount in postings:
            if account.startswith("principal/"):
                loan.owed -= amount
            # What was bid is what is held: paying out turns the one into the other.
            elif account.startswith("claim/") and event.type != "loan.disbursed":
                self._desk.take(loan.key, f"party:{event.scope}/{account.rpartition('/')[2]}", amount)
        self._desk.touch(loan)

    def _borrowed(self, event: Recorded, loan: Contract) -> None:
        selves = self._desk.same_person(loan.owner)
        debts = [
            Debt(each.platform, each.jurisdiction, each.currency, each.owed, each.owed_position or 0)
            for key in selves
            for each in self._desk.owned[key].values()
            if each.owed > 0 and each.key != loan.key
        ]
        new = Debt(loan.platform, loan.jurisdiction, loan.currency, loan.owed, event.position)
        party = self._desk.parties.get(loan.owner)
        rules = law(loan.jurisdiction, "lending", _day(event.day), _day(loan.day))
        if party is not None:
            self._found(event, loan, of_debt(party.kind, new, sorted(debts, key=lambda each: each.position), rules))

    # -- the judge's part

    def _invested(self, event: Recorded, contract: Contract, item: str, investor: str, amount: int) -> None:
        asked = needs(contract.jurisdiction, contract.kind)
        if asked.money:
            self._found(event, contract, self._judged(event, contract, investor, amount, asked), investor)
            self._desk.promise(Line(event.position, item, investor, contract.key, amount, amount, event.day))

    def _judged(self, event: Recorded, contract: Contract, investor: str, amount: int, asked: Needs) -> list[Broken]:
        """Each limit once, on the first day on which it is broken: told late, it may break one with what came after."""
        own = _day(event.day)
        last = add_months(own, _WINDOW_MONTHS)
        commitments = list(self._commitments(investor)) if asked.invested else []
        offers, links = self._offers(contract) if asked.offers else ([], ())
        declared = self._declared(investor, contract.jurisdiction, event)
        party = self._desk.parties[investor]
        state = None if declared is None else _state(declared)
        figures = figures_of(state, amount)
        found: dict[str, Broken] = {}
        for day in sorted({own, *(each.day for each in commitments if own < each.day <= last)}):
            rules = law(contract.jurisdiction, contract.kind, day, _day(contract.day))
            facts = Facts(
                day=day,
                amount=amount,
                currency=contract.currency,
                platform=contract.platform,
                other=self._desk.behind(contract.owner),
                party=party.kind,
                identified=True,  # what isn't known to be hers could only add: what is broken without it is broken
                commitments=[each for each in commitments if each.day <= day],
                figures=figures,
                figures_currency=declared.currency if declared else None,
                standings=standings_of(state, figures, party.kind, rules),
                holders=self._holders(contract, investor) if asked.holders else None,
                offers=offers,
                term_months=None,
            )
            for broken in of_investment(facts, rules):
                found.setdefault(broken.rule, _with(broken, contract, declared, links))
        return list(found.values())

    def _commitments(self, investor: str) -> Iterable[Commitment]:
        for party in self._desk.same_person(investor):
            for line in self._desk.by_party[party].values():
                contract = self._desk.contracts[line.contract]
                if line.amount and not contract.is_void:
                    yield Commitment(
                        _day(line.day), line.amount, contract.currency, contract.platform, contract.key,
                        self._desk.behind(contract.owner), contract.kind, contract.jurisdiction, line.position,
                    )  # fmt: skip

    def _offers(self, contract: Contract) -> tuple[list[Offer], tuple[int, ...]]:
        """What the issuer's group raised under the law of this contract, and the relations that make it a group."""
        desk = self._desk
        own, whole = set(desk.same_person(contract.owner)), desk.group(contract.owner, contract.day)
        offers = [
            Offer(
                _day(each.day), each.raised, each.currency, each.kind, each.jurisdiction, key not in own, each.position
            )
            for key in sorted(whole.parties)
            for each in desk.owned[key].values()
            if not each.is_void
        ]
        return offers, tuple(link.position for link in whole.links)

    def _holders(self, contract: Contract, investor: str) -> int:
        held = {line.party for line in self._desk.by_contract[contract.key].values() if line.amount}
        return len({self._desk.behind(party) for party in held | {investor}})

    def _declared(self, investor: str, jurisdiction: str, event: Recorded) -> Declared | None:
        """What she had declared last by then, on any platform, under that law and still in date."""
        at = int(event.happened_at.timestamp() * 1_000_000)
        found = [
            each
            for party in self._desk.same_person(investor)
            for each in self._desk.declared[party]
            if each.jurisdiction == jurisdiction
            and each.declared_at <= at
            and (each.valid_to is None or each.valid_to >= at)
        ]
        return max(found, key=lambda each: (each.declared_at, each.position), default=None)

    def _found(self, event: Recorded, contract: Contract, found: Iterable[Broken], investor: str | None = None) -> None:
        for broken in found:
            subject = _subject(broken, contract, investor)
            person = self._desk.behind(subject) if subject.startswith("party:") else subject
            missed = abs(broken.figure - broken.limit)
            self._desk.new["copy_breaches"].append(
                (
                    event.position, broken.rule, broken.citation, contract.platform, broken.about, subject, person,
                    contract.key, broken.unit, broken.figure, broken.limit, broken.bound,
                    min(missed * 10_000 // max(broken.limit, 1), _OVER_MAX), list(broken.evidence),
                    [Decimal(each) for each in broken.counted], 0, event.day, int(event.happened_at.timestamp()),
                )
            )  # fmt: skip


def _with(broken: Broken, contract: Contract, declared: Declared | None, links: tuple[int, ...]) -> Broken:
    """With what else it rests on: events that add nothing to the figure."""
    more: tuple[int, ...] = (contract.position,) if broken.about == "campaign" else ()
    if broken.about == "investor" and declared is not None:
        more = (declared.position,)
    elif broken.about == "issuer":
        more = links
    return broken._replace(evidence=(*broken.evidence, *more), counted=(*broken.counted, *(0 for _ in more)))


def _subject(broken: Broken, contract: Contract, investor: str | None) -> str:
    if broken.about == "investor":
        assert investor is not None
        return investor
    return contract.owner if broken.about in {"issuer", "borrower"} else contract.key


def _state(declared: Declared) -> Declaration:
    return Declaration(
        declared.declared_at, declared.jurisdiction, declared.currency, declared.annual_income, declared.net_worth,
        declared.financial_assets, declared.accredited, declared.sophisticated, declared.experience_years, None,
        declared.valid_to,
    )  # fmt: skip


def promised(event: Recorded) -> int:
    """By how much the postings move what is promised and open."""
    return sum(amount for account, _, amount in event.postings if account.startswith("receivable/"))


_FOLDS: Final[dict[str, Callable[[Folding, Any], None]]] = {
    "party.registered": Folding.registered,
    "party.related": Folding.related,
    "investor.declared": Folding.declared,
    "campaign.opened": Folding.opened,
    "campaign.closed": Folding.closed,
    "pledge.made": Folding.pledged,
    "pledge.cancelled": Folding.of_pledge,
    "pledge.reconfirmed": Folding.of_pledge,
    "pledge.refunded": Folding.of_pledge,
    "pledges.lapsed": Folding.lapse,
    "loan.listed": Folding.listed,
    "loan.lapsed": Folding.lapsed,
    "loan.disbursed": Folding.disbursed,
    "bid.placed": Folding.bid,
    "bid.withdrawn": Folding.withdrawn,
    "claim.transferred": Folding.sold,
    "repayment.received": Folding.repaid,
    "loan.written_off": Folding.repaid,
    "loan.settled": Folding.repaid,
}
TYPES: Final = frozenset(_FOLDS)
