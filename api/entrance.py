"""Coming in: a password, then a code where one is needed; a ticket of a platform; the word of an identity provider."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final, NamedTuple, NoReturn, TypeVar

from api import lockout, second_factor
from api.access import AccessSecrets, Principal, door_digest, hash_password, new_token, verify_password
from api.access import digest as digest_of
from api.door_store import Attempt, Bucket, DoorStore, NewSession, Tried, Use, Vouched, Wait
from api.problems import Problem

SESSION_LENGTH: Final = timedelta(hours=12)
SESSION_REST: Final = timedelta(hours=1)
TICKET_SESSION_LENGTH: Final = timedelta(hours=2)
TICKET_SESSION_REST: Final = timedelta(minutes=30)
PENDING_LENGTH: Final = timedelta(minutes=5)
STATE_LENGTH: Final = timedelta(minutes=10)
# A hash takes 64 MiB and a core for tens of milliseconds: a flood of sign-ins waits here, and nothing else does.
HASHES_AT_ONCE: Final = 2
HASHES_WAITING_MAX: Final = 64
_IPV6_NETWORK_BITS: Final = 64  # what one subscriber is given: addresses within it are for the taking
T = TypeVar("T")


class Where(NamedTuple):
    """From where somebody comes: a keyed digest of the network, the browser's family, the visit's cookie."""

    network: bytes
    browser: str
    visit: str


class Passed(NamedTuple):
    """Somebody is in. `token` is the session's; its cookie lives for `length`."""

    token: str
    principal: Principal
    length: timedelta = SESSION_LENGTH
    source: str | None = None  # the platform whose ticket it was


class HalfWay(NamedTuple):
    """The password was right; `token` proves it while the code is asked for."""

    token: str


