"""Exchange rates as somebody published them. Nothing is converted without one."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from ledger.events.base import CurrencyCode, Data, Date, Short

ExchangeRate = Annotated[
    str, Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,12})?\Z", description='A decimal above zero: "7.1234".')
]


class RateReported(Data, frozen=True, kw_only=True):
    """One unit of `base` was worth `rate` units of `quote` on `date`, as `provider` published. Sent by the registry.

    A later report of the same day restates it. Sums in several currencies are converted with the newest rate on or
    before the day that is asked about, either way round; where there is none they are not added up.
    """

    TYPE: ClassVar[str] = "rate.reported"
    SENDER: ClassVar[str] = "registry"

    base: CurrencyCode
    quote: CurrencyCode
    rate: ExchangeRate
    date: Date
    provider: Short

    def verify(self) -> None:
        """A currency has no rate to itself, and nothing is worth nothing."""
        if self.base == self.quote:
            raise ValueError(f"base and quote are both {self.base!r}")
        if not self.rate.strip("0."):
            raise ValueError("rate is zero")
