"""May this person put this much into this? Facts and rules in, checks out. Pure.

The facts are what the log says at one position, with what is reserved and not yet reported. Every cap of the law of the
day that is about the investor, or about her and the other side, is held against them; so are caps on the campaign
itself. What can't be known answers `not_provable` and names what is missing: it is never taken for a yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from ledger.rulebook.checks import APPLIED, Answer, Outcome, counted_from, hold
from ledger.rulebook.loading import Stated, citation
from ledger.rulebook.model import Cap
from ledger.rulebook.words import figure


class Commitment(NamedTuple):
    """What an investor has promised, paid or reserved, less what came back. `amount` in minor units of `currency`.

    `other` is who is on the other side (the person behind the issuer or borrower, else the party's key); `lent` tells a
    claim or bid from a pledge.
    """

    day: date
    amount: int
    currency: str
    platform: str
    about: str  # key of the campaign or loan
    other: str
    lent: bool


class Offer(NamedTuple):
    """What an issuer raised in a campaign, minor units."""

    day: date
    amount: int
    currency: str


class Facts(NamedTuple):
    """All that a question is answered by. None: the ledger can't know it."""

    day: date
    amount: int
    currency: str
    platform: str
    other: str
    party: str  # kind of the investor: person, organisation
    identified: bool  # her identity is known, so that other platforms' commitments are hers
    commitments: Sequence[Commitment]
    figures: Mapping[str, int]
    figures_currency: str | None
    standings: frozenset[str]
    holders: int | None  # of the campaign, the investor included
    offers: Sequence[Offer] | None  # of the issuer
    term_months: int | None


class Check(NamedTuple):
    """One rule held against the facts. `why` says what is missing where it is not_provable."""

    stated: Stated
    cap: Cap
    answer: Answer
    why: str | None

    @property
    def outcome(self) -> Outcome:
        """pass, breach, warn or not_provable."""
        return self.answer.outcome

    @property
    def blocks(self) -> bool:
        """Whether the investment may not be made: broken, or not to be proved where the rule is law and no warning."""
        if self.outcome == "breach":
            return True
        return self.outcome == "not_provable" and self.cap.status in APPLIED and not self.cap.warning

    @property
    def citation(self) -> str:
        """Where the figure stands."""
        return citation(self.stated)

    @property
    def formula(self) -> str:
        """The rule's figures in one line."""
        return figure(self.cap)


class Eligibility(NamedTuple):
    """The answer. `binding` is the money cap with the least room left, None where no money cap applies."""

    allowed: bool
    checks: tuple[Check, ...]
    binding: Check | None


class _Used(NamedTuple):
    """What counts against a cap before the new amount, and what the new amount adds; `why` where it isn't known."""

    used: int | None
    new: int
    why: str | None = None


_ABOUT_INVESTORS: Final = frozenset({"investor", "investor_and_issuer", "lender_and_borrower"})


def judge(facts: Facts, rules: Iterable[Stated]) -> Eligibility:
    """Hold every cap among `rules` that an investment can break against the facts."""
    checks = tuple(
        _check(facts, stated, stated.rule)
        for stated in rules
        if isinstance(stated.rule, Cap) and _concerns(facts, stated.rule)
    )
    money = [
        each for each in checks if each.answer.remaining is not None and each.cap.currency and not each.cap.warning
    ]
    binding = min(money, key=lambda each: each.answer.remaining or 0, default=None)
    return Eligibility(not any(each.blocks for each in checks), checks, binding)


def _concerns(facts: Facts, cap: Cap) -> bool:
    if cap.party not in {"any", facts.party}:
        return False
    if cap.only not in {"all", "ordinary"} and cap.only not in facts.standings:
        return False
    if cap.of in _ABOUT_INVESTORS:
        return cap.measure in {"flow", "outstanding", "ticket"}
    return (cap.of, cap.measure) in {("campaign", "holders"), ("issuer", "offers"), ("loan", "term_months")}


def _check(facts: Facts, stated: Stated, cap: Cap) -> Check:
    used, new, why = _used(facts, cap)
    answer = hold(cap, used, new, facts.figures if _comparable(facts, cap) else {}, facts.standings)
    if why is None and answer.outcome == "not_provable":
        why = _why(facts, cap, answer)
    return Check(stated, cap, answer, why)


def _comparable(facts: Facts, cap: Cap) -> bool:
    return cap.currency is None or facts.figures_currency == cap.currency


def _why(facts: Facts, cap: Cap, answer: Answer) -> str:
    if cap.status not in APPLIED:
        return f"the rule is {cap.status.replace('_', ' ')}: it is shown, not applied"
    if facts.figures_currency and not _comparable(facts, cap):
        return f"what was declared is in {facts.figures_currency}, the limit in {cap.currency}"
    return f"not declared: {', '.join(answer.limit.missing)}"


def _used(facts: Facts, cap: Cap) -> _Used:
    if cap.measure == "holders":
        return _Used(facts.holders, 0, None if facts.holders is not None else "the holders are not counted")
    if cap.measure == "term_months":
        return _Used(facts.term_months, 0, None if facts.term_months is not None else "the loan has no term")
    if cap.currency != facts.currency:
        return _Used(None, 0, f"the limit is in {cap.currency}, this is in {facts.currency}: no rate was reported")
    if cap.measure == "ticket":
        return _Used(0, facts.amount)
    return _issued(facts, cap) if cap.measure == "offers" else _committed(facts, cap)


def _issued(facts: Facts, cap: Cap) -> _Used:
    if facts.offers is None:
        return _Used(None, facts.amount, "what the issuer raised elsewhere is not known")
    since = counted_from(cap, facts.day)
    counted = [each for each in facts.offers if each.amount and (since is None or each.day >= since)]
    if other := {each.currency for each in counted} - {cap.currency}:
        return _Used(None, facts.amount, f"the issuer raised money in {', '.join(sorted(other))}: no rate was reported")
    return _Used(sum(each.amount for each in counted), facts.amount)


def _committed(facts: Facts, cap: Cap) -> _Used:
    if cap.scope == "all_platforms" and not facts.identified:
        return _Used(None, facts.amount, "the investor's identity is not known, so other platforms can't be added up")
    since = counted_from(cap, facts.day)
    counted = [
        each
        for each in facts.commitments
        if each.amount
        and (since is None or each.day >= since)
        and (cap.scope == "all_platforms" or each.platform == facts.platform)
        and (cap.of == "investor" or each.other == facts.other)
        and (cap.measure != "outstanding" or each.lent)
    ]
    if other := {each.currency for each in counted} - {cap.currency}:
        return _Used(None, facts.amount, f"there are commitments in {', '.join(sorted(other))}: no rate was reported")
    return _Used(sum(each.amount for each in counted), facts.amount)
