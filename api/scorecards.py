"""What is told of platforms: lists in pages, their months, the figures of the whole market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from projections.platform_months import MarketSum, Owing, Sum
from projections.platforms import Standing
from risk.index.combined import Index

SEVERITIES: Final = ("critical", "high", "medium", "low", "info")


class Registered(NamedTuple):
    """A platform as the register has it, and how much it reports."""

    id: str
    name: str
    kinds: list[str]
    status: str
    jurisdiction: str
    region: str | None
    licence: str | None
    licence_valid_to: date | None
    registered_at: datetime
    events: int
    last_happened_at: datetime | None
    last_recorded_at: datetime | None


class Wanted(NamedTuple):
    """Which platforms; None: any. `text` is looked for in id, name, licence and region."""

    kind: str | None = None
    status: str | None = None
    text: str | None = None


class Held(NamedTuple):
    """What custodians reported last, and what the log derives for the end of the same day; minor units."""

    currency: str
    reported: int | None
    as_of: datetime | None
    derived: int

    @property
    def gap(self) -> int | None:
        """What is there too much (or, negative, is missing); None where nothing was reported."""
        return None if self.reported is None else self.reported - self.derived


class Listed(NamedTuple):
    """A platform in the office's list; `open` is how many alerts are not closed, by severity."""

    platform: Registered
    open: Mapping[str, int]
    custody: Sequence[Held]

    @property
    def place(self) -> tuple[int, int, int, int, int, str]:
        """Where it stands in the list: the row before the next page."""
        critical, high, medium, low, info = (self.open[each] for each in SEVERITIES)
        return critical, high, medium, low, info, self.platform.id


class FoundAlerts(NamedTuple):
    """Alerts found in a month (year * 12 + month - 1); `outcome` is `open`, or what it was closed with."""

    month: int
    severity: str
    outcome: str
    alerts: int


class Refused(NamedTuple):
    """What was refused in a month, by code."""

    month: int
    code: str
    events: int


class PlatformHistory(NamedTuple):
    """A platform's months from `first` to `last` (year * 12 + month - 1)."""

    first: int
    last: int
    sums: Sequence[Sum]
    alerts: Sequence[FoundAlerts]
    refused: Sequence[Refused]


class MarketHistory(NamedTuple):
    """All platforms together; `owing` is at the end of `last`. `numbers`: platforms by kind and status."""

    first: int
    last: int
    sums: Sequence[MarketSum]
    owing: Sequence[Owing]
    numbers: Sequence[tuple[str, str, int]]


class Indexes(NamedTuple):
    """The platform index of the newest months, by month (YYYY-MM) and platform, as of a position; computed `at`."""

    position: int
    at: datetime
    months: Mapping[str, Mapping[str, Index]]


__all__ = [
    "SEVERITIES", "FoundAlerts", "Held", "Indexes", "Listed", "MarketHistory", "MarketSum", "Owing", "PlatformHistory",
    "Refused", "Registered", "Standing", "Sum", "Wanted",
]  # fmt: skip
