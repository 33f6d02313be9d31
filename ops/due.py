"""When rules are due: their cron in their jurisdiction's time zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from risk.document import Loaded

CATCH_UP_MAX = 31  # runs of one rule


def live(rules: Mapping[str, Loaded]) -> list[Loaded]:
    """The rules that run by themselves."""
    return [each for each in rules.values() if each.rule.maturity == "live"]


def due_times(each: Loaded, last: datetime | None, now: datetime) -> list[datetime]:
    """When a rule was due after `last` up to `now`, oldest first, the newest 31 at most.

    A rule that never ran is due once, for the newest time: history is for `crowdledger rules run`.
    """
    cron = Due(each)
    earliest = now - timedelta(days=CATCH_UP_MAX + 1)
    begin = earliest if last is None else max(last + timedelta(seconds=1), earliest)
    found: list[datetime] = []
    moment = cron.get_next_fire_time(None, begin)
    while moment is not None and moment <= now:
        found.append(moment)
        moment = cron.get_next_fire_time(moment, moment)
    return found[-1:] if last is None else found[-CATCH_UP_MAX:]


class Due(BaseTrigger):  # type: ignore[misc] # the library has no types
    """The due times of a rule, of which the hour that is there twice when a zone falls back has each once.

    The library's own trigger gives the second of the two again and again, for ever: it is asked in UTC, and never for
    what comes after one of its own answers.
    """

    def __init__(self, each: Loaded) -> None:
        schedule = each.rule.schedule
        self._cron = CronTrigger.from_crontab(schedule.cron, timezone=ZoneInfo(schedule.zone))

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """The first due time after `previous`, or from `now` on."""
        after = now.astimezone(UTC) if previous is None else previous.astimezone(UTC) + timedelta(seconds=1)
        moment: datetime | None = self._cron.get_next_fire_time(None, after)
        while moment is not None and moment.fold:
            moment = self._cron.get_next_fire_time(None, moment.astimezone(UTC) + timedelta(seconds=1))
        return moment
