"""How long people's data must be kept, and when it may first be erased. Pure, over dated and cited data."""

from __future__ import annotations

import calendar
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

OPERATOR = "set by the operator"
ANYWHERE = "*"  # the jurisdiction of a setting that is for all


class Period(NamedTuple):
    """Years to keep after the end of the relationship; `begins` is the day from which the rule holds."""

    id: str
    years: int
    begins: date
    citation: str


class NoPeriod(Exception):
    """Nobody knows how long: no rule in force, and the operator has not said."""


@cache
def _in_force() -> Mapping[str, tuple[Period, ...]]:
    """By jurisdiction. Rules that nobody has checked are left out."""
    text = Path(__file__).with_name("periods.toml").read_text(encoding="utf-8")
    found: dict[str, list[Period]] = {}
    for row in tomllib.loads(text)["period"]:
        if row["status"] == "in_force":
            for jurisdiction in row["jurisdictions"]:
                period = Period(row["id"], row["years"], row["from"], row["citation"])
                found.setdefault(jurisdiction, []).append(period)
    return {jurisdiction: tuple(periods) for jurisdiction, periods in found.items()}


def period(jurisdiction: str, today: date, settings: Mapping[str, int]) -> Period:
    """The longest period that holds today in a jurisdiction: the operator's figure can't shorten the law's.

    `settings` are the operator's years by jurisdiction, `*` for all others. Raises NoPeriod.
    """
    held = [each for each in _in_force().get(jurisdiction, ()) if each.begins <= today]
    years = settings.get(jurisdiction, settings.get(ANYWHERE))
    if years is not None:
        held.append(Period(f"operator.{jurisdiction.lower()}", years, date.min, OPERATOR))
    if not held:
        raise NoPeriod(
            f"no retention period in force is known for {jurisdiction}: look up the law and set "
            f"CROWDLEDGER_RETENTION_YEARS={jurisdiction}=<years>."
        )
    return max(held, key=lambda each: each.years)


def first_day(ended: date, period: Period) -> date:
    """The first day on which erasing is lawful: the day after `years` full years. 29 February ends on the 28th."""
    year = ended.year + period.years
    day = min(ended.day, calendar.monthrange(year, ended.month)[1])
    return date(year, ended.month, day) + timedelta(days=1)
