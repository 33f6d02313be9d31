"""What is told of people's exposure, and of how a platform's book is shared out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ledger.concentration import Concentration
from ledger.exchange import Rates
from projections.exposed import Stake, Waiting
from projections.exposure import Counterparty, Exposure
from projections.grouped import Group


class GroupStake(NamedTuple):
    """Counterparties (keys) that are one group, and what is at stake with them together, minor units."""

    parties: list[str]
    currency: str
    amount: int
    contracts: int


class PartyExposure(NamedTuple):
    """A person's exposure over `parties` (keys). `known`: since when, where it was not at the time asked for."""

    parties: list[str]
    exposures: list[Exposure]
    counterparties: list[Counterparty]
    waiting: list[Waiting]
    more: bool = False  # there are smaller counterparties
    known: datetime | None = None
    contracts: Sequence[Stake] = ()  # the largest
    group: Group | None = None  # with its affiliates; of an answer over all platforms
    group_exposures: Sequence[Exposure] = ()
    groups: Sequence[GroupStake] = ()  # counterparties that are one group
    rates: Rates | None = None  # between the currencies that occur, where one was asked for


class ShareLimit(NamedTuple):
    """The largest lender of a platform with its affiliates (keys) against a limit on shares, in basis points."""

    rule: str
    citation: str
    outcome: str
    why: str | None
    currency: str
    parties: list[str]
    share_bp: int
    limit_bp: int | None


class Shared(NamedTuple):
    """Concentration by side (borrowers, lenders), currency and the moment just before which it was so."""

    rows: list[tuple[str, str, datetime, Concentration]]
    limits: list[ShareLimit]
