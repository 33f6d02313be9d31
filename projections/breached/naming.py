"""What events name: the keys of what has to be known to fold them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import UNSET

from ledger.breaches import needs
from ledger.events.bids import BidPlaced, BidWithdrawn
from ledger.events.campaigns import CampaignClosed, CampaignOpened
from ledger.events.claims import ClaimTransferred
from ledger.events.loans import LoanListed
from ledger.events.parties import PartyRecorded
from ledger.events.pledges import PledgeMade, PledgesLapsed
from projections.breached.desk import Asked

if TYPE_CHECKING:
    from ledger.recorded import Recorded


def asked_for(events: Iterable[Recorded]) -> Asked:
    """What the events name."""
    asked = Asked()
    for event in events:
        if (name := _NAMES.get(event.type)) is not None:
            name(event, asked)
    return asked


def _name_pledge(event: Recorded, asked: Asked) -> None:
    data = cast("PledgeMade", event.data)
    asked.investors.setdefault(contract_of(event), set()).add(party_of(event, data.investor))


def _name_bid(event: Recorded, asked: Asked) -> None:
    data = cast("BidPlaced", event.data)
    asked.investors.setdefault(contract_of(event), set()).add(party_of(event, data.investor))


def _name_sale(event: Recorded, asked: Asked) -> None:
    data = cast("ClaimTransferred", event.data)
    asked.whole.add(contract_of(event))
    asked.investors.setdefault(contract_of(event), set()).add(party_of(event, data.buyer))


def _name_whole(event: Recorded, asked: Asked) -> None:
    asked.whole.add(contract_of(event))


def _name_lapse(event: Recorded, asked: Asked) -> None:
    asked.whole.add(contract_of(event))


def _name_party(event: Recorded, asked: Asked) -> None:
    data = cast("PartyRecorded", event.data)
    if data.person is not UNSET:
        asked.registered[party_of(event, data.party)] = data.person


def _name_campaign(event: Recorded, asked: Asked) -> None:
    data = cast("CampaignOpened", event.data)
    if wanted := needs(data.jurisdiction, data.kind):
        asked.opened[contract_of(event)] = wanted
        asked.owners.add(party_of(event, data.issuer))


def _name_loan(event: Recorded, asked: Asked) -> None:
    data = cast("LoanListed", event.data)
    if wanted := needs(data.jurisdiction, "lending"):
        asked.opened[contract_of(event)] = wanted
        asked.owners.add(party_of(event, data.borrower))


_NAMES: Final[dict[str, Callable[[Any, Asked], None]]] = {
    "party.registered": _name_party,
    "campaign.opened": _name_campaign,
    "loan.listed": _name_loan,
    "pledge.made": _name_pledge,
    "bid.placed": _name_bid,
    "claim.transferred": _name_sale,
    "pledge.cancelled": lambda event, asked: asked.items.add(item_of(event)),
    "pledge.reconfirmed": lambda event, asked: asked.items.add(item_of(event)),
    "pledge.refunded": lambda event, asked: asked.items.add(item_of(event)),
    "bid.withdrawn": lambda event, asked: asked.items.add(item_of(event)),
    "campaign.closed": lambda event, asked: asked.contracts.add(contract_of(event)),
    "pledges.lapsed": _name_lapse,
    "loan.lapsed": lambda event, asked: asked.contracts.add(contract_of(event)),
    "loan.disbursed": lambda event, asked: asked.contracts.add(contract_of(event)),
    "repayment.received": _name_whole,
    "loan.written_off": _name_whole,
    "loan.settled": _name_whole,
}


def party_of(event: Recorded, name: str) -> str:
    """The key of a party that the event names."""
    return f"party:{event.scope}/{name}"


def contract_of(event: Recorded) -> str:
    """The key of the campaign or loan that the event names."""
    data = event.data
    if isinstance(data, PledgesLapsed):
        return f"campaign:{data.platform}/{data.campaign}"
    if isinstance(data, PledgeMade | CampaignOpened | CampaignClosed):
        return f"campaign:{event.scope}/{data.campaign}"
    return f"loan:{event.scope}/{cast('Any', data).loan}"


def item_of(event: Recorded) -> str:
    """The key of the line that the event makes or changes."""
    if event.type == "claim.transferred":
        return f"claim:{event.position}"
    data = cast("Any", event.data)
    if isinstance(data, BidPlaced | BidWithdrawn):
        return f"bid:{event.scope}/{data.bid}"
    return f"pledge:{event.scope}/{data.pledge}"
