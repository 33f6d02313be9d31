"""Which limits of the law of its day a reported fact breaks. Pure.

Investments are judged by the judge of eligibility; debts, terms and periods by the same checks. Only what is in force
is a breach, and only what the ledger can show: a draft, a warning, or a limit that a certificate lifts is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from ledger.eligibility import Facts, judge
from ledger.rulebook.checks import hold
from ledger.rulebook.clocks import keeps_day, length_between
from ledger.rulebook.loading import Stated, books, citation, in_force
from ledger.rulebook.model import Cap, Clock, Qualification, Relief

_INVESTED: Final = frozenset({"investor", "investor_and_issuer", "lender_and_borrower"})
_PAPERS: Final = frozenset({"certificate", "verified"})  # evidence that no event shows


class Broken(NamedTuple):
    """A limit and by what it is broken. `unit` is a currency (minor units), or what is counted.

    `evidence` are the events whose amounts `counted` make the figure, without the fact's own.
    """

    rule: str
    citation: str
    about: str  # investor, borrower, issuer, campaign or loan
    unit: str
    figure: int
    limit: int
    bound: str
    evidence: tuple[int, ...] = ()
    counted: tuple[int, ...] = ()


class Needs(NamedTuple):
    """What the law of a jurisdiction and kind ever asked for: nothing else has to be remembered."""

    invested: bool = False
    holders: bool = False
    offers: bool = False
    owed: bool = False
    terms: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to judge."""
        return any(self)

    @property
    def money(self) -> bool:
        """Whether each promise has to be remembered."""
        return self.invested or self.holders or self.offers


class Debt(NamedTuple):
    """What a borrower owes of one loan, minor units, and the event by which it came about."""

    platform: str
    jurisdiction: str
    currency: str
    amount: int
    position: int


@lru_cache(maxsize=1024)
def needs(jurisdiction: str, kind: str) -> Needs:
    """What has to be remembered of campaigns of this kind, or of loans, under this law."""
    rules = [
        stated.rule
        for book in books().values()
        for history in book.rules.values()
        for stated in history
        if jurisdiction in stated.pack.jurisdictions and kind in stated.pack.kinds and _can_judge(stated)
    ]
    caps = {(rule.of, rule.measure) for rule in rules if isinstance(rule, Cap)}
    return Needs(
        invested=any(of in _INVESTED for of, _ in caps),
        holders=("campaign", "holders") in caps,
        offers=("issuer", "offers") in caps,
        owed=("borrower", "outstanding") in caps,
        terms=("loan", "term_months") in caps or any(isinstance(rule, Clock) for rule in rules),
    )


@lru_cache(maxsize=16_384)
def law(jurisdiction: str, kind: str, day: date, began: date) -> tuple[Stated, ...]:
    """What can be judged of the law of a day, for an offering that began on another."""
    days = {"trade": day, "contract": day, "offering_start": began}
    return tuple(each for each in in_force(books(), jurisdiction, kind, days) if _can_judge(each))


def _can_judge(stated: Stated) -> bool:
    rule = stated.rule
    if rule is None or rule.status != "in_force":
        return False
    if isinstance(rule, Cap):
        return not rule.warning and rule.evidence not in _PAPERS and rule.measure != "days_past_due"
    return isinstance(rule, Qualification | Clock | Relief)


def fingerprint() -> int:
    """A number under 1,000,000 that changes with any word of any pack: what was judged by others is judged anew."""
    plain = [(name, msgspec.to_builtins(book.files)) for name, book in sorted(books().items())]
    digest = hashlib.sha256(msgspec.json.encode(plain)).digest()
    return int.from_bytes(digest[:8]) % 1_000_000


def of_investment(facts: Facts, rules: Iterable[Stated]) -> Iterator[Broken]:
    """The limits on investor, issuer and campaign that an investment breaks."""
    for check in judge(facts, rules).checks:
        answer, cap = check.answer, check.cap
        # A term is judged when the loan is listed, once.
        if check.outcome != "breach" or answer.limit.amount is None or cap.measure == "term_months":
            continue
        assert answer.used is not None
        evidence = [(each.position, each.amount) for each in check.counted if each.position]
        yield Broken(
            cap.id, check.citation, "investor" if cap.of in _INVESTED else cap.of, cap.currency or cap.measure,
            answer.used + check.new, answer.limit.amount, cap.bound,
            tuple(position for position, _ in evidence), tuple(amount for _, amount in evidence),
        )  # fmt: skip


def of_debt(party: str, new: Debt, debts: Sequence[Debt], rules: Iterable[Stated]) -> Iterator[Broken]:
    """The limits on what a borrower (person or organisation) owes that a further loan breaks.

    `debts` are those that are known to be the same borrower's: where others may be hidden the sum is a lower bound, and
    what is broken by it is broken.
    """
    for stated in rules:
        cap = stated.rule
        if not isinstance(cap, Cap) or (cap.of, cap.measure, cap.currency) != ("borrower", "outstanding", new.currency):
            continue
        if cap.party not in {"any", party}:
            continue
        law_of = stated.pack.jurisdictions
        counted = [
            each
            for each in debts
            if each.currency == cap.currency
            and each.jurisdiction in law_of
            and (cap.scope == "all_platforms" or each.platform == new.platform)
        ]
        used = sum(each.amount for each in counted)
        answer = hold(cap, used, new.amount)
        if answer.outcome == "breach" and answer.limit.amount is not None:
            yield Broken(
                cap.id, citation(stated), "borrower", new.currency, used + new.amount, answer.limit.amount, cap.bound,
                tuple(each.position for each in counted), tuple(each.amount for each in counted),
            )  # fmt: skip


def of_listing(term_months: int, listed: date, until: date, rules: Iterable[Stated]) -> Iterator[Broken]:
    """The limits that the terms of a loan break as soon as it is listed: its term, and how long it takes bids."""
    for stated in rules:
        rule = stated.rule
        if isinstance(rule, Cap) and (rule.of, rule.measure) == ("loan", "term_months"):
            answer = hold(rule, term_months, 0)
            if answer.outcome == "breach" and answer.limit.amount is not None:
                yield Broken(rule.id, citation(stated), "loan", "months", term_months, answer.limit.amount, rule.bound)
        elif isinstance(rule, Clock) and (rule.starts, rule.role) == ("opened", "within"):
            yield from _of_clock(stated, rule, "loan", listed, until)


def of_success(opened: date, closed: date, rules: Sequence[Stated]) -> Iterator[Broken]:
    """The limits that an offering breaks when it ends as a success: securities are sold after the public could look."""
    if any(isinstance(stated.rule, Relief) for stated in rules):
        return  # what the temporary rules ask for instead, events don't show
    for stated in rules:
        rule = stated.rule
        if isinstance(rule, Clock) and (rule.starts, rule.role) == ("launched", "not_before"):
            yield from _of_clock(stated, rule, "campaign", opened, closed)


def _of_clock(stated: Stated, clock: Clock, about: str, start: date, day: date) -> Iterator[Broken]:
    if keeps_day(clock, start, day):
        return
    bound = "<=" if clock.role == "within" else ">="
    taken = length_between(clock, start, day)
    yield Broken(clock.id, citation(stated), about, clock.unit, taken, clock.length, bound)
