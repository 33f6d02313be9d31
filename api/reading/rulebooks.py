"""The law as the rulebooks have it, by the day; and what it would say of an investment that nobody made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import facts, what_if
from api.checks_shown import ShownCheck, show_check
from api.deps import Caller, Nothing, Parts, Strict, plain_text
from api.facts import AsOf
from api.openapi import described
from api.problems import Problem
from api.reading.eligibility import AMOUNT_MAX
from api.services import Services
from ledger.kernel.money import is_currency
from ledger.rulebook.changes import changes
from ledger.rulebook.checks import APPLIED
from ledger.rulebook.loading import Book, Stated, at_once, books, citation, stated_on
from ledger.rulebook.words import figure

router = APIRouter(prefix="/v1", tags=["rulebooks"], dependencies=[Depends(plain_text)])
Amount = Annotated[int, Field(ge=0, le=AMOUNT_MAX, strict=True)]


class ShownPack(msgspec.Struct, kw_only=True):
    """A pack: where it applies, the days on which it changed, how many of its rules hold on `on`, how many apply."""

    pack: str
    title: str
    title_own: str
    issued_by: str
    jurisdictions: list[str]
    kinds: list[str]
    changed: list[str]
    on: str
    rules: int
    applied: int


class ShownPacks(msgspec.Struct, kw_only=True):
    """Every pack, by name."""

    packs: list[ShownPack]


class ShownLaw(msgspec.Struct, kw_only=True):
    """A rule as it stood. `applied`: whether anything is ever held against it; `unverified` rules never are."""

    rule: str
    check: str
    status: str
    applied: bool
    zh: str
    en: str
    figure: str
    citation: str
    source: str
    effective_from: str
    data: dict[str, Any]


class ShownBook(msgspec.Struct, kw_only=True):
    """The rules of a pack that were stated on a day, by id."""

    pack: ShownPack
    rules: list[ShownLaw]


class ShownLawChange(msgspec.Struct, kw_only=True):
    """A rule that is `new`, `gone` or `changed`, with the two values of each field that differs."""

    rule: str
    kind: str
    fields: dict[str, dict[str, Any]]


class ShownLawChanges(msgspec.Struct, kw_only=True):
    """What differs between two days of a pack."""

    pack: str
    old: str
    new: str
    changes: list[ShownLawChange]


class ShownStanding(msgspec.Struct, kw_only=True):
    """Whether the figures make the investor a `gives`; null where a figure that decides is missing."""

    rule: str
    gives: str
    meets: bool | None
    status: str
    citation: str


class ShownWhatIf(msgspec.Struct, kw_only=True):
    """What the law of the day says. `rules`: how many there are for the jurisdiction and kind, of every status."""

    jurisdiction: str
    kind: str
    on: str
    amount: int
    currency: str
    allowed: bool
    limit: int | None
    used: int | None
    remaining: int | None
    checks: list[ShownCheck]
    standings: list[ShownStanding]
    rules: int


class OnDay(Strict):
    """As of which day."""

    on: date | None = Query(None, description="The law of this day; else of today.")


class TwoDays(Strict):
    """From which day to which."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")


class AskedWhatIf(BaseModel):
    """Facts that are supposed. Amounts in minor units of `currency`; `used_*` are of the twelve months to the day."""

    model_config = ConfigDict(extra="forbid")

    jurisdiction: str = Field(pattern="^[A-Z]{2}$")
    kind: what_if.Kind
    amount: int = Field(gt=0, le=AMOUNT_MAX, strict=True)
    currency: str = Field(pattern="^[A-Z]{3}$")
    on: date | None = None
    party: Literal["person", "organisation"] = "person"
    figures: dict[str, Amount] = Field(default_factory=dict, max_length=20)
    standings: list[str] = Field(default_factory=list, max_length=10)
    used_with_same_party: Amount = 0
    used_here: Amount = 0
    used_elsewhere: Amount = 0
    holders: int | None = Field(None, ge=0, le=10**9, strict=True)
    term_months: int | None = Field(None, ge=1, le=1200, strict=True)
    identified: bool = True
    raised_by_issuer: Annotated[int, Field(ge=0, le=AMOUNT_MAX, strict=True)] | None = None


@router.get("/rulebooks", responses=described("Every pack.", 401, one=ShownPacks))
def get_rulebooks(parts: Parts, _principal: Caller, query: Annotated[OnDay, Query()]) -> Response:
    """The packs of rules, with how many hold on a day."""
    day = query.on or parts.now().date()
    return _answer(parts, ShownPacks(packs=[_pack(book, day) for book in books().values()]))


@router.get("/rulebooks/{pack}", responses=described("Its rules on a day.", 401, 404, one=ShownBook))
def get_rulebook(pack: str, parts: Parts, _principal: Caller, query: Annotated[OnDay, Query()]) -> Response:
    """The rules of a pack as they stood on a day, with figures, citations and sources."""
    day, book = query.on or parts.now().date(), _book(pack)
    holding = [stated for _, each in sorted(book.rules.items()) if (stated := stated_on(each, at_once(day)))]
    return _answer(parts, ShownBook(pack=_pack(book, day), rules=[_law(each) for each in holding]))


