"""What the office looks things up with: lists over all platforms, what concerns an entity, who paid whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from api.facts import Read
from api.listed import BidLine, CampaignLine, Hit, LoanLine, Lot, Place, PledgeLine
from api.money_flow import FlowQuestion, MoneyFlow
from ledger.recorded import Recorded
from projections.filings import Complaint, Disclosure


@dataclass(frozen=True, kw_only=True)
class Look:
    """Bounded questions, each answered from one snapshot. A list goes on before a place: the newest, or the largest."""

    flow: Callable[[FlowQuestion], Read[MoneyFlow]]
    campaigns: Callable[[Lot, Place | None, int], Read[list[CampaignLine]]]
    campaign_line: Callable[[str], Read[CampaignLine | None]]
    loans: Callable[[Lot, Place | None, int, int], Read[list[LoanLine]]]  # the last: days past due, 0 for any
    pledges: Callable[[Lot, Place | None, int], Read[list[PledgeLine]]]
    bids: Callable[[Lot, Place | None, int], Read[list[BidLine]]]
    filed: Callable[[str], Read[tuple[list[Disclosure], list[Complaint]]]]  # about an entity (key)
    events_about: Callable[[str, int | None, int], Read[list[Recorded]]]  # an entity (key), before a position
    find: Callable[[str], Read[list[Hit]]]
