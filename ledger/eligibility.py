"""May this person put this much into this? Facts and rules in, checks out. Pure.

The facts are what the log says at one position, with what is reserved and not yet reported. Every cap of the law of the
day that is about the investor, or about her and the other side, is held against them; so are caps on the campaign
itself. What can't be known answers `not_provable` and names what is missing: it is never taken for a yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

from ledger.exchange import NoRate, Rate, Rates, convert, total
from ledger.rulebook.checks import APPLIED, Answer, Outcome, counted_from, hold
from ledger.rulebook.loading import Stated, citation
from ledger.rulebook.model import Cap
from ledger.rulebook.words import figure


class Commitment(NamedTuple):
    """What an investor has promised, paid or reserved, less what came back. `amount` in minor units of `currency`.

    `other` is who is on the other side (the person behind the issuer or borrower, else the party's key). `kind` is the
    campaign's, `lending` for a claim or bid; with `jurisdiction` it says whose law it falls under. `position` is the
    event that made it, 0 where there is none yet.
    """

    day: date
    amount: int
    currency: str
    platform: str
    about: str  # key of the campaign or loan
    other: str
    kind: str
    jurisdiction: str
    position: int = 0


class Offer(NamedTuple):
    """What an issuer raised in a campaign, minor units. `affiliate`: the campaign is of another member of its group."""

    day: date
    amount: int
    currency: str
    kind: str
    jurisdiction: str
    affiliate: bool = False
    position: int = 0


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
    offers: Sequence[Offer] | None  # of the issuer and its affiliates
    term_months: int | None
    rates: Rates = MappingProxyType({})


class Check(NamedTuple):
    """One rule held against the facts. `why` says what is missing where it is not_provable.

    `new` is what is asked for, in the cap's unit; `counted` are the lines that `used` adds up; `rates` converted them.
    """

    stated: Stated
    cap: Cap
    answer: Answer
    why: str | None
    new: int = 0
    counted: tuple[Commitment | Offer, ...] = ()
    rates: tuple[Rate, ...] = ()

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
    counted: tuple[Commitment | Offer, ...] = ()
    rates: tuple[Rate, ...] = ()


_NOT_DECLARED_MONEY: Final = frozenset({"experience_years", "ticket"})
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
    used = _used(facts, stated, cap)
    figures, figure_rates = _figures(facts, cap)
    answer = hold(cap, used.used, used.new, figures, facts.standings)
    why = used.why
    if why is None and answer.outcome == "not_provable":
        why = _why(facts, cap, answer)
    rates = tuple(dict.fromkeys((*used.rates, *figure_rates)))
    return Check(stated, cap, answer, why, used.new, used.counted, rates)


def _figures(facts: Facts, cap: Cap) -> tuple[Mapping[str, int], tuple[Rate, ...]]:
    """What was declared, in the cap's currency; nothing where it can't be converted."""
    if cap.currency is None or facts.figures_currency in {None, cap.currency}:
        return facts.figures, ()
    assert facts.figures_currency is not None
    try:
        found = {
            name: convert(amount, facts.figures_currency, cap.currency, facts.rates)
            for name, amount in facts.figures.items()
            if name not in _NOT_DECLARED_MONEY
        }
    except NoRate:
        return {}, ()
    return {name: each.amount for name, each in found.items()}, next((each.rates for each in found.values()), ())


def _why(facts: Facts, cap: Cap, answer: Answer) -> str:
    if cap.status not in APPLIED:
        return f"the rule is {cap.status.replace('_', ' ')}: it is shown, not applied"
    if cap.currency and facts.figures_currency not in {None, cap.currency}:
        return f"what was declared is in {facts.figures_currency}, the limit in {cap.currency}: no rate was reported"
    return f"not declared: {', '.join(answer.limit.missing)}"


def _used(facts: Facts, stated: Stated, cap: Cap) -> _Used:
    if cap.measure == "holders":
        return _Used(facts.holders, 0, None if facts.holders is not None else "the holders are not counted")
    if cap.measure == "term_months":
        return _Used(facts.term_months, 0, None if facts.term_months is not None else "the loan has no term")
    return _money_used(facts, stated, cap)


def _money_used(facts: Facts, stated: Stated, cap: Cap) -> _Used:
    assert cap.currency is not None, "money has a currency"
    try:
        new = convert(facts.amount, facts.currency, cap.currency, facts.rates)
    except NoRate:
        return _Used(None, 0, f"the limit is in {cap.currency}, this is in {facts.currency}: no rate was reported")
    if cap.measure == "ticket":
        return _Used(0, new.amount, rates=new.rates)
    found = _issued(facts, stated, cap) if cap.measure == "offers" else _committed(facts, stated, cap)
    if isinstance(found, str):
        return _Used(None, new.amount, found)
    try:
        used = total([(each.amount, each.currency) for each in found], cap.currency, facts.rates)
    except NoRate as none:
        what = "the issuer raised money" if cap.measure == "offers" else "there are commitments"
        return _Used(None, new.amount, f"{what} in {none.source}: no rate to {none.target} was reported")
    return _Used(used.amount, new.amount, None, found, (*new.rates, *used.rates))


def _issued(facts: Facts, stated: Stated, cap: Cap) -> tuple[Offer, ...] | str:
    if facts.offers is None:
        return "what the issuer raised elsewhere is not known"
    return tuple(
        each
        for each in facts.offers
        if each.amount
        and _falls_under(stated, each)
        and _counts_on(facts, cap, each.day)
        and (cap.with_affiliates or not each.affiliate)
    )


def _committed(facts: Facts, stated: Stated, cap: Cap) -> tuple[Commitment, ...] | str:
    if cap.scope == "all_platforms" and not facts.identified:
        return "the investor's identity is not known, so other platforms can't be added up"
    return tuple(
        each
        for each in facts.commitments
        if each.amount
        and _falls_under(stated, each)
        and _counts_on(facts, cap, each.day)
        and (cap.scope == "all_platforms" or each.platform == facts.platform)
        and (cap.of == "investor" or each.other == facts.other)
        and (cap.measure != "outstanding" or each.kind == "lending")
    )


def _falls_under(stated: Stated, line: Commitment | Offer) -> bool:
    """A limit is about what was done under its own law: a gift is no investment, a loan abroad another law's."""
    return line.jurisdiction in stated.pack.jurisdictions and line.kind in stated.pack.kinds


def _counts_on(facts: Facts, cap: Cap, day: date) -> bool:
    """Whether what was done on `day` counts on the day of the question. A sum without a period has no end either."""
    since = counted_from(cap, facts.day)
    return since is None or since <= day
