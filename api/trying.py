"""What a backtest may be asked for, wherever it is asked."""

from __future__ import annotations

from datetime import date
from typing import Final

from api.problems import Problem
from risk.compile import days_since_epoch

DAYS_MAX: Final = 400


def days(first: date, last: date) -> range:
    """The days from `first` to `last`, both included, since 1970-01-01. Raises Problem: invalid_parameter, too_long."""
    begin, end = days_since_epoch(first), days_since_epoch(last)
    if end < begin:
        raise Problem("invalid_parameter", f"`to` {last} is before `from` {first}.")
    if end - begin >= DAYS_MAX:
        raise Problem(
            "too_long",
            f"{end - begin + 1} days are asked for, at most {DAYS_MAX} are judged at once. Ask for fewer; "
            "`crowdledger rules backtest` has no such limit.",
        )
    return range(begin, end + 1)
