"""The only file that asks for the time or makes an id. Everything else is handed both."""

from __future__ import annotations

from datetime import UTC, datetime

import uuid_utils


def now() -> datetime:
    """The present moment, UTC, microseconds."""
    return datetime.now(UTC)


def new_id() -> str:
    """A time-ordered identifier (UUID version 7)."""
    return str(uuid_utils.uuid7())
