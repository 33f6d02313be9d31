"""What was done at the door, and looks into people's pages: a table that nobody edits, beside the log of events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from api.access import Principal


class Note(NamedTuple):
    """What is to be kept. `about` holds codes and ids, never a name: it can't be erased.

    The door itself writes signed_in, refused, locked, signed_out, session_ended, password_changed, totp_enrolled,
    totp_removed, recovery_codes_made, recovery_code_used, link_made, link_used, code_made, code_used; pages that show
    people add their own.
    """

    what: str
    user_id: str | None = None
    key_name: str | None = None
    role: str | None = None
    network: bytes | None = None  # keyed digest of the address
    about: Mapping[str, Any] = {}


class Entry(NamedTuple):
    """A line as it is read. `who`: the user's or the key's name, None for somebody unknown."""

    number: int
    at: datetime
    who: str | None
    role: str | None
    what: str
    network: bytes | None
    about: dict[str, Any]


def by_user(user: Principal, what: str, network: bytes | None = None, **about: Any) -> Note:
    """What somebody did who has signed in."""
    return Note(what, user_id=user.id, role=user.role, network=network, about=about)


def by_key(key: Principal, what: str, **about: Any) -> Note:
    """What the holder of a key did."""
    return Note(what, key_name=key.name, role=key.role, about=about)