@router.get("/rulebooks/{pack}/changes", responses=described("What differs.", 401, 404, one=ShownLawChanges))
def get_changes(pack: str, parts: Parts, _principal: Caller, query: Annotated[TwoDays, Query()]) -> Response:
    """The difference between a pack on two days."""
    found = [
        ShownLawChange(
            rule=each.rule, kind=each.kind, fields={name: {"old": a, "new": b} for name, (a, b) in each.fields.items()}
        )
        for each in changes(_book(pack), query.first, query.last)
    ]
    shown = ShownLawChanges(pack=pack, old=f"{query.first}", new=f"{query.last}", changes=found)
    return _answer(parts, shown)


@router.post("/rulebooks/what-if", responses=described("What the law says.", 400, 401, 413, one=ShownWhatIf))
def post_what_if(parts: Parts, _principal: Caller, _query: Nothing, body: AskedWhatIf) -> Response:
    """Hold a supposed investment against the law of a day. Nothing is read from the ledger, nothing is recorded."""
    supposed = supposed_of(body, body.on or parts.now().date())
    said = what_if.said(supposed)
    binding = said.eligibility.binding
    return _answer(
        parts,
        ShownWhatIf(
            jurisdiction=supposed.jurisdiction,
            kind=supposed.kind,
            on=f"{supposed.day}",
            amount=supposed.amount,
            currency=supposed.currency,
            allowed=said.eligibility.allowed,
            limit=binding.answer.limit.amount if binding else None,
            used=binding.answer.used if binding else None,
            remaining=binding.answer.remaining if binding else None,
            checks=[show_check(each) for each in said.checks],
            standings=[
                ShownStanding(
                    rule=each.rule.id, gives=each.rule.gives, meets=each.meets, status=each.rule.status,
                    citation=each.citation,
                )
                for each in said.standings
            ],
            rules=said.rules,
        ),
    )  # fmt: skip


def supposed_of(body: AskedWhatIf, day: date) -> what_if.Supposed:
    """The facts of a body. Raises Problem for what no law knows."""
    if body.jurisdiction not in what_if.jurisdictions():
        known = ", ".join(what_if.jurisdictions())
        raise Problem("invalid_parameter", f"no rulebook is of {body.jurisdiction}; there are {known}.")
    if not is_currency(body.currency):
        raise Problem("invalid_parameter", f"{body.currency} is no currency of ISO 4217.")
    _among("figures", body.figures, what_if.FIGURES)
    _among("standings", dict.fromkeys(body.standings), what_if.STANDINGS)
    return what_if.Supposed(
        body.jurisdiction, body.kind, day, body.amount, body.currency, body.party, body.figures, body.standings,
        body.used_with_same_party, body.used_here, body.used_elsewhere, body.holders, body.term_months, body.identified,
        body.raised_by_issuer,
    )  # fmt: skip


def _among(what: str, given: Mapping[str, object], known: tuple[str, ...]) -> None:
    if unknown := sorted(given.keys() - set(known)):
        raise Problem("invalid_parameter", f"{what} knows no {unknown[0][:60]!r}; there are {', '.join(known)}.")


def _answer(parts: Services, shown: msgspec.Struct) -> Response:
    """The packs are this program's own: an answer by them is never behind."""
    return facts.answer(shown, AsOf(parts.head_position(), 0.0))


def _book(pack: str) -> Book:
    if pack not in books():
        raise Problem("not_found", f"there is no rulebook {pack!r}; there are {', '.join(books())}.")
    return books()[pack]


def _pack(book: Book, day: date) -> ShownPack:
    first = book.files[0]
    holding = [stated for each in book.rules.values() if (stated := stated_on(each, at_once(day)))]
    return ShownPack(
        pack=book.name,
        title=first.title_en,
        title_own=first.title,
        issued_by=first.issued_by,
        jurisdictions=list(first.jurisdictions),
        kinds=list(first.kinds),
        changed=[f"{pack.effective_from}" for pack in book.files],
        on=f"{day}",
        rules=len(holding),
        applied=sum(each.rule is not None and each.rule.status in APPLIED for each in holding),
    )


def _law(stated: Stated) -> ShownLaw:
    rule = stated.rule
    assert rule is not None, "what has ended is not stated"
    return ShownLaw(
        rule=rule.id,
        check=type(rule).__name__.lower(),
        status=rule.status,
        applied=rule.status in APPLIED,
        zh=rule.zh,
        en=rule.en,
        figure=figure(rule),
        citation=citation(stated),
        source=rule.source,
        effective_from=f"{stated.pack.effective_from}",
        data=msgspec.to_builtins(rule),
    )
