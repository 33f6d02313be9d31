"""What coming in asks of the database. Every call blocks, and is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from api.access import Principal
from api.lockout import Policy


class Bucket(NamedTuple):
    """What is counted together. `digest` is keyed: the table names nobody."""

    digest: bytes
    policy: Policy


class Attempt(NamedTuple):
    """Somebody tries a password. `own`: name and network; `all`: the name from networks that it never came from."""

    name: str
    network: bytes
    own: Bucket
    all: Bucket


class Tried(NamedTuple):
    """The user, None where there is none who could sign in; `last`: one more failure begins a pause."""

    principal: Principal | None
    password_hash: str
    enrolled: bool
    last: bool


class Wait(NamedTuple):
    """A pause holds; nothing was counted."""

    seconds: float


class NewSession(NamedTuple):
    """A session to keep. `expires_at` is its end at the latest, `rest_seconds` how long it may lie unused."""

    digest: bytes
    method: str
    expires_at: datetime
    rest_seconds: int
    browser: str
    sources: tuple[str, ...] | None = None  # the platforms that vouch; None: all that is the user's is shown


class Pending(NamedTuple):
    """A password that was right, waiting for its code."""

    principal: Principal
    secret: str
    last_step: int


class OwnSession(NamedTuple):
    """A line of one's own sessions."""

    id: str
    digest: bytes
    method: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    browser: str
    sources: list[str] | None = None  # the platforms that vouched in it; None: it shows all

    @property
    def names(self) -> list[str]:
        """The ids of those platforms."""
        return [each.removeprefix("platform:") for each in self.sources or ()]


class Account(NamedTuple):
    """What the page about oneself shows."""

    has_password: bool
    provider: str | None  # the identity provider that vouches, by its address
    password_changed_at: datetime | None
    enrolled_at: datetime | None
    codes_left: int
    sessions: list[OwnSession]


class Ticket(NamedTuple):
    """A link or code for one entry of an investor."""

    kind: str  # link, code
    digest: bytes
    code_digest: bytes | None
    person: str
    source: str
    party: str
    made_by: Principal
    expires_at: datetime


class Entered(NamedTuple):
    """Who came in by a ticket, and whose ticket it was."""

    principal: Principal
    source: str


class Use(NamedTuple):
    """An entry by a ticket. `before`: the digest of the session that this browser has already.

    `everything`: the session shows what the investor has anywhere, by the operator's setting.
    """

    digest: bytes
    code_digest: bytes | None
    before: bytes | None
    everything: bool


class Vouched(NamedTuple):
    """Whom the identity provider vouches for. `name` is used where the person comes for the first time."""

    issuer: str
    subject: str
    name: str
    role: str


class DoorStore(Protocol):
    """See each; `now` is the moment that counts."""

    # Passwords and codes

    def attempt(self, attempt: Attempt, now: datetime) -> Tried | Wait:
        """Count an attempt as failed in both buckets, or in none where a pause holds; find the user."""
        ...

    def failed(self, name: str, network: bytes, stranger: bytes, *, locked: bool) -> None:
        """Note that it failed. `stranger`: the bucket of failures with names that don't exist."""
        ...

    def passed(self, user: Principal, password_hash: str, attempt: Attempt, session: NewSession, now: datetime) -> bool:
        """Begin the session, forget the failures, know the network; False where the user has changed meanwhile."""
        ...

    def half_way(
        self, user: Principal, password_hash: str, attempt: Attempt, pending: bytes, visit: bytes, expires_at: datetime,
    ) -> bool:  # fmt: skip
        """Forget the failures and wait for a code; False where the user has changed meanwhile."""
        ...

    def pending(self, pending: bytes, visit: bytes, now: datetime) -> Pending | None:
        """Whose password was right in this browser, a few minutes ago."""
        ...

    def count(self, bucket: Bucket, now: datetime) -> Wait | None:
        """Count an attempt as failed; Wait where a pause holds."""
        ...

    def clear(self, buckets: Sequence[Bucket]) -> None:
        """Forget failures."""
        ...

    def code_failed(self, user: Principal, network: bytes) -> None:
        """Note that a code was wrong."""
        ...

    def code_passed(
        self, user: Principal, pending: bytes, proof: int | bytes, code: Bucket, network: bytes, session: NewSession,
        now: datetime,
    ) -> bool:  # fmt: skip
        """Use up a time step (int) or recovery code (digest), and begin the session; False where it was used."""
        ...

    # One's own account

    def account(self, user: Principal, now: datetime) -> Account:
        """What the page about oneself shows."""
        ...

    def own_password(self, user: Principal) -> str:
        """The hash of one's password, empty where there is none."""
        ...

    def second_factor(self, user: Principal, *, confirmed: bool) -> tuple[str, int] | None:
        """Secret and last step of the second factor; of one that is only begun where not `confirmed`."""
        ...

    def begin_second_factor(self, user: Principal, secret: str, now: datetime) -> str:
        """Keep a secret to be proved; the one that is waiting where one is. Raises Problem where one is confirmed."""
        ...

    def confirm_second_factor(
        self, user: Principal, step: int, codes: Sequence[bytes], old: bytes, new: bytes, now: datetime
    ) -> list[bytes]:
        """Switch it on, rotate the session `old` to `new`, end the others; the digests of what has ended."""
        ...

    def remove_second_factor(self, user: Principal, proof: int | bytes) -> bool:
        """Switch it off; False where the proof was used before."""
        ...

    def new_recovery_codes(self, user: Principal, step: int, codes: Sequence[bytes]) -> bool:
        """Replace the recovery codes; False where the code was used before."""
        ...

    def change_password(
        self, user: Principal, old_hash: str, new_hash: str, old: bytes, new: bytes, now: datetime
    ) -> list[bytes] | None:
        """Change it, rotate the session, end the others; None where it was changed meanwhile."""
        ...

    def end_own(self, user: Principal, id: str | None, keep: bytes) -> list[bytes]:
        """End one of one's own sessions, or all but `keep`; the digests of what has ended."""
        ...

    # Investors

    def keep_ticket(self, ticket: Ticket, now: datetime) -> None:
        """Keep it; earlier ones of the same kind for the same party are worth nothing from now on."""
        ...

    def ticket_source(self, digest: bytes, now: datetime) -> str | None:
        """Whose ticket it is, where it can still be used. Uses nothing up."""
        ...

    def use_ticket(self, use: Use, network: bytes, session: NewSession, now: datetime) -> Entered | None:
        """Use it up and begin the session; None where it is used, over, tried too often, or the code is wrong.

        The session shows what the ticket's platform has of the investor, and what the one before it showed.
        """
        ...

    # The identity provider

    def keep_state(self, state: bytes, visit: bytes, wanted: str, expires_at: datetime, now: datetime) -> None:
        """Somebody is sent to the provider."""
        ...

    def take_state(self, state: bytes, visit: bytes, now: datetime) -> str | None:
        """Where to lead who comes back; None where nobody was sent with it in this browser, or came back before."""
        ...

    def vouched(self, vouched: Vouched, network: bytes, session: NewSession, now: datetime) -> Principal | None:
        """Make or update the user, and begin the session; None where the user is disabled."""
        ...

    def not_vouched(self, issuer: str, subject: str, network: bytes) -> list[bytes]:
        """The provider grants no role: end the sessions that it vouched for; the digests of what has ended."""
        ...
