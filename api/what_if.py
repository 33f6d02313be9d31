"""What the law of a day would say of an investment that nobody made: facts are given, not read from the ledger. Pure.

The answer is made by the same function that judges real pledges and bids (ledger/eligibility.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple, get_args

from ledger.eligibility import Check, Commitment, Eligibility, Facts, Offer, judge
from ledger.rulebook.checks import qualifies
from ledger.rulebook.loading import Stated, at_once, books, citation, in_force
from ledger.rulebook.model import Qualification, Status

Kind = Literal["lending", "equity", "reward", "donation"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
FIGURES: Final = (
    "annual_income", "average_income", "net_worth", "net_assets", "financial_assets", "portfolio", "own_funds",
    "experience_years",
)  # fmt: skip
STANDINGS: Final = ("accredited", "sophisticated", "high_net_worth", "institution", "angel", "certified")
STATUSES: Final[tuple[str, ...]] = get_args(Status)
_HERE, _THERE, _OTHER, _ELSE = "here", "there", "the other side", "others"


class Supposed(NamedTuple):
    """An investor, what she put in before, and what she would put in. Amounts in minor units of `currency`.

    `used_other`: with the same issuer or borrower, here; `used_here`: with others, here; `used_elsewhere`: on other
    platforms; all in the twelve months to `day`. None of `holders`, `term_months` and `raised` (what the issuer and its
    affiliates raised in the twelve months to `day`): not known.
    """

    jurisdiction: str
    kind: str
    day: date
    amount: int
    currency: str
    party: str = "person"
    figures: Mapping[str, int] = {}
    standings: Sequence[str] = ()
    used_other: int = 0
    used_here: int = 0
    used_elsewhere: int = 0
    holders: int | None = None
    term_months: int | None = None
    identified: bool = True
    raised: int | None = None


class Standing(NamedTuple):
    """What a rule on standings says of these figures: True, False, or None where a figure that decides is missing."""

    stated: Stated
    rule: Qualification
    meets: bool | None
    citation: str


class Said(NamedTuple):
    """What the law says, and which rules of the day have no check that an investment could break."""

    eligibility: Eligibility
    standings: Sequence[Standing]
    rules: int  # in force or not, of the jurisdiction and kind, on the day

    @property
    def checks(self) -> tuple[Check, ...]:
        """Each rule that was held against the facts."""
        return self.eligibility.checks


def jurisdictions() -> list[str]:
    """Every jurisdiction that a pack is of."""
    return sorted({each for book in books().values() for pack in book.files for each in pack.jurisdictions})


def said(supposed: Supposed) -> Said:
    """What the rules of the jurisdiction for the kind, as they stood on the day, say."""
    rules = in_force(books(), supposed.jurisdiction, supposed.kind, at_once(supposed.day))
    facts = Facts(
        day=supposed.day, amount=supposed.amount, currency=supposed.currency, platform=_HERE, other=_OTHER,
        party=supposed.party, identified=supposed.identified, commitments=_commitments(supposed),
        figures=supposed.figures, figures_currency=supposed.currency if supposed.figures else None,
        standings=frozenset(supposed.standings), holders=supposed.holders, offers=_offers(supposed),
        term_months=supposed.term_months,
    )  # fmt: skip
    figures = {**supposed.figures, "ticket": supposed.amount}
    standings = [
        Standing(stated, stated.rule, qualifies(stated.rule, figures, supposed.party), citation(stated))
        for stated in rules
        if isinstance(stated.rule, Qualification) and stated.rule.currency == supposed.currency
    ]
    return Said(judge(facts, rules), standings, len(rules))


def _offers(supposed: Supposed) -> list[Offer] | None:
    if supposed.raised is None:
        return None
    return [Offer(supposed.day, supposed.raised, supposed.currency, supposed.kind, supposed.jurisdiction)]


def _commitments(supposed: Supposed) -> list[Commitment]:
    made = (
        (supposed.used_other, _HERE, _OTHER),
        (supposed.used_here, _HERE, _ELSE),
        (supposed.used_elsewhere, _THERE, _ELSE),
    )
    return [
        Commitment(
            supposed.day, amount, supposed.currency, platform, f"{platform}/{other}", other, supposed.kind,
            supposed.jurisdiction,
        )
        for amount, platform, other in made
        if amount
    ]  # fmt: skip
