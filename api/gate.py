"""The gate: verifies keys and sessions against the store, and remembers them for a few seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, NamedTuple

from api.access import AccessSecrets, AccessStore, Principal, Role, csrf_matches, csrf_token, digest
from api.problems import Problem

REMEMBERED_SECONDS: Final = 5.0  # how long a revoked key can still be taken
REMEMBERED_MAX: Final = 10_000


class _Remembered(NamedTuple):
    principal: Principal | None
    until: float


class Gate:
    """Belongs to one event loop; only the store's calls run in threads."""

    def __init__(
        self,
        store: AccessStore,
        keys: AccessSecrets,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        require_totp: frozenset[Role] = frozenset(),
    ) -> None:
        self._store = store
        self._keys = keys
        self._now = now
        self._monotonic = monotonic
        self._require_totp = require_totp
        self._remembered: dict[bytes, _Remembered] = {}
        self._asking: dict[bytes, asyncio.Future[Principal | None]] = {}

    def known(self, authorization: bytes | None) -> Principal | None:
        """The holder of the key in an Authorization header, from memory alone; None means: ask `bearer`."""
        if authorization is None:
            return None
        remembered = self._remembered.get(digest(self._keys.api_keys, authorization))
        if remembered is None or remembered.until < self._monotonic():
            return None
        return remembered.principal

    async def bearer(self, authorization: bytes | None) -> Principal:
        """The holder of the key in an Authorization header; raises Problem (401) for everything else."""
        if authorization is None:
            raise Problem("unauthenticated", "send the header `Authorization: Bearer KEY`.")
        scheme, _, token = authorization.partition(b" ")
        token = token.strip()
        if scheme.lower() != b"bearer" or not token:
            raise Problem("unauthenticated", "the Authorization header must be `Bearer KEY`.")
        principal = await self._remember(
            digest(self._keys.api_keys, authorization), digest(self._keys.api_keys, token), self._store.find_key
        )
        if principal is None:
            raise Problem("unauthenticated", "this key is unknown or has been revoked.")
        return principal

    async def session(self, token: str | None, *, quiet: bool = False) -> Principal | None:
        """Who has signed in with this session's token; None where it is unknown, has expired or rested too long.

        `quiet`: a page asks by itself, which doesn't keep the session awake.
        """
        if not token:
            return None
        own = self.session_digest(token)
        slot = own + b"quiet" if quiet else own  # an answer to a quiet question must not hide that somebody is there
        return await self._remember(slot, own, lambda key: self._session(key, quiet=quiet))

    async def sign_out(self, token: str) -> None:
        """End the session."""
        own = self.session_digest(token)
        await asyncio.to_thread(self._store.end_session, own)
        self.forget([own])

    def forget(self, sessions: Iterable[bytes]) -> None:
        """Ask the store anew about sessions that have ended; other processes do so within seconds."""
        for own in sessions:
            self._remembered.pop(own, None)
            self._remembered.pop(own + b"quiet", None)

    def session_digest(self, token: str) -> bytes:
        """What is stored of a session's token."""
        return digest(self._keys.sessions, token.encode())

    def csrf(self, token: str) -> str:
        """What every form of this session must carry."""
        return csrf_token(self._keys.csrf, token)

    def csrf_matches(self, token: str, presented: str) -> bool:
        """True where a form carries the token of its session."""
        return csrf_matches(self._keys.csrf, token, presented)

    def _session(self, own: bytes, *, quiet: bool) -> Principal | None:
        found = self._store.find_session(own, self._now(), quiet=quiet)
        if found is None:
            return None
        by_ticket, user = found.method in {"link", "code"}, found.principal
        if by_ticket and user.person is not None:  # the name she signs in by is none of the platform's business
            user = user._replace(name=f"investor-{user.person[:16]}")
        alone = found.method == "password"  # an identity provider, or a platform's ticket, has its own second step
        return user._replace(must_enrol=alone and user.role in self._require_totp, by_ticket=by_ticket)

    async def _remember(
        self, slot: bytes, stored: bytes, find: Callable[[bytes], Principal | None]
    ) -> Principal | None:
        remembered = self._remembered.get(slot)
        if remembered is not None and remembered.until >= self._monotonic():
            return remembered.principal
        asking = self._asking.get(slot)
        if asking is None:  # of many requests with one key, one asks and the others wait for its answer
            asking = asyncio.ensure_future(asyncio.to_thread(find, stored))
            self._asking[slot] = asking
            asking.add_done_callback(lambda done: self._answered(slot, done))
        return await asyncio.shield(asking)

    def _answered(self, slot: bytes, done: asyncio.Future[Principal | None]) -> None:
        del self._asking[slot]
        if done.cancelled() or done.exception() is not None:
            return
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[slot] = _Remembered(done.result(), self._monotonic() + REMEMBERED_SECONDS)
