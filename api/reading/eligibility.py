"""May this investor put this much into this? Asked before the pledge; the ledger records what happened in any case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from api import facts
from api.access import Principal
from api.checks_shown import ShownCheck, show_check
from api.deps import Nothing, Parts, only, plain_text, times_of
from api.facts import AsOf
from api.openapi import described
from api.problems import Problem
from api.services import EligibilityAnswer, EligibilityQuestion, NoSuch
from api.times import Bounds
from ledger.recorded import scope_of

router = APIRouter(prefix="/v1", tags=["eligibility"], dependencies=[Depends(plain_text)])
Platform = Annotated[Principal, only("platform")]
QUESTIONS_MAX: Final = 1000
HELD_SECONDS: Final = 900
AMOUNT_MAX: Final = 2**53 - 1
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,128}$")]


class Asked(BaseModel):
    """One question: an investor, a campaign or a loan, an amount in minor units of its currency."""

    model_config = ConfigDict(extra="forbid")

    investor: Name
    campaign: Name | None = None
    loan: Name | None = None
    amount: int = Field(gt=0, le=AMOUNT_MAX, strict=True)

    @model_validator(mode="after")
    def _one(self) -> Asked:
        if (self.campaign is None) == (self.loan is None):
            raise ValueError("say either campaign or loan")
        return self

    def question(self, principal: Principal) -> EligibilityQuestion:
        """The same for the platform that asks."""
        kind, about = ("campaign", self.campaign) if self.campaign is not None else ("loan", self.loan)
        return EligibilityQuestion(scope_of(principal.source or ""), self.investor, kind, about or "", self.amount)


class One(Asked):
    """A single question, which may hold the room for a while, or be about another day's law."""

    reserve: bool = Field(default=False, description="Hold the room where the answer is a yes.")
    reserve_seconds: int = Field(HELD_SECONDS, ge=1, le=86_400, description="For how long.")
    at: str | None = Field(None, description="By the law and the twelve months of that day; the facts are today's.")


class Many(BaseModel):
    """Up to 1,000 questions, answered from one snapshot, in their order."""

    model_config = ConfigDict(extra="forbid")

    questions: list[Asked] = Field(min_length=1, max_length=QUESTIONS_MAX)
    at: str | None = None


class Refusal(msgspec.Struct, kw_only=True):
    """What the ledger itself would refuse now, and why."""

    code: str
    detail: str


class Reserved(msgspec.Struct, kw_only=True):
    """Room that is held until `expires_at`; the pledge or bid of the same amount uses it."""

    id: UUID
    expires_at: datetime


class Answer(msgspec.Struct, kw_only=True):
    """`limit`, `used` and `remaining` are those of the money limit with the least room, null where none applies."""

    investor: str
    campaign: str | None
    loan: str | None
    amount: int
    currency: str
    allowed: bool
    limit: int | None
    used: int | None
    remaining: int | None
    checks: list[ShownCheck]
    refusal: Refusal | None
    reservation: Reserved | None


class NoAnswer(msgspec.Struct, kw_only=True):
    """A question about what isn't there."""

    investor: str
    campaign: str | None
    loan: str | None
    amount: int
    allowed: None = None
    problem: str


@router.post(
    "/eligibility",
    responses=described("Whether it may be done, by which limits; for several questions `answers`.", 400, 401, 403, 404,
                        413, one=Answer),
)  # fmt: skip
def post_eligibility(parts: Parts, principal: Platform, _query: Nothing, body: One | Many) -> Response:
    """Hold one investment, or up to 1,000, against the law of the day over all platforms."""
    at = times_of(parts, Bounds(at=body.at)).at
    if isinstance(body, Many):
        questions = [each.question(principal) for each in body.questions]
        read = parts.eligibility(questions, at)
        shown = [_show(asked, found) for asked, found in zip(body.questions, read.value, strict=True)]
        return facts.answer({"answers": shown}, read.as_of)
    if body.reserve:
        return _reserved(parts, body, principal, at)
    read = parts.eligibility([body.question(principal)], at)
    return facts.answer(_show_one(body, read.value[0]), read.as_of)


@router.delete(
    "/eligibility/reservations/{reservation}",
    status_code=204,
    responses=described("The room is free again.", 401, 403, 404, status=204),
)
def delete_reservation(reservation: UUID, parts: Parts, principal: Platform, _query: Nothing) -> Response:
    """Give a reservation back before it expires."""
    if not parts.give_back(scope_of(principal.source or ""), reservation):
        raise Problem("not_found", f"no reservation {reservation} of yours is held; it may have expired.")
    return Response(status_code=204)


def _reserved(parts: Parts, body: One, principal: Principal, at: datetime | None) -> Response:
    if at is not None:
        raise Problem("invalid_parameter", "a reservation is by today's law: leave out `at` or `reserve`.")
    try:
        found = parts.reserve(body.question(principal), body.reserve_seconds)
    except NoSuch as none:
        raise Problem("not_found", str(none)) from None
    return facts.answer(_show_one(body, found), AsOf(found.position, 0.0))


def _show_one(asked: Asked, found: EligibilityAnswer | NoSuch) -> Answer:
    if isinstance(found, NoSuch):
        raise Problem("not_found", str(found))
    return _answer(asked, found)


def _show(asked: Asked, found: EligibilityAnswer | NoSuch) -> Answer | NoAnswer:
    if isinstance(found, NoSuch):
        return NoAnswer(
            investor=asked.investor, campaign=asked.campaign, loan=asked.loan, amount=asked.amount, problem=str(found)
        )
    return _answer(asked, found)


def _answer(asked: Asked, found: EligibilityAnswer) -> Answer:
    binding = found.eligibility.binding
    limit = binding.answer.limit.amount if binding else None
    held = None
    if found.reservation is not None and found.expires_at is not None:
        held = Reserved(id=found.reservation, expires_at=found.expires_at.astimezone(UTC))
    return Answer(
        investor=asked.investor,
        campaign=asked.campaign,
        loan=asked.loan,
        amount=asked.amount,
        currency=found.currency,
        allowed=found.allowed,
        limit=limit,
        used=binding.answer.used if binding else None,
        remaining=binding.answer.remaining if binding else None,
        checks=[show_check(each) for each in found.eligibility.checks],
        refusal=Refusal(code=found.refusal.code, detail=found.refusal.detail) if found.refusal else None,
        reservation=held,
    )
