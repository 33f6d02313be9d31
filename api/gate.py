"""The gate: verifies keys, sign-ins and sessions against the store, and remembers them for a few seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple, NoReturn

from api.access import (
    AccessSecrets,
    AccessStore,
    Principal,
    csrf_matches,
    csrf_token,
    digest,
    new_token,
    verify_password,
)
from api.problems import Problem

REMEMBERED_SECONDS: Final = 5.0  # how long a revoked key can still be taken
REMEMBERED_MAX: Final = 10_000
SESSION_LENGTH: Final = timedelta(hours=12)
SIGN_IN_FAILURES_MAX: Final = 5
SIGN_IN_PAUSE_SECONDS: Final = 60.0  # doubles with every further failure
SIGN_IN_PAUSE_MAX_SECONDS: Final = 900.0


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
    ) -> None:
        self._store = store
        self._keys = keys
        self._now = now
        self._monotonic = monotonic
        self._remembered: dict[bytes, _Remembered] = {}
        self._asking: dict[bytes, asyncio.Future[Principal | None]] = {}
        self._failures: dict[str, tuple[int, float]] = {}  # how many in a row, and when the last one was

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

    async def sign_in(self, name: str, password: str) -> str | None:
        """A new session's token, or None for a wrong name or password. Raises Problem (429) after many failures."""
        self._count_attempt(name)
        user = await asyncio.to_thread(self._store.find_user, name)
        stored = user.password_hash if user else None
        right = await asyncio.to_thread(verify_password, stored, password)
        if user is None or not right:
            return None
        self._failures.pop(name, None)
        token = new_token()
        expires_at = self._now() + SESSION_LENGTH
        await asyncio.to_thread(self._store.insert_session, self._session_digest(token), user.principal.id, expires_at)
        return token

    async def session(self, token: str | None) -> Principal | None:
        """Who has signed in with this session's token; None where it is unknown or has expired."""
        if not token:
            return None
        own = self._session_digest(token)
        return await self._remember(own, own, lambda key: self._store.find_session(key, self._now()))

    async def sign_out(self, token: str) -> None:
        """End the session."""
        own = self._session_digest(token)
        self._remembered.pop(own, None)
        await asyncio.to_thread(self._store.delete_session, own)

    def csrf(self, token: str) -> str:
        """What every form of this session must carry."""
        return csrf_token(self._keys.csrf, token)

    def csrf_matches(self, token: str, presented: str) -> bool:
        """True where a form carries the token of its session."""
        return csrf_matches(self._keys.csrf, token, presented)

    def _session_digest(self, token: str) -> bytes:
        return digest(self._keys.sessions, token.encode())

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

    def _count_attempt(self, name: str) -> None:
        """An attempt counts as failed until it has succeeded: many at once are as many as one after the other."""
        now = self._monotonic()
        if len(self._failures) >= REMEMBERED_MAX:
            self._failures.clear()
        count, last = self._failures.get(name, (0, now))
        if now - last > SIGN_IN_PAUSE_MAX_SECONDS:
            count = 0
        if count >= SIGN_IN_FAILURES_MAX:
            doubled = SIGN_IN_PAUSE_SECONDS * 2.0 ** (count - SIGN_IN_FAILURES_MAX)
            pause = min(doubled, SIGN_IN_PAUSE_MAX_SECONDS)
            if now - last < pause:
                _too_many(pause - (now - last))
        self._failures[name] = (count + 1, now)


def _too_many(seconds: float) -> NoReturn:
    wait = max(1, round(seconds))
    raise Problem(
        "too_many_requests",
        f"too many failed sign-ins with this name; wait {wait} seconds.",
        headers={"Retry-After": str(wait)},
    )
