"""How each event's effect on states is taken back. Its entry is turned by `corrections.corrected`."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from ledger.decisions.campaigns import must_have_room
from ledger.decisions.funds import must_hold
from ledger.decisions.parties import counting, declarations, given
from ledger.decisions.promises import must_fit_cap, turn, turn_all
from ledger.decisions.resting import resting
from ledger.decisions.undo import Undo
from ledger.events.campaigns import CampaignAmended, CampaignClosed, CampaignDelivered, CampaignOpened
from ledger.events.complaints import ComplaintFiled
from ledger.events.custody import TransferReported
from ledger.events.disclosures import DisclosureFiled
from ledger.events.funds import (
    DepositReceived,
    FeeCharged,
    FundsReleased,
    FundsReturned,
    WithdrawalPaid,
    WithdrawalRejected,
    WithdrawalRequested,
)
from ledger.events.investors import InvestorDeclared
from ledger.events.parties import PartyRecorded, PartyVerified
from ledger.events.platforms import PlatformClosed, PlatformLicensed, PlatformReinstated, PlatformSuspended
from ledger.events.pledges import (
    PledgeCancelled,
    PledgeCollected,
    PledgeCollectionFailed,
    PledgeMade,
    PledgeReconfirmed,
    PledgeRefunded,
)
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.funds import Withdrawal
from ledger.states.parties import Declaration, Party
from ledger.states.platforms import Platform
from ledger.states.promises import status_of

# -- platforms and parties


def licensed(undo: Undo, data: PlatformLicensed) -> None:
    """The licence was not granted."""
    own = undo.key("platform", data.platform)
    platform = undo.state(Platform, own)
    kinds = () if data.kinds is UNSET else data.kinds
    for index, licence in enumerate(platform.licences):
        if (licence.granted_at, licence.kinds) == (undo.happened_at, kinds):
            left = platform.licences[:index] + platform.licences[index + 1 :]
            undo.put(own, replace(platform, licences=left))
            return
    undo.refuse("the licence is not on record")


def stood(undo: Undo, data: PlatformSuspended | PlatformReinstated | PlatformClosed) -> None:
    """The standing didn't change then."""
    own = undo.key("platform", data.platform)
    platform = undo.state(Platform, own)
    change = data.TYPE.partition(".")[2]
    left = tuple(each for each in platform.standing if (each.at, each.change) != (undo.happened_at, change))
    undo.put(own, replace(platform, standing=left))


def party_registered(undo: Undo, data: PartyRecorded) -> None:
    """The party can be registered anew, unless money would be lost sight of."""
    own = undo.key("party", data.party)
    party = undo.state(Party, own)
    undo.must(not party.cash and not party.owed, "the party has money waiting or owes some")
    undo.must_be_bare(own)
    undo.remove("party", data.party)


def verified(undo: Undo, data: PartyVerified) -> None:
    """One check of identity less."""
    own = undo.key("party", data.party)
    party = undo.state(Party, own)
    undo.put(own, replace(party, verified=max(party.verified - 1, 0)))


def declared(undo: Undo, data: InvestorDeclared) -> None:
    """If it is the one that counts, the one before it does again."""
    own = undo.key("declaration", data.investor)
    left = list(declarations(undo.state(Declaration, own)))
    same = [index for index, each in enumerate(left) if _says(each, data) and each.declared_at == undo.happened_at]
    undo.must(same, "many were declared since, and it is not kept any more")
    del left[same[-1]]
    if left:
        undo.put(own, counting(left))
    else:
        undo.remove("declaration", data.investor)


def _says(declaration: Declaration, data: InvestorDeclared) -> bool:
    fields = ("jurisdiction", "currency", "annual_income", "net_worth", "financial_assets", "accredited",
              "sophisticated", "experience_years", "knowledge_passed")  # fmt: skip
    same = all(getattr(declaration, name) == given(getattr(data, name)) for name in fields)
    return same and (declaration.valid_to is None) == (data.valid_to is UNSET)


# -- campaigns


def opened(undo: Undo, data: CampaignOpened) -> None:
    """Only before anybody promised anything."""
    own = undo.key("campaign", data.campaign)
    campaign = undo.state(Campaign, own)
    touched = campaign.pledges or campaign.lapsed
    untouched = campaign.status == "open" and not touched
    undo.must(untouched, "the campaign has pledges or was closed")
    undo.must_be_bare(own)
    undo.remove("campaign", data.campaign)


