"""What people did: acts in the log under their names, and what they did at the door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from api.problems import Problem
from ledger.events.catalogue import TYPES

DOOR: Final = "door"
PEOPLE: Final = "people"
# What is done, by the beginning of its event's type; `people` and `door` are kinds of their own.
KINDS: Final = ("alert.", "case.", "sanction.", "correction.", PEOPLE, "platform.", DOOR)
_OF_PEOPLE: Final = ("vault.opened", "party.erasure_requested", "party.erased")
_FIRST_YEAR, _LAST_YEAR = 1970, 9000


class AskedDeeds(NamedTuple):
    """Which deeds; None: any. `types` are of events, `log` and `door` the two sources. `until` is not in it."""

    who: str | None = None
    types: Sequence[str] | None = None
    log: bool = True
    door: bool = True
    since: datetime | None = None
    until: datetime | None = None


class BeforeDeed(NamedTuple):
    """Where a page ends: below this position of the log, and below this line of the door's."""

    position: int | None
    number: int | None


class Deed(NamedTuple):
    """One of them: `position` of an event, or `number` of a line of the door's. `who` None: somebody unknown."""

    at: datetime
    who: str | None
    what: str
    about: Mapping[str, Any]
    position: int | None
    number: int | None


def asked(who: str | None, kind: str | None, since: date | None, until: date | None, zone: ZoneInfo) -> AskedDeeds:
    """The question for deeds of a kind (of KINDS) on the days from `since` to `until`, both included, in the zone.

    Raises Problem for a day of no time of ours.
    """
    first = _start("since", since, zone)
    after = _start("until", until, zone)
    types = None if kind in {None, DOOR} else _types(kind or "")
    ends = None if after is None else after + timedelta(days=1)
    return AskedDeeds(who, types, kind != DOOR, kind in {None, DOOR}, first, ends)


def below(shown: Iterable[Deed], before: BeforeDeed | None) -> BeforeDeed:
    """Where the next page begins, after these."""
    position, number = before or (None, None)
    for each in shown:
        position = each.position if each.position is not None else position
        number = each.number if each.number is not None else number
    return BeforeDeed(position, number)


def _types(kind: str) -> list[str]:
    return [name for name in TYPES if (name in _OF_PEOPLE if kind == PEOPLE else name.startswith(kind))]


def _start(name: str, day: date | None, zone: ZoneInfo) -> datetime | None:
    if day is None:
        return None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Problem("invalid_parameter", f"{name} is a day of our time.")
    return datetime.combine(day, time(), zone)
