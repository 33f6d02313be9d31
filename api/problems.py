"""Every error this API gives: a closed list of codes with status and title, rendered as RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from ledger.kernel.refusals import Code

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 1


class Kind(NamedTuple):
    """What all problems of one code share."""

    status: int
    title: str


# Problems of the transport; an event that is not recorded has a refusal code instead (ledger/kernel/refusals.py).
KINDS: Final[Mapping[str, Kind]] = {
    "not_json": Kind(400, "The body can't be read as JSON"),
    "bad_encoding": Kind(400, "The body doesn't match its Content-Encoding"),
    "bad_request": Kind(400, "The request can't be understood"),
    "unauthenticated": Kind(401, "A valid key is needed"),
    "forbidden": Kind(403, "This key may not do that"),
    "not_found": Kind(404, "There is no such thing"),
    "erased": Kind(410, "What identified this party was erased"),
    "method_not_allowed": Kind(405, "This address doesn't take that method"),
    "timeout": Kind(408, "The body didn't arrive in time"),
    "already_done": Kind(409, "This is done already"),
    "no_person": Kind(409, "Nobody knows which person this party is"),
    "not_sealed": Kind(409, "No signed tree head covers this yet"),
    "still_open": Kind(409, "The relationship with the party is not over"),
    "kept_by_law": Kind(409, "The law still wants this to be kept"),
    "schema_violated": Kind(409, "The report breaks the schema that it was checked against"),
    "no_retention_period": Kind(409, "Nobody has said how long the law wants this to be kept"),
    "too_large": Kind(413, "The body is too large"),
    "unsupported_media_type": Kind(415, "The body has a form that isn't taken here"),
    "invalid_parameter": Kind(422, "A parameter can't be used as given"),
    "too_long": Kind(422, "This takes longer than an answer may take"),
    "too_many_requests": Kind(429, "Too many requests"),
    "internal": Kind(500, "Something went wrong on our side"),
    "unavailable": Kind(503, "The ledger can't answer at the moment"),
    "overloaded": Kind(503, "More is waiting than can be taken at the moment"),
    "shutting_down": Kind(503, "This server is shutting down"),
}
# Refusals that say "this is not an event", as opposed to "this event can't be true now".
_UNPROCESSABLE: Final = frozenset({Code.MALFORMED, Code.UNKNOWN_TYPE, Code.TIME_IN_FUTURE})


class Problem(Exception):
    """Raised where a request can't be served; the one way to an error answer. `members` are added to its body."""

    def __init__(self, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members
        if self.status == 503:
            self.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
        if self.status == 401:
            self.headers.setdefault("WWW-Authenticate", 'Bearer realm="crowdledger"')

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return KINDS[self.code].status if self.code in KINDS else refusal_status(self.code)

    def body(self) -> bytes:
        """The problem details as JSON."""
        title = KINDS[self.code].title if self.code in KINDS else refusal_title(self.code)
        return encode(self.code, self.status, title, self.detail, self.members)


def encode(code: str, status: int, title: str, detail: str, members: Mapping[str, Any]) -> bytes:
    """Problem details of any status, also of one that has no code of its own."""
    head = {"type": address(code), "title": title, "status": status, "detail": detail, "code": code}
    return msgspec.json.encode({**head, **members})


def address(code: str) -> str:
    """Where the code is explained: a path on this server."""
    return f"/docs/problems#{code}" if code in KINDS else f"/docs/refusals#{code}"


def refusal_status(code: str) -> int:
    """HTTP status of a single event that was refused."""
    return 422 if code in _UNPROCESSABLE else 409


def refusal_title(code: str) -> str:
    """A code as words: `id_reused` is "Id reused"."""
    return code.replace("_", " ").capitalize()
