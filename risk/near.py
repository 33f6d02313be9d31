"""What a near-real-time run is to judge: which days, given what is new. Reads only.

Such a run looks at the groups of which new events are evidence, on every day whose window holds one of these rows, back
to `LOOK_BACK_DAYS`; what it finds is what a run over everything finds for these groups on these days. Where nothing of
the kinds that its views fold is new, no rule is asked anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from projections.catalogue import VIEWS
from risk.compile import Compiled, date_of, days_since_epoch
from risk.document import Rule
from risk.evaluator import SQL, judged, standing_still, touched
from risk.inputs import INPUTS

if TYPE_CHECKING:
    import psycopg

LOOK_BACK_DAYS: Final = 31
QUIET_EVENTS: Final = 10_000  # so many events of no interest are recorded as a run, so that they aren't read again


class Ahead(NamedTuple):
    """Days to judge on what is new in (since, cutoff]. `left_out`: events from before the days looked at."""

    since: int
    cutoff: int
    days: list[int]
    touched: int
    left_out: int


def ahead(connection: psycopg.Connection, rule: Rule, compiled: Compiled, since: int, now: datetime) -> Ahead | None:
    """What is new since a position; None where nothing is. Raises LookupError where a view was never built."""
    today = days_since_epoch(now.astimezone(ZoneInfo(rule.schedule.zone)).date())
    first = today - LOOK_BACK_DAYS + 1
    with standing_still(connection, rule) as cutoff:
        if cutoff <= since:
            return None
        before = datetime.combine(date_of(first), datetime.min.time(), UTC)
        asked = {"since": since, "cutoff": cutoff, "types": types(rule), "before": before}
        row = connection.execute(SQL["new_events"], asked).fetchone()
        new, late = row or (0, 0)
        if not new:
            return Ahead(since, cutoff, [], 0, 0) if cutoff - since >= QUIET_EVENTS else None
        connection.execute(SQL["few_rows"])
        # To tomorrow: somewhere it is that day already.
        found = touched(connection, rule, compiled, range(first, today + 2), since, cutoff)
    days = judged(rule, days_to_judge({each.day for each in found}, rule.window.width_days, first, today))
    return Ahead(since, cutoff, days, len({each.own for each in found}), late)


def days_to_judge(rows: Iterable[int], width: int, first: int, today: int) -> list[int]:
    """The evaluation days, from `first` on, whose windows of `width` days hold a row of one of these days.

    A day that is still to come is judged where something is dated on it, and not for what came before.
    """
    found: set[int] = set()
    for day in rows:
        found.update(range(max(day, first), min(day + width - 1, max(today, day)) + 1))
    return sorted(found)


def types(rule: Rule) -> list[str] | None:
    """The kinds of event that the rule's views fold; None: all."""
    each = [VIEWS[name].TYPES for name in INPUTS[rule.input].views]
    if any(kinds is None for kinds in each):
        return None
    return sorted({kind for kinds in each for kind in kinds or ()})
