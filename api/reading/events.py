"""Single events, and what waits or was refused: each sender its own, the supervisor all."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from msgspec import UNSET, UnsetType
from pydantic import Field
from starlette.responses import Response

from api import cursors, facts
from api.access import Principal
from api.deps import Caller, Nothing, Page, Parts, plain_text, whose
from api.openapi import described
from api.problems import Problem
from api.services import StoredEvent
from api.withholding import shown_body
from ledger.accounts import Posting
from ledger.store.reading import REFUSAL_BYTES_MAX, Chain, Link, ParkedEvent, Refusal

router = APIRouter(prefix="/v1", tags=["events"], dependencies=[Depends(plain_text)])


POSTINGS_SHOWN_MAX: Final = 1_000  # the close of a large campaign has a line per investor
_postings = msgspec.json.Decoder(tuple[Posting, ...]).decode


class PostingLine(msgspec.Struct, kw_only=True):
    """One line of the entry that the event made; debit positive."""

    account: str
    currency: str
    amount: int


class LinkedEvent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Another event of the same source; without a `position` it has not been recorded."""

    id: str
    position: int | None
    recorded_at: datetime | None = None
    reason: str | None = None


class SecondPerson(msgspec.Struct, kw_only=True):
    """Whose word a correction needed: ids of keys or accounts."""

    asked_by: str | None
    approved_by: str


class RecordedEvent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An event of the log. `position` is its own; `ledger_position` is what the answer stands on.

    `postings` are the first 1,000 of `postings_count`. What corrections tie to it is there where there is something.
    """

    status: Literal["accepted"]
    position: int
    time: datetime
    recorded_at: datetime
    event: msgspec.Raw
    postings: tuple[PostingLine, ...]
    postings_count: int
    corrected_by: LinkedEvent | UnsetType = UNSET
    replaced_by: LinkedEvent | UnsetType = UNSET
    corrects: LinkedEvent | UnsetType = UNSET
    replacement: LinkedEvent | UnsetType = UNSET
    replaces: tuple[LinkedEvent, ...] | UnsetType = UNSET
    second_person: SecondPerson | UnsetType = UNSET


class WaitingEvent(msgspec.Struct, kw_only=True):
    """An event that is kept until the entities in `waits_for` have arrived."""

    status: Literal["parked"] = "parked"
    number: int
    source: str
    id: str
    type: str
    time: datetime
    parked_at: datetime
    waits_for: list[str]
    event: msgspec.Raw


class RefusedItem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What was refused. `body` is what was sent, its first 64 KiB; base64 where it is no text.

    The console shows it at `/platform/held/refused/{number}`.

    `withheld`: nobody has it any more (it was erased or has expired), or it may name people and was sent by another:
    then strings outside of the vocabulary's fields are withheld, and the whole body where it is no JSON.
    """

    number: int
    source: str
    id: str | None
    code: str
    detail: str
    received_at: datetime
    body: str | UnsetType = UNSET
    body_base64: str | UnsetType = UNSET
    body_bytes: int
    truncated: bool
    withheld: bool = False


class OwnPage(Page):
    """A page of one's own, or of a source that one supervises."""

    source: str | None = Field(None, max_length=200, description="For the regulator and auditors: one source only.")


OwnPaged = Annotated[OwnPage, Query()]


@router.get(
    "/events/{source}/{name:path}",
    responses=described("The event with its position, both times and its postings.", 401, 404, one=RecordedEvent),
)
def get_event(source: str, name: str, parts: Parts, principal: Caller, _query: Nothing) -> Response:
    """One event by its idempotency key: recorded, or parked still."""
    if principal.may_read(source):
        stored = parts.reads.event(source, name)
        if stored.value is not None:
            chain = parts.reads.chain(source, name)
            return facts.answer(_recorded(stored.value, chain.value), chain.as_of)
        parked = parts.reads.parked_one(source, name)
        if parked.value is not None:
            # Its own position is none yet, and must not be mistaken for the ledger's.
            return facts.answer({**msgspec.structs.asdict(_parked(parked.value)), "position": None}, parked.as_of)
    # Another's event and one that doesn't exist look the same: the answer tells nothing about others.
    raise Problem(
        "not_found", f"no event {name!r} of {source!r} is recorded or parked; GET /v1/refusals has the refused."
    )


@router.get(
    "/parked",
    responses=described("What waits for something that it names, oldest first.", 401, 403, page_of=WaitingEvent),
)
def get_parked(parts: Parts, principal: Caller, query: OwnPaged) -> Response:
    """Events that are kept until what they name arrives."""
    source = whose(principal, query.source)
    question = ("parked", source)
    after = cursors.decode(question, query.cursor, int, 0)
    read = parts.reads.parked(source, after, query.limit + 1)
    return facts.page(question, read, query.limit, _parked, lambda each: each.number)


@router.get(
    "/refusals",
    responses=described("What was refused, with the body as it was sent, oldest first.", 401, 403, page_of=RefusedItem),
)
def get_refusals(parts: Parts, principal: Caller, query: OwnPaged) -> Response:
    """Items that were not recorded, and why."""
    source = whose(principal, query.source)
    question = ("refusals", source)
    after = cursors.decode(question, query.cursor, int, 0)
    read = parts.reads.refusals(source, after, query.limit + 1)
    return facts.page(question, read, query.limit, partial(_refusal, principal), lambda each: each.number)


def _recorded(stored: StoredEvent, chain: Chain) -> RecordedEvent:
    postings = _postings(stored.postings) if stored.postings else ()
    said = chain.approval
    return RecordedEvent(
        status="accepted",
        position=stored.position,
        time=stored.happened_at,
        recorded_at=stored.recorded_at,
        event=msgspec.Raw(stored.body),
        postings=tuple(PostingLine(**each._asdict()) for each in postings[:POSTINGS_SHOWN_MAX]),
        postings_count=len(postings),
        corrected_by=_link(chain.corrected_by),
        replaced_by=_link(chain.replaced_by),
        corrects=_link(chain.corrects),
        replacement=_link(chain.replacement),
        replaces=tuple(LinkedEvent(**each._asdict()) for each in chain.replaces) or UNSET,
        second_person=UNSET if said is None else SecondPerson(asked_by=said.asked_by, approved_by=said.by),
    )


def _link(link: Link | None) -> LinkedEvent | UnsetType:
    return UNSET if link is None else LinkedEvent(**link._asdict())


def _parked(parked: ParkedEvent) -> WaitingEvent:
    return WaitingEvent(
        number=parked.number,
        source=parked.source,
        id=parked.id,
        type=parked.type,
        time=parked.happened_at,
        parked_at=parked.parked_at,
        waits_for=parked.missing,
        event=msgspec.Raw(parked.body),
    )


def _refusal(principal: Principal, refusal: Refusal) -> RefusedItem:
    body = shown_body(principal, refusal)
    return RefusedItem(
        number=refusal.number,
        source=refusal.source,
        id=refusal.id,
        code=refusal.code,
        detail=refusal.detail,
        received_at=refusal.received_at,
        body=UNSET if body.text is None else body.text,
        body_base64=UNSET if body.base64 is None else body.base64,
        body_bytes=refusal.body_bytes,
        truncated=refusal.body_bytes > REFUSAL_BYTES_MAX,
        withheld=body.withheld,
    )
