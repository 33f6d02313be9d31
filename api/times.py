"""The two times of a question: `at`, by when it had happened, and `known_at`, by when it was known."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from api.problems import Problem

_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_moment: Final = msgspec.json.Decoder(Annotated[datetime, msgspec.Meta(tz=True)]).decode
_FORM: Final = "an RFC 3339 time with its offset, such as 2026-03-03T00:00:00+08:00, or a date (the end of that day)"


class Times(NamedTuple):
    """Both bounds, inclusive, UTC; None: no bound."""

    at: datetime | None = None
    known_at: datetime | None = None

    @property
    def asked(self) -> bool:
        """Whether anything but the present was asked for."""
        return self.at is not None or self.known_at is not None

    def shown(self) -> dict[str, datetime | None]:
        """As every answer carries them."""
        return {"at": self.at, "known_at": self.known_at}


class Bounds(BaseModel):
    """The parameters of a question about two times."""

    model_config = ConfigDict(extra="forbid")

    at: str | None = Field(
        default=None,
        description=f"Valid time: what had happened by then; {_FORM} in the server's time zone. Left out: all.",
    )
    known_at: str | None = Field(
        default=None,
        description="Known time: what had been recorded by then; the same form. Left out: all that is known.",
    )


class Span(NamedTuple):
    """When the first and the last event of the log were recorded; None: the log is empty."""

    first: datetime | None
    last: datetime | None


def read(bounds: Bounds, span: Callable[[], Span], now: datetime, zone: str) -> Times:
    """The times that are meant. Raises Problem for what can't be: no time, no offset, ahead of now, before the log."""
    if bounds.at is None and bounds.known_at is None:
        return Times()
    log = span()
    # Known time never goes back, though clocks do: what the log has is not in the future.
    now = max(now, log.last or now)
    times = Times(_moment_of("at", bounds.at, now, zone), _moment_of("known_at", bounds.known_at, now, zone))
    if times.known_at is not None and (log.first is None or times.known_at < log.first):
        since = "the log is empty" if log.first is None else f"the first event was recorded at {log.first.isoformat()}"
        raise Problem("invalid_parameter", f"nothing was known at known_at={bounds.known_at}: {since}.")
    return times


def _moment_of(name: str, text: str | None, now: datetime, zone: str) -> datetime | None:
    if text is None:
        return None
    moment = _parsed(name, text, now, zone)
    if moment > now:
        raise Problem(
            "invalid_parameter",
            f"{name} lies ahead: it is {now.isoformat(timespec='seconds')}. Leave it out to ask for the present.",
        )
    return moment


def _parsed(name: str, text: str, now: datetime, zone: str) -> datetime:
    # A plus sign in an address is a blank; who forgot to write %2B means it all the same.
    candidate = re.sub(r" (\d{2}:\d{2})$", r"+\1", text)
    # What has the form of a time but is none (a 31st of June) is said below.
    with suppress(msgspec.ValidationError, OverflowError, ValueError):
        if _DATE.fullmatch(candidate):
            return _end_of(date.fromisoformat(candidate), now, ZoneInfo(zone))
        if _TIME.fullmatch(candidate):
            moment: datetime = _moment(f'"{candidate}"')
            return moment.astimezone(UTC)
    raise Problem("invalid_parameter", f"{name} is {_FORM}.")


def _end_of(day: date, now: datetime, zone: ZoneInfo) -> datetime:
    """The last microsecond of a day; of today, the present moment, since the rest of it is not there yet."""
    if day == now.astimezone(zone).date():
        return now
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC) - timedelta(microseconds=1)
