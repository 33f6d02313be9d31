"""What a rulebook can say: a small, closed set of checks, shared by all jurisdictions. Pure.

A pack is a folder of files, one per change of the law. Each rule in them is one of the structs at the end of this page;
`check` names which. Money is minor units of `currency`, shares and rates are decimal strings, periods have a unit.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1)]
Ratio = Annotated[str, Meta(pattern=r"^\d+(\.\d+)?$")]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]

# `in_force` needs a source that was read (or follows from one by arithmetic); what is remembered is `unverified`, and a
# check of it answers not_provable, as does a draft that never became law.
Status = Literal["in_force", "draft", "platform_terms", "superseded_before_effect", "unverified"]
Unknown = Literal["not_provable", "breach", "pass"]
Anchor = Literal["trade", "offering_start", "contract", "application"]
Bound = Literal["<", "<=", ">", ">="]
Scope = Literal["platform", "all_platforms"]
Party = Literal["person", "organisation", "any"]
Of = Literal[
    "investor", "borrower", "issuer", "campaign", "loan", "investor_and_issuer", "lender_and_borrower",
    "lender_and_platform", "platform",
]  # fmt: skip
Measure = Literal[
    "outstanding",  # what is owed or held at a moment
    "flow",  # what was put in over `months` months, up to the moment itself
    "offers",  # what an issuer and its affiliates offered or sold over `months` months
    "holders",  # how many distinct investors
    "ticket",  # one investment
    "term_months",
    "days_past_due",
    "charges",  # interest, fees and penalties of one loan together
    "share",  # basis points of what the text names
    "platforms",  # on how many platforms
]
Figure = Literal[
    "annual_income",
    "average_income",  # over the last three years
    "net_worth",
    "net_assets",  # without home, pension and insurance rights
    "financial_assets",
    "lesser",  # of annual income and net worth
    "greater",
    "either",  # annual income or net worth, whichever is the smaller: true of one is enough for a lower bound
    "principal",
    "platform_outstanding",
    "portfolio",
    "experience_years",
    "trades_per_quarter",
    "own_funds",
    "turnover",
    "balance_sheet",
    "ticket",
    "unlisted_investments",
    "collected_share",
]  # fmt: skip
Moment = Literal[
    "opened", "launched", "deadline", "offer", "first_request", "notice", "target_reached", "fiscal_year_end",
    "received", "month_end", "test_passed", "declared", "material_change", "registered", "relation_ended",
]  # fmt: skip
Act = Literal[
    "self_financing", "pooling", "guaranteeing", "offline_promotion", "lending", "term_splitting", "selling_products",
    "securitising", "mixing", "deceiving", "stock_financing", "equity_crowdfunding", "other", "repeat_financing",
    "public_promotion", "personal_financing", "incentives",
]  # fmt: skip


class Threshold(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A declared figure against a bound, such as a net worth of 100,000 or more."""

    figure: Figure
    bound: Bound
    amount: int
    party: Party = "any"


