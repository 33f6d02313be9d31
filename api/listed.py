"""Lines of lists over all platforms, as pages and answers show them; and what a look-up finds."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

FOUND_MAX: Final = 10  # of each kind


class CampaignLine(msgspec.Struct, kw_only=True):
    """A campaign, money in minor units of `currency`; `position` is that of its opening."""

    platform: str
    campaign: str
    title: str
    kind: str
    status: str
    issuer: str
    currency: str
    goal: int
    pledged: int
    collected: int
    in_escrow: int
    pledges: int
    opened_at: datetime
    position: int


class LoanLine(msgspec.Struct, kw_only=True):
    """A loan, money in minor units of `currency`; `position` is that of its listing.

    `days_past_due` is that of today by its schedule, null where nothing is outstanding.
    """

    platform: str
    loan: str
    borrower: str
    status: str
    currency: str
    amount: int
    outstanding: int
    annual_rate: str
    term_months: int
    listed_at: datetime
    position: int
    days_past_due: int | None = None


class PledgeLine(msgspec.Struct, kw_only=True):
    """A pledge, money in minor units of `currency`; `position` is that of its making."""

    platform: str
    pledge: str
    campaign: str
    investor: str
    currency: str
    amount: int
    refunded: int
    status: str
    made_at: datetime
    position: int


class BidLine(msgspec.Struct, kw_only=True):
    """A bid for a loan, in minor units of `currency`; `position` is that of its placing."""

    platform: str
    bid: str
    loan: str
    investor: str
    currency: str
    amount: int
    status: str
    placed_at: datetime
    position: int


class Lot(NamedTuple):
    """Which campaigns, loans, pledges or bids: of a platform, with a status, of parties (keys), in `about` (a key)."""

    platform: str | None = None
    status: str | None = None
    parties: list[str] | None = None
    about: str | None = None
    largest: bool = False  # the largest first, else the newest


class Place(NamedTuple):
    """The last row before a page: its amount, where the largest come first, and its position."""

    amount: int
    position: int


class Hit(msgspec.Struct, kw_only=True):
    """Something that was found. `name` is its id, `about` what is known of it in a word: a title, a status, a type."""

    kind: str
    key: str
    platform: str
    name: str
    about: str
    exact: bool
    position: int | None = None
