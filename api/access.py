"""Who is asking: keys of machines, passwords and sessions of people. Only digests are ever stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal, NamedTuple, Protocol

import argon2

Role = Literal["platform", "regulator", "auditor", "investor"]
USER_ROLES: Final = ("platform", "regulator", "auditor", "investor")
REGISTRY: Final = "registry"
SESSION_COOKIE: Final = "crowdledger_session"
HOST_PREFIX: Final = "__Host-"  # a browser takes such a cookie from this very host alone, by https (RFC 6265bis, 4.1.3)
READS_ALL: Final = frozenset({"regulator", "auditor"})
_TOKEN_BYTES: Final = 32
_PASSWORDS: Final = argon2.PasswordHasher()  # argon2id, the library's current recommendation (RFC 9106, low memory)


class Herself(NamedTuple):
    """An investor who asks about herself. `scopes`: the platforms that she is shown; None: all of them."""

    person: str  # her pseudonym, the same over all platforms
    scopes: tuple[str, ...] | None = None

    @property
    def whole(self) -> bool:
        """True where nothing is kept from her. A platform's link proves the platform alone, which may use it itself."""
        return self.scopes is None

    def sees(self, scope: str) -> bool:
        """True where she is shown what she has on this platform."""
        return self.scopes is None or scope in self.scopes


class Principal(NamedTuple):
    """Who asks: the holder of a key, or a person who has signed in."""

    id: str
    name: str
    role: Role
    source: str | None  # what it sends events as: `platform:<id>`, `registry`, None for auditors and investors
    person: str | None = None  # an investor's pseudonym, the same over all platforms
    must_enrol: bool = False  # has signed in by password alone where that is not enough: may enrol, nothing else
    scopes: tuple[str, ...] | None = (
        None  # an investor's: the platforms that vouched for her in this session; None: all
    )

    by_ticket: bool = False  # came by a platform's link or code: proves nothing that could change how she signs in

    @property
    def herself(self) -> Herself:
        """An investor as who asks about herself."""
        assert self.person is not None, "asked of investors only"
        return Herself(self.person, self.scopes)

    @property
    def reads_all(self) -> bool:
        """True for those who see every platform's data."""
        return self.role in READS_ALL

    def may_read(self, source: str) -> bool:
        """True where this principal sees the data of `source`."""
        return self.role in READS_ALL or (self.source is not None and self.source == source)


class StoredSession(NamedTuple):
    """A session as the table has it."""

    principal: Principal
    method: str  # password, totp, recovery, provider, link, code


class AccessStore(Protocol):
    """What the gate asks of the database. Every call blocks, and raises Problem where the database can't answer."""

    def find_key(self, digest: bytes) -> Principal | None:
        """The holder of a key that is not revoked."""
        ...

    def find_session(self, digest: bytes, now: datetime, *, quiet: bool) -> StoredSession | None:
        """A session that has neither expired nor rested too long, of a user who is not disabled.

        It counts as used now, unless `quiet`: a page that asks for news by itself doesn't keep a session awake.
        """
        ...

    def end_session(self, digest: bytes) -> None:
        """End a session, as its owner wished; nothing happens where there is none."""
        ...


@dataclass(frozen=True)
class AccessSecrets:
    """Keys for the digests, one per purpose."""

    api_keys: bytes
    sessions: bytes
    csrf: bytes
    door: bytes  # names and networks in counters, recovery codes, tickets

    def __repr__(self) -> str:
        return "AccessSecrets(...)"


def new_key(role: Role) -> str:
    """A fresh API key. Its text begins with what it is, so that secret scanners and people can tell."""
    return f"cl_{role}_{secrets.token_urlsafe(_TOKEN_BYTES)}"


def new_token() -> str:
    """A fresh session token."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def new_password() -> str:
    """A fresh password, for somebody to change."""
    return secrets.token_urlsafe(15)


def session_cookie(scheme: str) -> str:
    """The name of the session's cookie on an address of this scheme."""
    return HOST_PREFIX + SESSION_COOKIE if scheme == "https" else SESSION_COOKIE


def digest(secret: bytes, token: bytes) -> bytes:
    """What is stored of a key or a token. A keyed hash suffices: the token itself is random and long."""
    return hmac.digest(secret, token, hashlib.sha256)


def door_digest(secrets: AccessSecrets, purpose: str, text: str) -> bytes:
    """Keyed, and of one purpose: what is stored for one thing means nothing for another."""
    return digest(secrets.door, f"{purpose}\0{text}".encode())


def hash_password(password: str) -> str:
    """An argon2id hash with its salt and parameters."""
    return _PASSWORDS.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """True where the password is the one that was hashed; without one it takes as long and is False."""
    try:
        _PASSWORDS.verify(stored or _nobody(), password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return bool(stored)


@cache
def _nobody() -> str:
    """Verified where there is no such user, so that a wrong name takes as long as a wrong password."""
    return _PASSWORDS.hash(new_token())


def csrf_token(secret: bytes, session_token: str) -> str:
    """The token that every form of one session carries; nothing is stored for it."""
    return hmac.new(secret, session_token.encode(), hashlib.sha256).hexdigest()


def csrf_matches(secret: bytes, session_token: str, presented: str) -> bool:
    """True where a form carries the token of its session."""
    return hmac.compare_digest(csrf_token(secret, session_token).encode(), presented.encode())
