"""Made-up users: `api.access.AccessStore` and what the console uses of `api.door_store.DoorStore`, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import argon2

from api import lockout
from api.access import Principal, StoredSession
from api.door_store import Account, Attempt, Bucket, NewSession, OwnSession, Tried, Wait
from api.lockout import Tally

PASSWORD = "correct horse battery staple"
HASH = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # weak: tests sign in often
USERS = {
    "li.wei": Principal("1", "li.wei", "regulator", "registry"),
    "zhang.min": Principal("2", "zhang.min", "regulator", "registry"),
    "shen.ji": Principal("3", "shen.ji", "auditor", None),
    "huizhong": Principal("4", "huizhong", "platform", "platform:huizhong"),
}


@dataclass
class Users:
    """Both stores. What isn't here is tested on PostgreSQL."""

    sessions: dict[bytes, tuple[str, NewSession, datetime]] = field(default_factory=dict)
    failures: dict[bytes, Tally] = field(default_factory=dict)

    def find_key(self, digest: bytes) -> Principal | None:
        return None

    def find_session(self, digest: bytes, now: datetime, *, quiet: bool) -> StoredSession | None:
        if digest not in self.sessions:
            return None
        name, session, seen = self.sessions[digest]
        if session.expires_at <= now or seen + timedelta(seconds=session.rest_seconds) <= now:
            return None
        if not quiet:
            self.sessions[digest] = (name, session, now)
        return StoredSession(USERS[name], session.method)

    def end_session(self, digest: bytes) -> None:
        self.sessions.pop(digest, None)

    def attempt(self, attempt: Attempt, now: datetime) -> Tried | Wait:
        for bucket in (attempt.own, attempt.all):
            waiting = self.count(bucket, now)
            if waiting is not None:
                return waiting
        user = USERS.get(attempt.name)
        return Tried(user, HASH if user else "", enrolled=False, last=False)

    def count(self, bucket: Bucket, now: datetime) -> Wait | None:
        tally = self.failures.get(bucket.digest, Tally(0, now))
        seconds = lockout.wait_seconds(bucket.policy, tally, now)
        if seconds > 0:
            return Wait(seconds)
        self.failures[bucket.digest] = lockout.counted(tally, now)
        return None

    def failed(self, name: str, network: bytes, stranger: bytes, *, locked: bool) -> None:
        """Nothing is noted here."""

    def passed(self, user: Principal, password_hash: str, attempt: Attempt, session: NewSession, now: datetime) -> bool:
        self.failures.pop(attempt.own.digest, None)
        self.failures.pop(attempt.all.digest, None)
        self.sessions[session.digest] = (user.name, session, now)
        return True

    def account(self, user: Principal, now: datetime) -> Account:
        own = [
            OwnSession(str(number), digest, session.method, now, seen, session.expires_at, session.browser)
            for number, (digest, (name, session, seen)) in enumerate(self.sessions.items())
            if name == user.name
        ]
        return Account(True, None, None, None, 0, own)
