"""What people did: acts in the log under their names, and what they did at the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple


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
