"""When rules are due: their cron in their jurisdiction's time zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

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
    cron = trigger(each)
    earliest = now - timedelta(days=CATCH_UP_MAX + 1)
    begin = earliest if last is None else max(last + timedelta(seconds=1), earliest)
    found: list[datetime] = []
    moment = cron.get_next_fire_time(None, begin)
    while moment is not None and moment <= now:
        found.append(moment)
        moment = cron.get_next_fire_time(moment, moment + timedelta(seconds=1))
    return found[-1:] if last is None else found[-CATCH_UP_MAX:]


def trigger(each: Loaded) -> CronTrigger:
    """The cron of a rule."""
    schedule = each.rule.schedule
    return CronTrigger.from_crontab(schedule.cron, timezone=ZoneInfo(schedule.zone))
