"""api.door_store.DoorStore in PostgreSQL: passwords and codes, one's own account. Each call is one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg_pool import ConnectionPool

from api import lockout
from api.access import Principal
from api.door_log import Note, by_user
from api.door_store import Account, Attempt, Bucket, NewSession, OwnSession, Pending, Tried, Wait
from api.lockout import Tally
from api.problems import Problem
from ledger import identity
from ledger.identity import Box, Keys
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ops import door_log

SQL = load(Path(__file__).parent / "sql" / "door.sql")
NETWORK_KNOWN_FOR: Final = timedelta(days=90)
_PRINCIPAL: Final = 5  # columns of a user that make a principal
Values = dict[str, Any]


class Counting:
    """Failures, counted under the lock of their rows."""

    def __init__(self, pool: ConnectionPool, keys: Keys) -> None:
        self._pool = pool
        self._keys = keys

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection]:
        with self._pool.connection() as connection:
            yield connection

    def attempt(self, attempt: Attempt, now: datetime) -> Tried | Wait:
        """Count an attempt in both buckets, or in none where a pause holds."""
        with self._transaction() as connection:
            named = {"name": attempt.name, "network": attempt.network}
            row = connection.execute(SQL["user_by_name"], named).fetchone()
            known = row is not None and row[-1]
            buckets = [attempt.own] if known else [attempt.own, attempt.all]
            counted = [_count(connection, each, now) for each in buckets]
            longest = max((each.seconds for each in counted if isinstance(each, Wait)), default=None)
            if longest is not None:
                connection.rollback()
                return Wait(longest)
            last = any(pauses for pauses in counted if pauses is True)
            _tidy(connection, now)
            if row is None:
                return Tried(None, "", enrolled=False, last=last)
            return Tried(Principal(*row[:_PRINCIPAL]), row[5], enrolled=row[6], last=last)

    def count(self, bucket: Bucket, now: datetime) -> Wait | None:
        """Count an attempt; Wait where a pause holds."""
        with self._transaction() as connection:
            counted = _count(connection, bucket, now)
            _tidy(connection, now)
            return counted if isinstance(counted, Wait) else None

    def clear(self, buckets: Sequence[Bucket]) -> None:
        """Forget failures."""
        with self._transaction() as connection:
            _clear(connection, *buckets)


class SigningIn(Counting):
    """The two steps of signing in."""

    def failed(self, name: str, network: bytes, stranger: bytes, *, locked: bool) -> None:
        """Note a failure. Of names that don't exist every tenfold number alone: a flood must not fill the disk."""
        with self._transaction() as connection:
            row = connection.execute(SQL["user_by_name"], {"name": name, "network": network}).fetchone()
            if row is not None:
                user = Principal(*row[:_PRINCIPAL])
                door_log.write(connection, by_user(user, "locked" if locked else "refused", network, step="password"))
                return
            failures = _bump(connection, stranger, clock.now())
            if failures == 10 ** (len(str(failures)) - 1):
                about = {"step": "password", "unknown_names": failures}
                door_log.write(connection, Note("refused", network=network, about=about))

    def passed(self, user: Principal, password_hash: str, attempt: Attempt, session: NewSession, now: datetime) -> bool:
        """Begin the session; False where the user has changed meanwhile."""
        with self._transaction() as connection:
            if not begin(connection, user, session, now, password_hash):
                return False
            _clear(connection, attempt.own, attempt.all)
            signed_in(connection, user, attempt.network, session, now)
            return True

    def half_way(
        self, user: Principal, password_hash: str, attempt: Attempt, pending: bytes, visit: bytes, expires_at: datetime,
    ) -> bool:  # fmt: skip
        """Wait for a code; False where the user has changed meanwhile."""
        values = {
            "digest": pending, "visit": visit, "user_id": user.id, "password_hash": password_hash,
            "expires_at": expires_at,
        }  # fmt: skip
        with self._transaction() as connection:
            if connection.execute(SQL["insert_pending"], values).fetchone() is None:
                return False
            _clear(connection, attempt.own, attempt.all)
            return True

    def pending(self, pending: bytes, visit: bytes, now: datetime) -> Pending | None:
        """Whose password was right in this browser, a few minutes ago."""
        with self._transaction() as connection:
            row = connection.execute(
                SQL["select_pending"], {"digest": pending, "visit": visit, "now": now}
            ).fetchone()  # fmt: skip
        if row is None:
            return None
        user = Principal(*row[:_PRINCIPAL])
        return Pending(user, self._opened(user, Box(*row[5:8])), row[8])

    def code_failed(self, user: Principal, network: bytes) -> None:
        """Note that a code was wrong."""
        with self._transaction() as connection:
            door_log.write(connection, by_user(user, "refused", network, step="code"))

    def code_passed(
        self, user: Principal, pending: bytes, proof: int | bytes, code: Bucket, network: bytes, session: NewSession,
        now: datetime,
    ) -> bool:  # fmt: skip
        """Use up the proof and what was pending, and begin the session."""
        with self._transaction() as connection:
            taken = connection.execute(SQL["take_pending"], {"digest": pending, "user_id": user.id}).fetchone()
            if taken is None or not _take(connection, user, proof, now) or not begin(connection, user, session, now):
                connection.rollback()
                return False
            _clear(connection, code)
            if isinstance(proof, bytes):
                door_log.write(connection, by_user(user, "recovery_code_used", network))
            signed_in(connection, user, network, session, now)
            return True

    def _opened(self, user: Principal, box: Box) -> str:
        return identity.unseal(self._keys, label(user), box).decode()


