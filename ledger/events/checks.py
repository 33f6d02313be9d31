"""What the types of the fields can't say: currencies, calendar dates, times, the size of `extra`, fields together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from functools import partial
from operator import attrgetter
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta

from ledger.events.base import EXTRA_BYTES_MAX, Data
from ledger.events.shape import marks
from ledger.kernel.money import CODES

Check = Callable[[Data], None]
DATE_LENGTH = len("2026-03-02")
_END_OF_DAY = time(23, 59, 59, 999_999)
_encode = msgspec.json.Encoder().encode
_moment = msgspec.json.Decoder(Annotated[datetime, Meta(tz=True)]).decode


def checks_of(data: type[Data]) -> tuple[Check, ...]:
    """The checks that events of this class need, found once; most need only that their currency exists."""
    found: list[Check] = []
    for field, name, value in marks(data):
        if name == "check":
            found.append(partial(_BY_NAME[value], field, attrgetter(field)))
    verify: Check | None = getattr(data, "verify", None)
    if verify is not None:
        found.append(verify)
    return tuple(found)


def check_extra(data: Data) -> None:
    """`extra` is small and fit to be kept as text."""
    encoded = _encode(data.extra)
    if len(encoded) > EXTRA_BYTES_MAX:
        raise ValueError(f"extra has {len(encoded)} bytes of JSON, at most {EXTRA_BYTES_MAX} are kept")
    if b"\\u0000" in encoded:
        raise ValueError("extra has a NUL character, which can't be kept")


def until(text: str, offset: tzinfo) -> datetime:
    """The instant, UTC, that an RFC 3339 time says, or the end of a date's day at `offset`. Raises ValueError."""
    if len(text) == DATE_LENGTH:
        return datetime.combine(date.fromisoformat(text), _END_OF_DAY, offset).astimezone(UTC)
    # The field's pattern lets nothing through that could end the JSON string.
    moment: datetime = _moment(f'"{text}"')
    return moment.astimezone(UTC)


def _currency(field: str, get: Callable[[Any], Any], data: Data) -> None:
    value = get(data)
    if value is not UNSET and value not in CODES:
        raise ValueError(f"{field} {value!r} is no currency of ISO 4217")


def _date(field: str, get: Callable[[Any], Any], data: Data) -> None:
    value = get(data)
    if value is UNSET:
        return
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{field} {value!r} is no date of the calendar (YYYY-MM-DD)") from None


def _until(field: str, get: Callable[[Any], Any], data: Data) -> None:
    value = get(data)
    if value is UNSET:
        return
    try:
        moment = until(value, UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{field} {value!r} is neither an RFC 3339 time with an offset nor a date") from None
    if not 1970 <= moment.year <= 9990:
        raise ValueError(f"{field} {value!r} is out of range: from 1970 to 9990")


_BY_NAME: dict[str, Callable[[str, Callable[[Any], Any], Data], None]] = {
    "currency": _currency,
    "date": _date,
    "until": _until,
}
