"""A rule of the law held against facts, as answers carry it."""

from __future__ import annotations

import msgspec

from ledger.eligibility import Check
from ledger.exchange import Rate


class ShownRate(msgspec.Struct, kw_only=True):
    """A reported rate that converted something: one unit of `base` was worth `rate` of `quote` on `date`."""

    base: str
    quote: str
    rate: str
    date: str
    provider: str
    position: int


def show_rate(rate: Rate) -> ShownRate:
    """A rate as answers carry it."""
    return ShownRate(
        base=rate.base,
        quote=rate.quote,
        rate=rate.rate,
        date=rate.day.isoformat(),
        provider=rate.provider,
        position=rate.position,
    )


class ShownCheck(msgspec.Struct, kw_only=True):
    """A rule of the day held against the facts. Amounts are in the unit of its measure: minor units, days, heads.

    `why` says what is missing where it is not_provable. `blocks`: whether it alone forbids the investment.
    """

    rule: str
    outcome: str
    blocks: bool
    status: str
    figure: int | None
    limit: int | None
    used: int | None
    remaining: int | None
    currency: str | None
    formula: str
    zh: str
    en: str
    citation: str
    source: str
    effective_from: str
    why: str | None
    reading: str | None
    rates: list[ShownRate]


def show_check(check: Check) -> ShownCheck:
    """A check as answers carry it."""
    cap, answer = check.cap, check.answer
    return ShownCheck(
        rule=cap.id,
        outcome=check.outcome,
        blocks=check.blocks,
        status=cap.status,
        figure=answer.limit.amount,
        limit=answer.limit.amount,
        used=answer.used,
        remaining=answer.remaining,
        currency=cap.currency,
        formula=check.formula,
        zh=cap.zh,
        en=cap.en,
        citation=check.citation,
        source=cap.source,
        effective_from=check.stated.pack.effective_from.isoformat(),
        why=check.why,
        reading=answer.limit.reading,
        rates=[show_rate(each) for each in check.rates],
    )