def amended(undo: Undo, data: CampaignAmended) -> None:
    """The terms before it, or those that another amendment agreed, count again: where what was promised fits them."""
    own = undo.key("campaign", data.campaign)
    campaign = undo.state(Campaign, own)
    agreed = list(campaign.terms())
    said = (undo.happened_at, given(data.goal), given(data.cap), data.deadline is UNSET, data.material)
    same = [index for index, each in enumerate(agreed) if index and (*each[:3], each[3] is None, each[4]) == said]
    undo.must(same, "the amendment is not on record")
    del agreed[same[-1]]
    after = campaign.agreeing(tuple(agreed))
    lapsed = [at for at, _ in campaign.lapses if at not in after.material]
    undo.must(not lapsed, "promises that were not reconfirmed after it have lapsed")
    must_have_room(own, after)
    if after.deadline < campaign.deadline:
        late = any(pledge.made_at > after.deadline for pledge in undo.boundary.pledges_of(own))
        undo.must(not late, "pledges were made after the deadline that would count again")
    undo.put(own, after)


def closed(undo: Undo, data: CampaignClosed) -> None:
    """It is open again, and so is every promise that ended with it and was not settled one by one since."""
    own = undo.key("campaign", data.campaign)
    campaign = undo.state(Campaign, own)
    undo.must(campaign.closed_at == undo.happened_at, "the campaign is not closed by it")
    reopened = replace(campaign, status="open", closed_at=None)
    after, undo.postings = turn_all(own, campaign, reopened, undo.boundary)
    undo.put(own, after)


def delivered(undo: Undo, data: CampaignDelivered) -> None:
    """The delivery reported before it counts again."""
    own = undo.key("campaign", data.campaign)
    campaign = undo.state(Campaign, own)
    said = (undo.happened_at, data.share)
    places = [place for place, each in enumerate(campaign.deliveries) if each == said]
    undo.must(places, "the delivery is not on record")
    # Of several that say the same of the same moment, it is the one before those that were told since.
    told_since = _same_since(undo, own, data) if len(places) > 1 else 0
    taken = places[-1 - told_since]
    left = campaign.deliveries[:taken] + campaign.deliveries[taken + 1 :]
    undo.put(own, replace(campaign, deliveries=left))


def _same_since(undo: Undo, own: str, data: CampaignDelivered) -> int:
    later = resting(undo.recorded, (own,), undo.boundary, {data.TYPE})
    return sum(
        each.happened_at == undo.recorded.happened_at and isinstance(each.data, CampaignDelivered)
        and each.data.share == data.share
        for each in later
    )  # fmt: skip


# -- pledges


def made(undo: Undo, data: PledgeMade) -> None:
    """The promise was never given."""
    own, pledge, campaign = _pledge(undo, data.pledge)
    undo.must(pledge.status == "pledged", f"the pledge is {pledge.status}")
    _turn(undo, own, (pledge, None), campaign)
    undo.remove("pledge", data.pledge)


def collected(undo: Undo, data: PledgeCollected) -> None:
    """The promise stands, the money is not there; refused where it has gone on already."""
    own, pledge, campaign = _pledge(undo, data.pledge)
    undo.must(
        pledge.status == "collected" and not pledge.refunded, "the pledge was refunded since, or is not collected"
    )
    must_hold(campaign, pledge.campaign, pledge.amount)
    _turn(undo, own, (pledge, replace(pledge, status="pledged", collected_at=None)), campaign)


def collection_failed(undo: Undo, data: PledgeCollectionFailed) -> None:
    """That attempt was never made."""
    own, pledge, campaign = _pledge(undo, data.pledge)
    left = list(pledge.failures)
    found = next((each for each in left if each[0] == undo.happened_at), None)
    undo.must(found is not None, "the failure is not on record")
    left = [each for each in left if each is not found]
    _turn(undo, own, (pledge, replace(pledge, failures=tuple(left))), campaign)


