"""Complaints: an investor's own at `/v1/me/complaints`, all of them for the office at `/v1/complaints`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import complaining, cursors, facts
from api.complaining import TEXT_MAX, TEXT_MIN, Category, Subject
from api.deps import Investor, Nothing, Page, Parts, Regulator, Supervisor, plain_text
from api.mine import Kept
from api.openapi import described
from api.problems import Problem
from projections.filings import Filed, Wanted
from projections.mine import NEWEST

router = APIRouter(prefix="/v1", tags=["me"], dependencies=[Depends(plain_text)])


class ComplaintAbout(BaseModel):
    """A pledge or loan of hers by its id, or a platform that knows her (without `id`)."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["pledge", "loan", "platform"]
    platform: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,128}$")
    id: str | None = Field(None, pattern=r"^[A-Za-z0-9._:-]{1,128}$")


class Complain(BaseModel):
    """The text is sealed and never stands in the log. Still: no names, no account numbers."""

    model_config = ConfigDict(extra="forbid")

    about: ComplaintAbout
    category: Category
    text: str = Field(min_length=TEXT_MIN, max_length=TEXT_MAX, pattern=r"\S")


class LookAtComplaint(BaseModel):
    """Why the text is looked at; it stays in the log, so no names."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=1_900, pattern=r"\S")


class OwnComplaint(msgspec.Struct, kw_only=True):
    """A complaint of hers. It is `received` once the log has it, at `position`.

    The event `registry`/`complaint` has sha256 of salt, line feed and text as `extra.text_digest`; its receipt proves
    what was written, and when.
    """

    complaint: str
    state: str
    about: dict[str, str | None]
    category: str
    text: str
    salt: str
    filed_at: datetime
    position: int


class ComplaintReceived(msgspec.Struct, kw_only=True):
    """Where the log has it."""

    complaint: str
    state: str
    position: int


class ShownComplaint(msgspec.Struct, kw_only=True):
    """A complaint for the office. `by`: the investor herself, or the platform that passed it on (with its text)."""

    complaint: str
    by: str
    source: str
    about: str
    category: str
    text: str | None
    happened_at: datetime
    position: int


class ComplaintText(msgspec.Struct, kw_only=True):
    """What she wrote; `position` is that of the event which says that you looked."""

    complaint: str
    text: str
    position: int


class AskedComplaints(Page):
    """Filters; without one, all."""

    platform: str | None = Query(None, max_length=128)
    category: str | None = Query(None, max_length=200)
    by: Literal["investor", "platform"] | None = Query(None, description="Who filed it.")


@router.get("/me/complaints", responses=described("Her complaints, newest first.", 401, 403, page_of=OwnComplaint))
def get_own_complaints(parts: Parts, principal: Investor, query: Annotated[Page, Query()]) -> Response:
    """What an investor has complained about, and that it was received."""
    question = ("my complaints", principal.person)
    before = cursors.decode(question, query.cursor, tuple[datetime, str] | None, None)
    if not principal.herself.whole:
        raise Problem(
            "forbidden",
            "who came by a platform's link can file complaints, and is not shown those that were filed: the platform "
            "could read them by a link of its own.",
        )
    read = parts.complaints.of(principal.herself.person, before, query.limit + 1)
    return facts.page(question, read, query.limit, show_own, lambda each: (each.filed_at, each.complaint))


@router.post(
    "/me/complaints",
    status_code=201,
    responses=described("It is received.", 400, 401, 403, 404, 413, 429, one=ComplaintReceived, status=201),
)
def post_own_complaint(body: Complain, parts: Parts, principal: Investor, _query: Nothing) -> Response:
    """File a complaint about a pledge, a loan or a platform of one's own. At most ten a day."""
    about = Subject(body.about.kind, body.about.platform, body.about.id)
    done = complaining.file(parts, principal, about, body.category, body.text)
    shown = ComplaintReceived(complaint=done.complaint, state="received", position=done.position)
    return Response(msgspec.json.encode(shown), 201, {"Cache-Control": "no-store"}, "application/json")


@router.get("/complaints", responses=described("Complaints, newest first.", 401, 403, page_of=ShownComplaint))
def get_complaints(parts: Parts, _principal: Supervisor, query: Annotated[AskedComplaints, Query()]) -> Response:
    """All complaints: those that platforms passed on, and those that investors filed themselves."""
    wanted = Wanted(query.platform, query.category, None if query.by is None else query.by == "investor")
    question = ("complaints", *wanted)
    before = cursors.decode(question, query.cursor, int, NEWEST)
    read = parts.complaints.listed(wanted, before, query.limit + 1)
    return facts.page(question, read, query.limit, _shown, lambda each: each.position)


@router.post(
    "/complaints/{complaint}/text",
    status_code=200,
    responses=described("What she wrote.", 400, 401, 403, 404, 410, 413, one=ComplaintText),
)
def post_look(complaint: str, body: LookAtComplaint, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Open the text of an investor's complaint. The event `vault.opened` is recorded before the answer."""
    found = complaining.open_text(parts, principal, complaint, body.reason)
    shown = ComplaintText(complaint=complaint, text=found.text, position=found.position)
    return Response(msgspec.json.encode(shown), 200, {"Cache-Control": "no-store"}, "application/json")


def show_own(kept: Kept) -> OwnComplaint:
    """A complaint as its owner gets it."""
    return OwnComplaint(
        complaint=kept.complaint,
        state="received",
        about=dict(complaining.subject_of(kept.subject)._asdict()),
        category=kept.category,
        text=kept.text,
        salt=kept.salt,
        filed_at=kept.filed_at.astimezone(UTC),
        position=kept.position,
    )


def _shown(filed: Filed) -> ShownComplaint:
    own = filed.scope == "registry"
    return ShownComplaint(
        complaint=filed.complaint,
        by="investor" if own else "platform",
        source="registry" if own else f"platform:{filed.scope}",
        about=filed.about,
        category=filed.category,
        text=filed.text,
        happened_at=filed.happened_at.astimezone(UTC),
        position=filed.position,
    )
