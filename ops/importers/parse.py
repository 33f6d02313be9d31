"""Source text into values, exactly: decimals, minor units, identifiers, dates. What can't be read is a `Rejected`."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from ops.importers.base import Rejected

_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")  # room is left for a prefix and a suffix within the contract's 128
_DECIMAL = re.compile(r"[+-]?\d{1,15}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{8}", re.ASCII)
_CENT = Decimal("0.01")
_YEARS = range(1971, 2200)  # what an event's time and a deadline can be, with a margin
_SHORT_MAX = 200  # characters
MINOR_MAX = 2**53 - 1

DIGITS = 60  # enough for every sum of the formats' decimals to be exact
_EXACT = Context(prec=DIGITS, rounding=ROUND_HALF_UP)


def decimal(text: str, reason: str = "amount_unreadable") -> Decimal:
    """The exact value of a decimal text, an exponent allowed; anything else is rejected with `reason`."""
    if not _DECIMAL.fullmatch(text):
        raise Rejected(reason)
    return Decimal(text)


def cents(amount: Decimal) -> int:
    """Minor units of a two-digit currency, half a cent away from zero."""
    value = int(_EXACT.scaleb(_EXACT.quantize(amount, _CENT), 2))
    if abs(value) > MINOR_MAX:
        raise Rejected("amount_unreadable")
    return value


def positive_cents(amount: Decimal) -> int:
    """Minor units of an amount that an event can carry: at least one."""
    value = cents(amount)
    if amount < 0:
        raise Rejected("amount_negative")
    if value < 1:
        raise Rejected("amount_rounds_to_zero")
    return value


def identifier(text: str) -> str:
    """The text, where the contract allows it as an identifier."""
    if not _ID.fullmatch(text):
        raise Rejected("id_not_allowed")
    return text


def moment(text: str) -> str:
    """The text, where it is an RFC 3339 time."""
    if not _TIME.fullmatch(text):
        raise Rejected("time_unreadable")
    try:
        year = datetime.fromisoformat(text).year
    except ValueError:
        raise Rejected("time_unreadable") from None
    if year not in _YEARS:
        raise Rejected("time_unreadable")
    return text


def short(text: str, otherwise: str = "") -> str:
    """A name or a word at a length that events take; `otherwise` where there is none."""
    return text.strip()[:_SHORT_MAX] or otherwise


def day(text: str, reason: str = "date_unreadable") -> date:
    """A date written YYYY-MM-DD or YYYYMMDD."""
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:  # the 30th of February
        found = None
    if found is None or found.year not in _YEARS:
        raise Rejected(reason)
    return found