class OwnAccount(SigningIn):
    """What people change about themselves."""

    def account(self, user: Principal, now: datetime) -> Account:
        """What the page about oneself shows."""
        values = {"user_id": user.id, "now": now, "sources": _sources(user)}
        with self._transaction() as connection:
            row = connection.execute(SQL["account"], values).fetchone()
            assert row is not None, "users are never deleted"
            sessions = [OwnSession(*each) for each in connection.execute(SQL["own_sessions"], values)]
            has_password, issuer, changed_at, enrolled_at, left = row
            return Account(has_password, issuer, changed_at, enrolled_at, left, sessions)

    def own_password(self, user: Principal) -> str:
        """The hash of one's password, empty where there is none."""
        with self._transaction() as connection:
            row = connection.execute(SQL["own_password"], {"user_id": user.id}).fetchone()
            return str(row[0]) if row else ""

    def second_factor(self, user: Principal, *, confirmed: bool) -> tuple[str, int] | None:
        """Secret and last step."""
        with self._transaction() as connection:
            values = {"user_id": user.id, "confirmed": confirmed}
            row = connection.execute(SQL["select_second_factor"], values).fetchone()
        return (self._opened(user, Box(*row[:3])), row[3]) if row else None

    def begin_second_factor(self, user: Principal, secret: str, now: datetime) -> str:
        """Keep a secret to be proved; the one that is waiting where one is."""
        box = identity.seal(self._keys, label(user), secret.encode())
        with self._transaction() as connection:
            values = {"user_id": user.id, "now": now, **box._asdict()}
            connection.execute(SQL["insert_second_factor"], values)
        found = self.second_factor(user, confirmed=False)
        if found is None:
            raise Problem("already_done", "a second factor is switched on already; switch it off first.")
        return found[0]

    def confirm_second_factor(
        self, user: Principal, step: int, codes: Sequence[bytes], old: bytes, new: bytes, now: datetime
    ) -> list[bytes]:
        """Switch it on; the session goes on under its new token, the others end."""
        values = {"user_id": user.id, "step": step, "now": now, "digests": list(codes)}
        with self._transaction() as connection:
            if connection.execute(SQL["confirm_second_factor"], values).fetchone() is None:
                raise Problem("already_done", "the second factor is switched on already.")
            connection.execute(SQL["delete_recovery_codes"], values)
            connection.execute(SQL["insert_recovery_codes"], values)
            door_log.write(connection, by_user(user, "totp_enrolled"))
            return _rotate(connection, user, old, new, "totp")

    def remove_second_factor(self, user: Principal, proof: int | bytes) -> bool:
        """Switch it off."""
        with self._transaction() as connection:
            if not _take(connection, user, proof, clock.now()):
                return False
            for block in ("delete_second_factor", "delete_recovery_codes", "weaken_sessions"):
                connection.execute(SQL[block], {"user_id": user.id})
            door_log.write(connection, by_user(user, "totp_removed"))
            return True

    def new_recovery_codes(self, user: Principal, step: int, codes: Sequence[bytes]) -> bool:
        """Replace the recovery codes."""
        with self._transaction() as connection:
            if not _take(connection, user, step, clock.now()):
                return False
            connection.execute(SQL["delete_recovery_codes"], {"user_id": user.id})
            connection.execute(SQL["insert_recovery_codes"], {"user_id": user.id, "digests": list(codes)})
            door_log.write(connection, by_user(user, "recovery_codes_made"))
            return True

    def change_password(
        self, user: Principal, old_hash: str, new_hash: str, old: bytes, new: bytes, now: datetime
    ) -> list[bytes] | None:
        """Change it; the session goes on under its new token, the others end, and so does every half sign-in."""
        values = {"user_id": user.id, "old_hash": old_hash, "new_hash": new_hash, "now": now}
        with self._transaction() as connection:
            if connection.execute(SQL["change_password"], values).fetchone() is None:
                return None
            connection.execute(SQL["end_pending"], values)
            door_log.write(connection, by_user(user, "password_changed"))
            return _rotate(connection, user, old, new, None)

    def end_own(self, user: Principal, id: str | None, keep: bytes) -> list[bytes]:
        """End one of one's own sessions, or all but `keep`."""
        values = {"user_id": user.id, "id": id, "keep": keep, "sources": _sources(user)}
        with self._transaction() as connection:
            rows = connection.execute(SQL["end_others" if id is None else "end_one"], values).fetchall()
            if rows:
                door_log.write(connection, by_user(user, "session_ended", sessions=len(rows)))
            return [row[0] for row in rows]