class Tier(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to find a limit: an `amount`, or a `share` of a figure, not below `at_least` nor above `at_most`.

    The first tier whose `when` holds is taken; one without `when` always holds.
    """

    amount: int | None = None
    share: Ratio | None = None
    base: Figure | None = None
    at_least: int | None = None
    at_most: int | None = None
    when: Threshold | None = None
    # Where sources read the text in two ways: what the text alone would not say, and who says it.
    reading: Text | None = None


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all rules have: an id for life, where the figure stands, and what it means in two languages."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.]*$")]
    zh: Text
    en: Text
    article: Text
    source: Text
    status: Status = "in_force"
    quote: Text | None = None
    note: Text | None = None
    unknown: Unknown = "not_provable"
    anchor: Anchor = "trade"
    evidence: Literal["none", "self_declared", "certificate", "verified"] = "none"
    effective_to: date | None = None


class Cap(Rule, frozen=True, kw_only=True, tag_field="check", tag="cap"):
    """A figure that must keep a bound. `warning`: beyond it a warning is owed, not a refusal."""

    of: Of
    measure: Measure
    bound: Bound
    tiers: Annotated[tuple[Tier, ...], Meta(min_length=1)]
    currency: Currency | None = None  # none for counts and ratios
    scope: Scope = "platform"
    party: Party = "any"
    months: int | None = None  # of a flow: rolling; none: ever
    with_affiliates: bool = False
    only: Literal["all", "ordinary", "angel", "institution"] = "all"
    exempt: tuple[
        Literal["accredited", "sophisticated", "high_net_worth", "institution", "angel", "certified"], ...
    ] = ()
    warning: bool = False


class Qualification(Rule, frozen=True, kw_only=True, tag_field="check", tag="qualification"):
    """Who counts as `gives`: whoever meets `need` of the groups; one threshold of a group is enough for it."""

    gives: Literal["accredited", "sophisticated", "high_net_worth", "qualified"]
    need: Annotated[int, Meta(ge=1)]
    groups: Annotated[tuple[tuple[Threshold, ...], ...], Meta(min_length=1)]
    currency: Currency
    party: Party = "any"


class Clock(Rule, frozen=True, kw_only=True, tag_field="check", tag="clock"):
    """An interval from a moment. `within`: not later than its end. `not_before`: not earlier.

    `until`: up to so long *before* the moment. Working days are those of the calendar's country; the first day counted
    is the one after the moment.
    """

    starts: Moment
    length: Annotated[int, Meta(ge=0)]
    unit: Literal["hours", "days", "working_days", "months"]
    role: Literal["within", "not_before", "until"]
    calendar: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    only: Literal["all", "non_sophisticated", "first_time"] = "all"
    then: Literal["none", "lapse", "refund"] = "none"  # what becomes of a promise when the time is over


class Band(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Rates up to `up_to`, or up to so many times a published rate, have this standing; without either: all above."""

    standing: Literal["protected", "natural_obligation", "void", "allowed"]
    up_to: Ratio | None = None
    times: Annotated[int, Meta(ge=1)] | None = None
    reference: Literal["cn.lpr_1y"] | None = None


class Rate(Rule, frozen=True, kw_only=True, tag_field="check", tag="rate"):
    """What a rate `per` year or day may be, for loans of a class and term."""

    per: Literal["year", "day"]
    bands: Annotated[tuple[Band, ...], Meta(min_length=1)]
    loans: Literal["all", "consumer", "micro", "small_medium"] = "all"
    days_below: int | None = None  # only terms shorter than this
    days_from: int | None = None  # only terms of at least this


class Definition(Rule, frozen=True, kw_only=True, tag_field="check", tag="definition"):
    """A figure that the law itself defines by a formula."""

    formula: Literal["net_worth", "liquid_assets", "loss_simulation", "default_rate", "overdue"]
    share: Ratio | None = None
    months: int | None = None


class Prohibition(Rule, frozen=True, kw_only=True, tag_field="check", tag="prohibition"):
    """What may not be done. `shown_by`: the facts in the ledger that can show it; none where events can't."""

    act: Act
    shown_by: tuple[Literal["fingerprint", "terms", "custody", "relations", "guarantees", "wording"], ...] = ()


class Duty(Rule, frozen=True, kw_only=True, tag_field="check", tag="duty"):
    """What must be done. The ledger can show it where a disclosure, a test or a declaration is reported."""

    shown_by: Literal["disclosure", "declaration", "verification", "nothing"] = "nothing"


class Relief(Rule, frozen=True, kw_only=True, tag_field="check", tag="relief"):
    """A temporary easing, for what its anchor says began within its dates."""

    eases: Text


AnyRule = Cap | Qualification | Clock | Rate | Definition | Prohibition | Duty | Relief


class Pack(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file: the rules that are new or changed from `effective_from` on. What it leaves out stays as it was.

    `ends` names the rules that no longer hold. `jurisdictions` are ISO 3166-1 codes, or `EU`; none for platform terms.
    """

    jurisdictions: tuple[Annotated[str, Meta(pattern="^[A-Z]{2}$")], ...]
    kinds: Annotated[tuple[Literal["reward", "equity", "lending", "donation"], ...], Meta(min_length=1)]
    title: Text
    title_en: Text
    issued_by: Text
    effective_from: date
    source: Text
    rule: tuple[AnyRule, ...] = ()
    ends: tuple[str, ...] = ()
    effective_to: date | None = None
    known_from: date | None = None  # when it was published, where that is not the same day
    note: str | None = None


def ratio(text: str) -> Decimal:
    """A share or rate as an exact number."""
    return Decimal(text)