def cancelled(undo: Undo, data: PledgeCancelled) -> None:
    """The promise stands again, where the cap still has room for it; or is what its campaign's end made of it."""
    own, pledge, campaign = _pledge(undo, data.pledge)
    undo.must(pledge.status == "cancelled" and pledge.currency == campaign.currency, f"the pledge is {pledge.status}")
    after = replace(pledge, status="pledged", cancelled_at=None)
    if status_of(after, campaign) != "lapsed":
        must_fit_cap(pledge.campaign, campaign, pledge.amount)
    _turn(undo, own, (pledge, after), campaign)


def reconfirmed(undo: Undo, data: PledgeReconfirmed) -> None:
    """Nothing was confirmed: where the window is over, the promise has lapsed."""
    own, pledge, campaign = _pledge(undo, data.pledge)
    left = list(pledge.reconfirmed)
    undo.must(undo.happened_at in left, "the confirmation is not on record")
    left.remove(undo.happened_at)
    _turn(undo, own, (pledge, replace(pledge, reconfirmed=tuple(left))), campaign)


def refunded(undo: Undo, data: PledgeRefunded) -> None:
    """The money lies in escrow again."""
    own, pledge, campaign = _pledge(undo, data.pledge)
    after = replace(pledge, status="collected", refunded=pledge.refunded - data.amount)
    _turn(undo, own, (pledge, after), campaign)


def _turn(undo: Undo, own: str, pledges: tuple[Pledge, Pledge | None], campaign: Campaign) -> None:
    """The entry is what the pledge is worth without the event, less what it was: others may have ended it since."""
    changes, undo.postings = turn(own, *pledges, campaign)
    for changed, state in changes.items():
        undo.put(changed, state)


def _pledge(undo: Undo, name: str) -> tuple[str, Pledge, Campaign]:
    own = undo.key("pledge", name)
    pledge = undo.state(Pledge, own)
    undo.boundary.get(pledge.investor)  # read, so that the correction is tagged with the investor
    return own, pledge, undo.state(Campaign, pledge.campaign)


# -- funds


def released(undo: Undo, data: FundsReleased) -> None:
    """The money lies in escrow again."""
    own = undo.key("campaign", data.campaign)
    campaign = undo.state(Campaign, own)
    undo.must(campaign.released >= data.amount, "some of it came back since")
    undo.put(own, replace(campaign, released=campaign.released - data.amount))


def returned(undo: Undo, data: FundsReturned) -> None:
    """The money is out still; refused where it has gone on from escrow already."""
    own = undo.key("campaign", data.campaign)
    campaign = undo.state(Campaign, own)
    must_hold(campaign, own, data.amount)
    after = replace(campaign, released=campaign.released + data.amount, returned=campaign.returned - data.amount)
    undo.put(own, after)


def charged(undo: Undo, data: FeeCharged) -> None:
    """An issuer's fee lies in escrow again; other fees are no part of any state."""
    if data.campaign is UNSET or data.payer != "issuer":
        return
    own = undo.key("campaign", data.campaign)
    campaign = undo.state(Campaign, own)
    undo.put(own, replace(campaign, fees=campaign.fees - data.amount))


def deposited(undo: Undo, data: DepositReceived) -> None:
    """The money never came; the turned entry takes it from the investor's cash, or is refused."""
    undo.remove("deposit", data.deposit)


def requested(undo: Undo, data: WithdrawalRequested) -> None:
    """Nothing was asked for."""
    withdrawal = undo.state(Withdrawal, undo.key("withdrawal", data.withdrawal))
    undo.must(withdrawal.status == "requested", f"the withdrawal is {withdrawal.status}")
    undo.remove("withdrawal", data.withdrawal)


def answered(undo: Undo, data: WithdrawalPaid | WithdrawalRejected) -> None:
    """The request is open again."""
    own = undo.key("withdrawal", data.withdrawal)
    undo.put(own, replace(undo.state(Withdrawal, own), status="requested"))


# -- reports


def disclosed(undo: Undo, data: DisclosureFiled) -> None:
    """Nothing was filed."""
    undo.remove("disclosure", data.disclosure)


def complained(undo: Undo, data: ComplaintFiled) -> None:
    """Nobody complained."""
    undo.remove("complaint", data.complaint)


def transferred(undo: Undo, data: TransferReported) -> None:
    """Nothing was seen."""
    undo.remove("transfer", data.transfer)
