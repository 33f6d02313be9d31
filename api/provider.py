"""An identity provider of the office (OpenID Connect): what it vouches for, and as whom. Pure, but for the protocol."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from api.access import Role

NAME_LENGTH_MAX: Final = 128
SUBJECT_LENGTH_MAX: Final = 255  # OpenID Connect Core 1.0, 2
NAME_CLAIMS: Final = ("preferred_username", "email", "name")


class Untrusted(Exception):
    """What came back can't be believed; the reason is for the operator's eyes as well as the person's."""


class Journey(NamedTuple):
    """One way to the provider and back. `back` is the address here that it leads to."""

    back: str
    state: str
    nonce: str
    verifier: str


class Provider(Protocol):
    """Blocks while it asks the provider; raises Problem (503) where that does not answer."""

    @property
    def issuer(self) -> str:
        """Who vouches."""
        ...

    @property
    def roles(self) -> Mapping[str, Role]:
        """What the values of the claim mean here, the first one that fits."""
        ...

    @property
    def role_claim(self) -> str:
        """Which claim tells the role; dots lead into objects."""
        ...

    def address(self, journey: Journey) -> str:
        """Where to send somebody."""
        ...

    def claims(self, journey: Journey, code: str) -> dict[str, Any]:
        """What the provider says of who came back with a code. Raises Untrusted."""
        ...


def role_of(claims: Mapping[str, Any], claim: str, roles: Mapping[str, Role]) -> Role | None:
    """The first mapped role that the person has; None where she has none."""
    held = _listed(_at(claims, claim))
    return next((role for value, role in roles.items() if value in held), None)


def subject_of(claims: Mapping[str, Any]) -> str:
    """Who it is, for life. Raises Untrusted."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.isprintable() or not 0 < len(subject) <= SUBJECT_LENGTH_MAX:
        raise Untrusted("the identity provider's answer has no usable subject.")
    return subject


def name_of(claims: Mapping[str, Any]) -> str:
    """What to call the person. Raises Untrusted where nothing printable is said."""
    for claim in (*NAME_CLAIMS, "sub"):
        said = claims.get(claim)
        name = unicodedata.normalize("NFKC", said).strip()[:NAME_LENGTH_MAX] if isinstance(said, str) else ""
        if name and name.isprintable():
            return name
    raise Untrusted("the identity provider's answer has no usable name.")


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name; by a path of names where there is none of the whole name."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _listed(value: Any) -> Sequence[Any]:
    if isinstance(value, str):
        return [value]
    return value if isinstance(value, list) else []
