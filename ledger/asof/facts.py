"""What the folds take: events that had happened and were known, and what of them was corrected as far as was known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

from ledger.accounts import Posting
from ledger.decisions.base import micros
from ledger.events.base import Data
from ledger.events.checks import until

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Fact(NamedTuple):
    """One event. `happened_at` is valid time in Unix microseconds; `data` is None where no fold looks at it.

    A correction is a fact of the type and the time of what it corrects, with its own postings. Neither of the two
    `stands`: both moved money, and nothing else of them counts.
    """

    position: int
    scope: str
    type: str
    happened_at: int
    offset: timezone  # in which the sender told the time: what a date in `data` means depends on it
    data: Data | None
    postings: tuple[Posting, ...]
    stands: bool = True
    pledge: str | None = None  # key of the pledge that it is about, where it was asked for

    def until(self, text: str) -> int:
        """The instant of a `deadline` or `raise_until`, Unix microseconds."""
        return micros(until(text, self.offset))

    @property
    def on(self) -> date:
        """The calendar day on which it happened where the sender was."""
        return (_EPOCH + timedelta(microseconds=self.happened_at)).astimezone(self.offset).date()

    def moved(self, account: str) -> int:
        """What the event's recorded postings did to one account, minor units."""
        return sum(line.amount for line in self.postings if line.account == account)
