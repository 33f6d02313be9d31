"""One's own account: second factor, recovery codes, password, sessions. Each change ends the sessions elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from api import door_store, second_factor
from api.access import Principal, new_token
from api.door_store import DoorStore
from api.entrance import Entrance, Where
from api.gate import Gate
from api.problems import Problem

PASSWORD_LENGTH_MIN: Final = 12
PASSWORD_LENGTH_MAX: Final = 1024


class Wrong(Exception):
    """A password or code was wrong; `what` says which."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the {what} is wrong.")
        self.what = what


class Enrolled(NamedTuple):
    """Switched on. The codes are shown now and never again; the session goes on under another token."""

    codes: list[str]
    token: str


class Accounts:
    """What somebody may change about herself. Every change is noted; wrong passwords and codes count as at the door."""

    def __init__(self, store: DoorStore, entrance: Entrance, gate: Gate, now: Callable[[], datetime]) -> None:
        self._store = store
        self._entrance = entrance
        self._gate = gate
        self._now = now

    async def account(self, user: Principal) -> door_store.Account:
        """What the page shows."""
        return await asyncio.to_thread(self._store.account, user, self._now())

    def is_this(self, session: door_store.OwnSession, token: str) -> bool:
        """True for the session that asks."""
        return session.digest == self._gate.session_digest(token)

    async def begin(self, user: Principal) -> str:
        """The secret to enrol with; the same until it is proved. Raises Problem where a second factor is on already."""
        _own(user)
        secret = second_factor.new_secret()
        return await asyncio.to_thread(self._store.begin_second_factor, user, secret, self._now())

    async def confirm(self, user: Principal, code: str, token: str) -> Enrolled:
        """Switch the second factor on by a first code. Raises Wrong, Problem."""
        _own(user)
        found = await asyncio.to_thread(self._store.second_factor, user, confirmed=False)
        if found is None:
            raise Problem("not_found", "no second factor is being set up; load the page again.")
        bucket = self._entrance.code_bucket(user)
        await self._entrance.count_code(bucket)
        step = second_factor.step_of(found[0], second_factor.plain(code), self._now(), found[1])
        if step is None:
            raise Wrong("code")
        codes, fresh = second_factor.recovery_codes(), new_token()
        old, new = self._gate.session_digest(token), self._gate.session_digest(fresh)
        ended = await asyncio.to_thread(
            self._store.confirm_second_factor, user, step, self._digests(user, codes), old, new, self._now()
        )
        await self._settle([*ended, old], bucket)
        return Enrolled(codes, fresh)

    async def remove(self, user: Principal, password: str, code: str, where: Where) -> None:
        """Switch it off, by password and code. Raises Wrong, Problem."""
        await self._check_password(user, password, where)
        bucket, proof = await self._proved(user, code)
        if not await asyncio.to_thread(self._store.remove_second_factor, user, proof):
            raise Wrong("code")
        await self._settle([], bucket)

    async def renew_codes(self, user: Principal, code: str) -> list[str]:
        """Ten new recovery codes in place of the old ones, by a code of the authenticator. Raises Wrong, Problem."""
        bucket, proof = await self._proved(user, code)
        codes = second_factor.recovery_codes()
        if not isinstance(proof, int):
            raise Wrong("code")
        if not await asyncio.to_thread(self._store.new_recovery_codes, user, proof, self._digests(user, codes)):
            raise Wrong("code")
        await self._settle([], bucket)
        return codes

    async def change_password(self, user: Principal, old: str, new: str, token: str, where: Where) -> str:
        """Change it, and the session's token with it; the other sessions end. Raises Wrong, Problem."""
        if not PASSWORD_LENGTH_MIN <= len(new) <= PASSWORD_LENGTH_MAX:
            raise Problem("invalid_parameter", f"a password has at least {PASSWORD_LENGTH_MIN} characters.")
        stored = await self._check_password(user, old, where)
        hashed, fresh = await self._entrance.hashing.hashed(new), new_token()
        digests = self._gate.session_digest(token), self._gate.session_digest(fresh)
        ended = await asyncio.to_thread(self._store.change_password, user, stored, hashed, *digests, self._now())
        if ended is None:
            raise Wrong("password")
        await self._settle([*ended, digests[0]])
        return fresh

    async def end(self, user: Principal, id: str | None, token: str) -> int:
        """End one of one's own sessions, or all the others; how many ended."""
        ended = await asyncio.to_thread(self._store.end_own, user, id, self._gate.session_digest(token))
        self._gate.forget(ended)
        return len(ended)

    async def _check_password(self, user: Principal, password: str, where: Where) -> str:
        """The stored hash, where the password is right: a stolen session must not be a way to guess it."""
        _own(user)
        attempt = self._entrance.attempt(user.name, where)
        tried = await self._entrance.tried(attempt)
        if not await self._entrance.hashing.matches(tried.password_hash, password):
            raise Wrong("password")
        await asyncio.to_thread(self._store.clear, [attempt.own, attempt.all])
        return tried.password_hash

    async def _proved(self, user: Principal, code: str) -> tuple[door_store.Bucket, int | bytes]:
        _own(user)
        found = await asyncio.to_thread(self._store.second_factor, user, confirmed=True)
        if found is None:
            raise Problem("not_found", "no second factor is switched on.")
        bucket = self._entrance.code_bucket(user)
        await self._entrance.count_code(bucket)
        proof = self._entrance.proof(user, found[0], code, found[1])
        if proof is None:
            raise Wrong("code")
        return bucket, proof

    def _digests(self, user: Principal, codes: Sequence[str]) -> list[bytes]:
        return [self._entrance.recovery_digest(user, second_factor.plain(each)) for each in codes]

    async def _settle(self, ended: Sequence[bytes], bucket: door_store.Bucket | None = None) -> None:
        self._gate.forget(ended)
        if bucket is not None:
            await asyncio.to_thread(self._store.clear, [bucket])


def _own(user: Principal) -> None:
    """Raise Problem for who came by a platform's ticket: the platform could lock her out of her own sign-in."""
    if user.by_ticket:
        raise Problem("forbidden", "you came by a platform's link or code; sign in with your user name to change this.")