class Hashing:
    """argon2 in threads of its own, a few at once."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE, "argon2")
        self._waiting = 0

    def check(self) -> None:
        """Raises Problem (503) where too many wait already: whoever comes now would wait too long."""
        if self._waiting >= HASHES_WAITING_MAX:
            raise Problem("overloaded", "too many people sign in at the moment; try again in a moment.")

    async def matches(self, stored: str, password: str) -> bool:
        """True where the password is the one that was hashed."""
        return await self._run(lambda: verify_password(stored or None, password))

    async def hashed(self, password: str) -> str:
        """A new hash."""
        return await self._run(lambda: hash_password(password))

    async def _run(self, work: Callable[[], T]) -> T:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


class Entrance:
    """Belongs to one event loop; the store's calls run in threads."""

    def __init__(
        self, store: DoorStore, keys: AccessSecrets, now: Callable[[], datetime], hashing: Hashing | None = None,
        *, links_show_all: bool = False,
    ) -> None:  # fmt: skip
        self._store = store
        self._keys = keys
        self._now = now
        self.links_show_all = links_show_all
        self.hashing = hashing or Hashing()

    def where(self, host: str, browser: str, visit: str) -> Where:
        """What is known of a request. The address itself is kept nowhere."""
        return Where(self._digest("network", network_of(host)), browser, visit)

    async def password(self, name: str, password: str, where: Where) -> Passed | HalfWay | None:
        """The first step; None for a wrong name or password. Raises Problem (429) while a pause holds.

        Known and unknown names go the same way, and a right password is refused like a wrong one during a pause.
        """
        attempt = self.attempt(name, where)
        tried = await self.tried(attempt)
        right = await self.hashing.matches(tried.password_hash, password)
        user = tried.principal
        if user is None or not right:
            stranger = self._digest("stranger", where.network.hex())
            await asyncio.to_thread(self._store.failed, name, where.network, stranger, locked=tried.last)
            return None
        if tried.enrolled:
            return await self._half_way(user, tried.password_hash, attempt, where)
        token, session = self._new_session("password", where)
        passed = await asyncio.to_thread(
            self._store.passed, user, tried.password_hash, attempt, session, self._now()
        )  # fmt: skip
        return Passed(token, user) if passed else None

    def attempt(self, name: str, where: Where) -> Attempt:
        """Which failures an attempt counts among."""
        own = Bucket(self._digest("own", f"{where.network.hex()}|{name}"), lockout.NAME_AT_NETWORK)
        return Attempt(name, where.network, own, Bucket(self._digest("all", name), lockout.NAME))

    async def tried(self, attempt: Attempt) -> Tried:
        """Count the attempt before anything is compared: many at once are as many as one after the other."""
        self.hashing.check()
        tried = await asyncio.to_thread(self._store.attempt, attempt, self._now())
        if isinstance(tried, Wait):
            too_many(tried.seconds)
        return tried

    async def code(self, token: str, code: str, where: Where) -> Passed | None:
        """The second step; None for a wrong code. Raises Problem: `unauthenticated` where the first step is too old."""
        pending, visit = self._digest("pending", token), self._digest("visit", where.visit)
        found = await asyncio.to_thread(self._store.pending, pending, visit, self._now())
        if found is None:
            raise Problem(
                "unauthenticated", "the password was given too long ago, or in another browser; sign in again."
            )
        user, bucket = found.principal, self.code_bucket(found.principal)
        await self.count_code(bucket)
        proof = self.proof(user, found.secret, code, found.last_step)
        if proof is not None:
            made, session = self._new_session("totp" if isinstance(proof, int) else "recovery", where)
            passed = await asyncio.to_thread(
                self._store.code_passed, user, pending, proof, bucket, where.network, session, self._now()
            )
            if passed:
                return Passed(made, user)
        await asyncio.to_thread(self._store.code_failed, user, where.network)
        return None

    def code_bucket(self, user: Principal) -> Bucket:
        """Where wrong codes of somebody count."""
        return Bucket(self._digest("code", user.id), lockout.CODE)

    async def count_code(self, bucket: Bucket) -> None:
        """Count before comparing, as with passwords. Raises Problem (429)."""
        wait = await asyncio.to_thread(self._store.count, bucket, self._now())
        if wait is not None:
            too_many(wait.seconds)

    def proof(self, user: Principal, secret: str, code: str, last_step: int) -> int | bytes | None:
        """The time step of a code, or the digest of what may be a recovery code; None for a wrong code."""
        plain = second_factor.plain(code)
        if plain.isdigit():
            return second_factor.step_of(secret, plain, self._now(), last_step)
        return self.recovery_digest(user, plain)

    def recovery_digest(self, user: Principal, plain: str) -> bytes:
        """What is stored of a recovery code."""
        return self._digest("recovery", f"{user.id}|{plain}")

    async def vouched(self, vouched: Vouched, where: Where) -> Passed | None:
        """The identity provider vouches for somebody; None where the user is disabled here."""
        token, session = self._new_session("provider", where)
        user = await asyncio.to_thread(self._store.vouched, vouched, where.network, session, self._now())
        return Passed(token, user) if user else None

    async def not_vouched(self, issuer: str, subject: str, where: Where) -> list[bytes]:
        """The provider knows the person and grants no role: her sessions end; their digests."""
        return await asyncio.to_thread(self._store.not_vouched, issuer, subject, where.network)

    async def sent_away(self, visit: str, wanted: str) -> str:
        """A fresh state for a way to the provider and back; only this browser can use it, once."""
        state, now = new_token(), self._now()
        await asyncio.to_thread(
            self._store.keep_state,
            self._digest("state", state),
            self._digest("visit", visit),
            wanted,
            now + STATE_LENGTH,
            now,
        )
        return state

    async def came_back(self, state: str, visit: str) -> str | None:
        """Where to lead who comes back with a state; None where it is not this browser's, or was used."""
        return await asyncio.to_thread(
            self._store.take_state, self._digest("state", state), self._digest("visit", visit), self._now()
        )

    def derived(self, purpose: str, state: str) -> str:
        """Nonce and PKCE verifier of a state (RFC 7636, 4.1): derived, so that nothing secret is stored for them."""
        return self._digest(purpose, state).hex()

    async def ticket_source(self, digest: bytes) -> str | None:
        """The platform whose ticket this is, where it can still be used."""
        return await asyncio.to_thread(self._store.ticket_source, digest, self._now())

    async def use_ticket(
        self, method: str, digest: bytes, code_digest: bytes | None, where: Where, before: str | None = None
    ) -> Passed | None:
        """An investor comes in by a ticket, which is used up by it; None where it can't be.

        `before`: the token of the session that her browser has; what it shows she goes on seeing.
        """
        token, session = self._new_session(method, where, TICKET_SESSION_LENGTH, TICKET_SESSION_REST)
        former = digest_of(self._keys.sessions, before.encode()) if before else None
        use = Use(digest, code_digest, former, everything=self.links_show_all)
        entered = await asyncio.to_thread(self._store.use_ticket, use, where.network, session, self._now())
        return Passed(token, entered.principal, TICKET_SESSION_LENGTH, entered.source) if entered else None

    def ticket_digest(self, kind: str, text: str) -> bytes:
        """What is stored of a ticket's token, reference or code."""
        return self._digest(f"ticket-{kind}", text)

    async def _half_way(self, user: Principal, stored: str, attempt: Attempt, where: Where) -> HalfWay | None:
        token = new_token()
        kept = await asyncio.to_thread(
            self._store.half_way,
            user,
            stored,
            attempt,
            self._digest("pending", token),
            self._digest("visit", where.visit),
            self._now() + PENDING_LENGTH,
        )
        return HalfWay(token) if kept else None

    def _new_session(
        self, method: str, where: Where, length: timedelta = SESSION_LENGTH, rest: timedelta = SESSION_REST
    ) -> tuple[str, NewSession]:
        token = new_token()
        own = digest_of(self._keys.sessions, token.encode())
        return token, NewSession(own, method, self._now() + length, int(rest.total_seconds()), where.browser)

    def _digest(self, purpose: str, text: str) -> bytes:
        return door_digest(self._keys, purpose, text)


def network_of(host: str) -> str:
    """What counts as one place: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _IPV6_NETWORK_BITS), strict=False))


def too_many(seconds: float) -> NoReturn:
    """Raise Problem (429): a pause holds."""
    wait = max(1, round(seconds))
    raise Problem(
        "too_many_requests", f"too many failed attempts; wait {wait} seconds.", headers={"Retry-After": str(wait)}
    )