def _sources(user: Principal) -> list[str] | None:
    """Of which sessions somebody is told: who came by a platform's link, of those by that platform alone."""
    return None if user.scopes is None else [f"platform:{each}" for each in user.scopes]


def label(user: Principal) -> str:
    """What a sealed secret is bound to: it opens for no other user."""
    return f"second-factor/{user.id}"


def begin(
    connection: psycopg.Connection,
    user: Principal,
    session: NewSession,
    now: datetime,
    password_hash: str | None = None,
) -> bool:
    """Insert a session; False where the user is disabled, or has another password by now."""
    connection.execute(SQL["delete_expired"], {"now": now})
    sources = None if session.sources is None else list(session.sources)
    values = {
        **session._asdict(), "sources": sources, "user_id": user.id, "password_hash": password_hash, "now": now,
    }  # fmt: skip
    return connection.execute(SQL["insert_session"], values).fetchone() is not None


def signed_in(
    connection: psycopg.Connection, user: Principal, network: bytes, session: NewSession, now: datetime, **about: str
) -> None:
    """Know the network, and note the sign-in."""
    values = {"user_id": user.id, "network": network, "now": now, "before": now - NETWORK_KNOWN_FOR}
    connection.execute(SQL["know_network"], values)
    connection.execute(SQL["forget_networks"], values)
    door_log.write(connection, by_user(user, "signed_in", network, method=session.method, **about))


def _count(connection: psycopg.Connection, bucket: Bucket, now: datetime) -> Wait | bool:
    """One more failure; True where it begins a pause. Wait where one holds."""
    row = connection.execute(SQL["take_bucket"], {"bucket": bucket.digest, "now": now}).fetchone()
    assert row is not None, "an upsert returns its row"
    tally = Tally(*row)
    seconds = lockout.wait_seconds(bucket.policy, tally, now)
    if seconds > 0:
        return Wait(seconds)
    failures = lockout.counted(tally, now).failures
    connection.execute(SQL["set_bucket"], {"bucket": bucket.digest, "failures": failures, "now": now})
    return lockout.pause_seconds(bucket.policy, failures) > 0


def _bump(connection: psycopg.Connection, bucket: bytes, now: datetime) -> int:
    row = connection.execute(SQL["take_bucket"], {"bucket": bucket, "now": now}).fetchone()
    assert row is not None, "an upsert returns its row"
    failures = lockout.counted(Tally(*row), now).failures
    connection.execute(SQL["set_bucket"], {"bucket": bucket, "failures": failures, "now": now})
    return failures


def _clear(connection: psycopg.Connection, *buckets: Bucket) -> None:
    connection.execute(SQL["clear_buckets"], {"buckets": [each.digest for each in buckets]})


def _tidy(connection: psycopg.Connection, now: datetime) -> None:
    connection.execute(SQL["forget_buckets"], {"before": now - lockout.FORGOTTEN_AFTER})


def _take(connection: psycopg.Connection, user: Principal, proof: int | bytes, now: datetime) -> bool:
    values: Values = {"user_id": user.id, "step": proof, "digest": proof, "now": now}
    block = "take_step" if isinstance(proof, int) else "take_recovery_code"
    return connection.execute(SQL[block], values).fetchone() is not None


def _rotate(connection: psycopg.Connection, user: Principal, old: bytes, new: bytes, method: str | None) -> list[bytes]:
    values = {"user_id": user.id, "old": old, "new": new, "method": method, "keep": new, "sources": None}
    if connection.execute(SQL["rotate_session"], values).fetchone() is None:
        raise Problem("unauthenticated", "the session has ended; sign in again.")
    return [row[0] for row in connection.execute(SQL["end_others"], values)]
