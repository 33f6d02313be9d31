"""What everybody may know of a platform's standing, in one word, and the statement of it that is signed. Pure.

Sanctions that keep a platform from doing business are public while they hold: who deals with it must know. Warnings and
fines are not: they are told to the platform, and make nobody's money less safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from api.scorecards import Registered
from projections.base import day_of
from projections.sanctions import Sanction

PUBLIC_SANCTIONS: Final = ("suspension", "new_business_ban", "payment_restriction")
# The worst that is true: closed for good, may not act, licence run out, may not do everything, may, may not yet.
STANDINGS: Final = ("closed", "suspended", "expired", "restricted", "licensed", "registered")
VALID_FOR: Final = timedelta(minutes=10)


def in_force(sanctions: Iterable[Sanction], platform: str, today: date) -> list[Sanction]:
    """The public sanctions on the platform itself that hold on the day."""
    day = day_of(today)
    return [
        each
        for each in sanctions
        if each.subject == f"platform:{platform}"
        and each.kind in PUBLIC_SANCTIONS
        and each.lifted_at is None
        and each.first_day <= day
        and (each.last_day is None or day <= each.last_day)
    ]


def standing(platform: Registered, held: Sequence[Sanction], today: date) -> str:
    """One of STANDINGS; `held` are the public sanctions in force."""
    kinds = {each.kind for each in held}
    if platform.status == "closed":
        return "closed"
    if platform.status == "suspended" or "suspension" in kinds:
        return "suspended"
    if platform.status != "licensed":
        return "registered"
    if platform.licence_valid_to is not None and platform.licence_valid_to < today:
        return "expired"
    return "restricted" if kinds else "licensed"


def statement(
    platform: Registered, held: Sequence[Sanction], today: date, position: int, now: datetime
) -> dict[str, Any]:
    """What is signed: the standing as of a position of the log, and until when it may be relied on."""
    valid_to = platform.licence_valid_to
    return {
        "platform": platform.id,
        "name": platform.name,
        "standing": standing(platform, held, today),
        "kinds": list(platform.kinds),
        "jurisdiction": platform.jurisdiction,
        "licence": platform.licence,
        "licence_valid_to": valid_to.isoformat() if valid_to else None,
        "sanctions": sorted({each.kind for each in held}),
        "position": position,
        "time": _stamp(now),
        "valid_until": _stamp(now + VALID_FOR),
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
