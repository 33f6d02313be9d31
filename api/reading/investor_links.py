"""How a platform hands one of its investors the way in: a link, or a code to type. Used once, within minutes."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends
from fastapi import Request as HttpRequest
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.access import Principal, new_token
from api.deps import Nothing, Parts, only, plain_text
from api.door_store import Ticket
from api.openapi import described
from api.problems import Problem
from api.services import Services
from ledger.recorded import scope_of
from ledger.states.parties import Party, is_forgotten

router = APIRouter(prefix="/v1", tags=["investors"], dependencies=[Depends(plain_text)])
Platform = Annotated[Principal, only("platform")]
ENTER: Final = "/my/enter"
GOOD_FOR: Final = timedelta(minutes=10)
CODE_DIGITS: Final = 8
_REFERENCE_CHARACTERS: Final = 8
_ALPHABET: Final = "23456789abcdefghjkmnpqrstvwxyz"  # nothing that is mistaken for something else


class Whose(BaseModel):
    """For whom: a party of the platform itself."""

    model_config = ConfigDict(extra="forbid")

    investor: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,128}$", examples=["U-77"])


class Link(msgspec.Struct, kw_only=True):
    """A way in by link, to be handed to this investor alone. It opens a page; its button uses the link up."""

    url: str
    expires_at: datetime


class Code(msgspec.Struct, kw_only=True):
    """A way in by code: the investor types both at `url`. Five tries."""

    reference: str
    code: str
    url: str
    expires_at: datetime


@router.post(
    "/investor-links",
    status_code=201,
    responses=described(
        "A link, good for ten minutes and one entry.", 400, 401, 403, 404, 409, 410, one=Link, status=201
    ),
)
def post_investor_link(
    request: HttpRequest, parts: Parts, principal: Platform, _query: Nothing, body: Whose
) -> Response:
    """Make a link for an investor; an earlier one for the same investor is worth nothing from now on."""
    person = _person(parts, principal, body.investor)
    token = new_token()
    digest = parts.entrance.ticket_digest("link", token)
    expires_at = parts.now() + GOOD_FOR
    parts.keep_ticket(
        Ticket("link", digest, None, person, principal.source or "", body.investor, principal, expires_at)
    )
    return _answer(Link(url=f"{_base(request, parts)}{ENTER}?t={token}", expires_at=expires_at))


@router.post(
    "/investor-codes",
    status_code=201,
    responses=described("A code and its reference, good for ten minutes and one entry.", 400, 401, 403, 404, 409, 410,
                        one=Code, status=201),
)  # fmt: skip
def post_investor_code(
    request: HttpRequest, parts: Parts, principal: Platform, _query: Nothing, body: Whose
) -> Response:
    """Make a code for an investor; an earlier one for the same investor is worth nothing from now on."""
    person = _person(parts, principal, body.investor)
    reference = "".join(secrets.choice(_ALPHABET) for _ in range(_REFERENCE_CHARACTERS))
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    digest = parts.entrance.ticket_digest("code", reference)
    proof = parts.entrance.ticket_digest("proof", f"{reference}|{code}")
    expires_at = parts.now() + GOOD_FOR
    parts.keep_ticket(
        Ticket("code", digest, proof, person, principal.source or "", body.investor, principal, expires_at)
    )
    shown = f"{reference[:4]}-{reference[4:]}"
    return _answer(Code(reference=shown, code=code, url=f"{_base(request, parts)}{ENTER}", expires_at=expires_at))


def _person(parts: Services, principal: Principal, investor: str) -> str:
    """The person behind a party of the platform. Raises Problem where there is none."""
    key = f"party:{scope_of(principal.source or '')}/{investor}"
    state = parts.reads.states([key]).value.get(key)
    if state is None:
        raise Problem("not_found", f"there is no party {investor!r} of yours.")
    if is_forgotten(state):
        raise Problem("erased", f"what identified {investor!r} was erased; register the person under a new id.")
    if not isinstance(state, Party) or state.person is None:
        raise Problem(
            "no_person",
            f"{investor!r} was registered without `identity`, so nobody knows which person it is and whose pledges to "
            "show. Correct its party.registered (event.corrected) and send it again with `identity`, or register the "
            "person under a new id.",
        )
    return state.person


def _base(request: HttpRequest, parts: Services) -> str:
    return (parts.public_url or str(request.base_url)).rstrip("/")


def _answer(shown: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(shown), 201, {"Cache-Control": "no-store"}, "application/json")
