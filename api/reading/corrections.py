"""Corrections that wait for a second person, and what that person says."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from msgspec import UNSET, UnsetType
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import corrections, cursors, facts
from api.access import Principal
from api.deps import Caller, Nothing, Page, Parts, plain_text, whose
from api.openapi import described
from api.services import Services
from ledger.store.reading import AskedCorrection

router = APIRouter(prefix="/v1", tags=["events"], dependencies=[Depends(plain_text)])
Status = Literal["waiting", "approved", "rejected", "refused"]


class CorrectionsPage(Page):
    """Which corrections; without a filter all for which a second person is or was needed."""

    status: Status | None = None
    source: str | None = Field(None, max_length=200, description="For the regulator and auditors: one source only.")


class ShownCorrection(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`refused`: it was approved, but could not be done any more. Who asked and who settled it are ids of keys."""

    source: str
    id: str
    status: Status
    corrects: str
    reason: str
    replacement: str | UnsetType = UNSET
    asked_by: str | None
    asked_at: datetime
    settled_by: str | None = None
    settled_at: datetime | None = None
    settled_because: str | None = None
    recorded_position: int | None = None
    event: msgspec.Raw


class SettledCorrection(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What became of the correction. `position` is that of the approval or rejection."""

    source: str
    id: str
    status: Status
    position: int
    recorded_position: int | None = None
    code: str | None = None
    detail: str | None = None


class Approve(BaseModel):
    """A remark, where there is something to say."""

    model_config = ConfigDict(extra="forbid")

    note: str | None = Field(None, min_length=1, max_length=2000)


class Reject(BaseModel):
    """Why not."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=200)


@router.get(
    "/corrections",
    responses=described("Oldest first: those that wait, and those that did.", 401, 403, page_of=ShownCorrection),
)
def get_corrections(parts: Parts, principal: Caller, query: Annotated[CorrectionsPage, Query()]) -> Response:
    """Corrections for which a second person is or was needed: one's own, for the regulator and auditors all."""
    source = whose(principal, query.source)
    question = ("corrections", source, query.status)
    after = cursors.decode(question, query.cursor, int, 0)
    read = parts.reads.corrections(source, query.status, after, query.limit + 1)
    return facts.page(question, read, query.limit, _show, lambda each: each.number)


_SETTLED = described(
    "Recorded; the correction was decided directly after.", 400, 401, 403, 404, 409, 413,
    one=SettledCorrection, status=201,
)  # fmt: skip


@router.post("/corrections/{source}/{name:path}/approve", status_code=201, responses=_SETTLED)
def post_approval(
    source: str, name: str, parts: Parts, principal: Caller, _query: Nothing, body: Approve | None = None
) -> Response:
    """Approve of a correction that waits: the registry, or another key of the platform than the one that asked."""
    text = {} if body is None or body.note is None else {"note": body.note}
    return _settle(parts, principal, source, name, "approve", text)


@router.post("/corrections/{source}/{name:path}/reject", status_code=201, responses=_SETTLED)
def post_rejection(source: str, name: str, parts: Parts, principal: Caller, _query: Nothing, body: Reject) -> Response:
    """Reject a correction that waits; it is refused then. Said by those who may approve."""
    return _settle(parts, principal, source, name, "reject", {"reason": body.reason})


def _settle(
    parts: Services, principal: Principal, source: str, name: str, action: str, text: dict[str, str]
) -> Response:
    answer, after = corrections.settle(parts, principal, source, name, action, text)
    assert answer.position is not None, "an approval is recorded or refused, never parked"
    status = _status(after)
    refusal = None if status == "approved" else parts.reads.last_refusal(source, name).value
    code, detail = refusal or (None, None)
    settled = SettledCorrection(
        source=source, id=name, status=status, position=answer.position, recorded_position=after.position,
        code=code, detail=detail,
    )  # fmt: skip
    stands_on = max(answer.position, after.position or 0)
    return facts.answer(msgspec.structs.asdict(settled), facts.AsOf(stands_on, 0.0), 201)


def _status(asked: AskedCorrection) -> Status:
    if asked.settled_at is None:
        return "waiting"
    if asked.outcome == "accepted":
        return "approved"
    return "refused" if asked.approval is not None and asked.approval.granted else "rejected"


def _show(asked: AskedCorrection) -> ShownCorrection:
    said = asked.approval
    return ShownCorrection(
        source=asked.source,
        id=asked.id,
        status=_status(asked),
        corrects=asked.data.corrects,
        reason=asked.data.reason,
        replacement=asked.data.replacement,
        asked_by=asked.data.asked_by if isinstance(asked.data.asked_by, str) else None,
        asked_at=asked.asked_at,
        settled_by=said.by if said else None,
        settled_at=asked.settled_at,
        settled_because=said.reason if said else None,
        recorded_position=asked.position,
        event=msgspec.Raw(asked.body),
    )
