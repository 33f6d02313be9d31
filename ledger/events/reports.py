"""Reports: what a platform states about itself, month by month."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from msgspec import Meta

from ledger.events.base import MAX_AMOUNT, TEXT_PATTERN, Data, Month

MetricName = Annotated[str, Meta(min_length=1, max_length=128, pattern=TEXT_PATTERN)]


class PlatformReported(Data, frozen=True, kw_only=True):
    """The platform's own figures of one month, by name. Sent by the platform; a later report of a month restates it.

    The only place where numbers may be fractions: these are statements to compare, never money to add.
    """

    TYPE: ClassVar[str] = "platform.reported"

    month: Month
    # tidy: allow no-float -- the contract's one place for fractions: statements, never money
    metrics: Annotated[dict[MetricName, int | float], Meta(max_length=500)]

    def verify(self) -> None:
        """JSON has no infinity, but 1e999 reads as one; integers must be such that every reader has them exact."""
        for name, value in self.metrics.items():
            if isinstance(value, int):
                if abs(value) > MAX_AMOUNT:
                    raise ValueError(f"metric {name!r} is an integer beyond {MAX_AMOUNT}; write it with an exponent")
            elif not math.isfinite(value):
                raise ValueError(f"metric {name!r} is not a finite number")
