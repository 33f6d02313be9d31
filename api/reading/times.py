"""Moments in a query: RFC 3339 with an offset, and nothing else."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

from api.problems import Problem

_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")
_moment: Final = msgspec.json.Decoder(Annotated[datetime, msgspec.Meta(tz=True)]).decode


def moment(name: str, text: str | None) -> datetime | None:
    """The moment of a parameter `name`, None where it isn't given. Raises Problem for what is no time."""
    if text is None:
        return None
    # A plus sign in an address is a blank; who forgot to write %2B means it all the same.
    candidate = re.sub(r" (\d{2}:\d{2})$", r"+\1", text)
    with suppress(msgspec.ValidationError, OverflowError):  # what has the form of a time but is none
        if _TIME.fullmatch(candidate):
            found: datetime = _moment(f'"{candidate}"')
            return found.astimezone(UTC)
    raise Problem(
        "invalid_parameter", f"{name} is an RFC 3339 time with its offset, such as 2026-03-03T00:00:00+08:00."
    )
