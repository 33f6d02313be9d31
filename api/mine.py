"""What an investor is shown of herself: rows of the views over all platforms, with what law and calendar add."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from api.access import Herself
from api.facts import Read
from ledger.eligibility import Check
from ledger.lending.figures import Figures
from ledger.recorded import Recorded
from ledger.states.parties import Declaration
from ledger.windows import Window
from projections.filings import Filed, Wanted
from projections.mine import Cash, Event, Known, Loan, LoanStep, LoanSums, Pledge, Receipt, Sums


class Owned(NamedTuple):
    """A pledge. `cancellable`: until when she may take it back. `reconfirm`: by when she is asked to confirm it again.

    `asked` is True where she is asked and no law says by when, too.
    """

    pledge: Pledge
    cancellable: Window | None
    asked: bool
    reconfirm: Window | None


class PledgeStory(NamedTuple):
    """A pledge with what happened to it and to its campaign, in order."""

    owned: Owned
    events: Sequence[Event]


class Lending(NamedTuple):
    """Her part of a loan, minor units. `lent` became hers, whether by a bid or bought, less what she sold.

    `lost` was given up and has not been recovered. `figures` are the whole loan's on the day of the question;
    `next_due_amount` is her part of the next instalment, rounded down.
    """

    loan: Loan
    lent: int
    principal_received: int
    interest_received: int
    recovered: int
    lost: int
    figures: Figures
    next_due_amount: int


class LoanStory(NamedTuple):
    """Her part of a loan with what she did, what happened to the loan, and what each repayment brought her."""

    lending: Lending
    events: Sequence[Event]
    steps: Sequence[LoanStep]
    receipts: Sequence[Receipt]


class Overview(NamedTuple):
    """Sums by currency, and what waits on platforms. Currencies are never added up."""

    pledges: Sequence[Sums]
    loans: Sequence[LoanSums]
    cash: Sequence[Cash]


class Freed(NamedTuple):
    """From a day on so much less counts against a limit, minor units."""

    on: date
    amount: int
    currency: str


class Limit(NamedTuple):
    """A limit of a law, held against what she has. `platform`: the one on which it counts; None: all of them."""

    jurisdiction: str
    kind: str
    platform: str | None
    check: Check
    freed: Sequence[Freed]


class Declared(NamedTuple):
    """What she declared last on a platform."""

    scope: str
    declaration: Declaration


class Limits(NamedTuple):
    """All limits that are about her, and what they are derived from."""

    limits: Sequence[Limit]
    declared: Sequence[Declared]


class NewComplaint(NamedTuple):
    """A complaint of a person: `subject` is what she chose (a key), `about` what its event is about."""

    complaint: str
    person: str
    party: str
    subject: str
    about: str
    category: str
    salt: str
    text: str


class Kept(NamedTuple):
    """A complaint as she sees it: what she wrote, and where the log has it."""

    complaint: str
    subject: str
    about: str
    category: str
    filed_at: datetime
    position: int
    salt: str
    text: str


class SealedText(NamedTuple):
    """What an investor wrote, opened for the office; `party` is she on the platform that it is about."""

    party: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Complaints:
    """Complaints of investors, beside the log: whose they are, what they wrote. `before` and `limit` bound a page."""

    # Keep one that is about to be recorded, where she has kept fewer than so many since a moment: else the moment at
    # which the oldest of those was filed.
    keep: Callable[[NewComplaint, int, datetime], datetime | None]
    drop: Callable[[str], None]
    of: Callable[[str, tuple[datetime, str] | None, int], Read[list[Kept]]]
    party: Callable[
        [str], str | None
    ]  # of a complaint, its text unopened; None where it was erased, or is a platform's
    text: Callable[[str], SealedText | None]  # whoever calls has recorded beforehand who looks
    listed: Callable[[Wanted, int, int], Read[list[Filed]]]  # the office's list


@dataclass(frozen=True, kw_only=True)
class Mine:
    """Questions of one person: only her own is ever found, on the platforms that she is shown.

    `before` and `limit` bound a page.
    """

    overview: Callable[[Herself], Read[Overview]]
    pledges: Callable[[Herself, int, int], Read[list[Owned]]]
    pledge: Callable[[Herself, str, str], Read[PledgeStory | None]]  # her platform, id
    receipts: Callable[[Herself, str, str], Read[list[dict[str, Any]]]]  # her platform, id: of a pledge's own events
    loans: Callable[[Herself, tuple[int, str], int], Read[list[Lending]]]
    loan: Callable[[Herself, str, str], Read[list[LoanStory]]]  # one for each of her parties that has a part in it
    limits: Callable[[Herself], Read[Limits]]
    platforms: Callable[[Herself], Read[list[Known]]]
    events: Callable[[Herself, int, int], Read[list[Recorded]]]  # that concern her, after a position
    looks: Callable[[Herself], Read[list[Recorded]]]  # at what identifies her, newest first; the last few hundred
