"""The vault: who is behind a pseudonym, whose a number is, all about a person, erasing. For the regulator alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from api import vault
from api.deps import Nothing, Parts, Regulator, Strict, plain_text
from api.openapi import described
from api.problems import Problem
from api.vault import Done, Identified

router = APIRouter(prefix="/v1/vault", tags=["vault"], dependencies=[Depends(plain_text)])
_json = msgspec.json.Encoder().encode
Reason = Annotated[
    str, Field(min_length=3, max_length=2000, pattern=r"\S", description="Why. It stays in the log: no names in it.")
]
PartyName = Annotated[str, Field(min_length=3, max_length=260, description="`<platform>:<id>`")]
Pseudonym = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="A person over all platforms.")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Number(_Body):
    """An identity document or register entry. It reaches neither the log nor any log file."""

    scheme: str = Field(min_length=1, max_length=200)
    number: str = Field(min_length=1, max_length=200)


class Lookup(_Body):
    """One of party, person, identity; and why."""

    party: PartyName | None = None
    person: Pseudonym | None = None
    identity: Number | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.party, self.person, self.identity)) != 1:
            raise ValueError("name one of party, person and identity")
        return self


class Erasure(_Body):
    """A party, or a person with all her parties; and why."""

    party: PartyName | None = None
    person: Pseudonym | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.party is None) == (self.person is None):
            raise ValueError("name a party or a person")
        return self


class Export(Strict):
    """Whom, and why."""

    person: Pseudonym
    reason: Reason


class ShownParty(msgspec.Struct, kw_only=True):
    """What identifies a party. `position` is that of the event which says that you looked."""

    party: str
    kind: str
    person: str | None
    name: str | None
    identity: dict[str, str] | None
    erased: bool
    position: int


class FoundParties(msgspec.Struct, kw_only=True):
    """The parties of one person; none where nobody is known under that number."""

    person: str | None
    items: list[ShownParty]


class ShownErasure(msgspec.Struct, kw_only=True):
    """`requested`: another person confirms by sending the same. `swept` false: the files are cleared later."""

    status: Literal["requested", "erased"]
    parties: list[str]
    certificates: list[dict[str, Any]]
    swept: bool


class PersonalData(msgspec.Struct, kw_only=True):
    """All that is held about a person."""

    person: str
    parties: list[dict[str, Any]]


class ErasureCertificate(msgspec.Struct, kw_only=True):
    """What was destroyed, when, where the log says so; signed with the log's Ed25519 key over its RFC 8785 bytes."""

    certificate: str
    party: str
    erased_at: str
    position: int
    checkpoint: str | None
    log: str
    key: str
    signature: str


@router.post(
    "/lookups", status_code=200, responses=described("Who it is.", 400, 401, 403, 404, 409, 410, 413, one=FoundParties)
)
def post_lookup(body: Lookup, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """What identifies a party, or all parties of a person. The event `vault.opened` is recorded before the answer."""
    if body.party is not None:
        found = [vault.lookup(parts, principal, body.party, body.reason)]
        return _answer(FoundParties(person=found[0].person, items=[_shown(each) for each in found]))
    person = body.person
    if body.identity is not None:
        person = parts.vault.person(body.identity.scheme, body.identity.number)
    assert person is not None, "the form checked that one is given"
    items = vault.search(parts, principal, person, body.reason, "search")
    return _answer(FoundParties(person=person, items=[_shown(each) for each in items]))


@router.post(
    "/erasures",
    status_code=201,
    responses=described("Erased, or waiting for a second person.", 400, 401, 403, 404, 409, 413, one=ShownErasure,
                        status=201),
)  # fmt: skip
def post_erasure(body: Erasure, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Destroy what identifies a party or person. Two people: the second one sends the same and it is done."""
    keys = [vault.key_of(body.party)] if body.party is not None else parts.vault.parties(body.person or "")
    if not keys:
        raise Problem("not_found", "nobody is known under this pseudonym.")
    done = vault.erase(parts, principal, keys, body.reason)
    return _answer(_done(done), 201 if done.status == "erased" else 202)


@router.get("/erasures/{party}", responses=described("The signed certificate.", 401, 403, 404, one=ErasureCertificate))
def get_certificate(party: str, parts: Parts, _principal: Regulator, _query: Nothing) -> Response:
    """The certificate of an erasure, as often as it is asked for."""
    return _answer(vault.certificate(parts, vault.key_of(party)))


@router.get("/export", responses=described("All that is held about her.", 401, 403, one=PersonalData))
def get_export(parts: Parts, principal: Regulator, query: Annotated[Export, Query()]) -> Response:
    """Everything about a person, for her: identity, events, money, and who looked. Recorded like every look."""
    return _answer(vault.export(parts, principal, query.person, query.reason))


def _shown(found: Identified) -> ShownParty:
    return ShownParty(**found._asdict())


def _done(done: Done) -> ShownErasure:
    status: Literal["requested", "erased"] = "erased" if done.status == "erased" else "requested"
    return ShownErasure(status=status, parties=done.parties, certificates=done.certificates, swept=done.swept)


def _answer(shown: Any, status: int = 200) -> Response:
    # Never kept by a cache on the way, nor by the browser.
    return Response(_json(shown), status, {"Cache-Control": "no-store"}, "application/json")
