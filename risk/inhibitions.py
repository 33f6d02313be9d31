"""Which findings are not told because a graver matter on the same platform was confirmed. Pure, over a small table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Inhibition(NamedTuple):
    """While an alert of `when` was confirmed in the last `days` days, `quiet` are not told on the same platform."""

    when: str
    quiet: frozenset[str]
    days: int


class Confirmed(NamedTuple):
    """An alert that was closed as confirmed, by itself or with its case."""

    alert: str
    rule: str
    platform: str | None
    closed_at: datetime


def read(text: str) -> tuple[Inhibition, ...]:
    """The table from its TOML. Raises ValueError for a rule that would quiet itself."""
    rows: Iterable[Mapping[str, object]] = tomllib.loads(text)["inhibition"]
    found = []
    for row in rows:
        when, quiet, days = row["when"], row["quiet"], row["days"]
        if not isinstance(when, str) or not isinstance(quiet, list) or not isinstance(days, int) or days < 1:
            raise ValueError(f"inhibition {row}: `when` is a rule, `quiet` a list of rules, `days` a number above zero")
        if when in quiet:
            raise ValueError(f"inhibition of {when}: a rule can't quiet itself")
        found.append(Inhibition(when, frozenset(quiet), days))
    return tuple(found)


@cache
def table() -> tuple[Inhibition, ...]:
    """The table that ships."""
    return read(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def inhibitor(
    alert: str,
    rule: str,
    platform: str | None,
    at: datetime,
    confirmed: Iterable[Confirmed],
    rows: Iterable[Inhibition],
) -> str | None:
    """The confirmed alert because of which a finding of `rule` at `at` is not told; None where it is told.

    A platform that is missing on either side is not an equal one, and an alert never quiets itself.
    """
    if platform is None:
        return None
    known = [each for each in confirmed if each.platform == platform and each.alert != alert]
    for row in rows:
        if rule in row.quiet:
            for each in known:
                if each.rule == row.when and each.closed_at <= at < each.closed_at + timedelta(days=row.days):
                    return each.alert
    return None
