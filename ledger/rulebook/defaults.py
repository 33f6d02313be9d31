"""After how many days past due a loan is in default, by the law of its jurisdiction. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

from ledger.rulebook.checks import hold, limit_of
from ledger.rulebook.loading import Book, at_once, books, citation, in_force
from ledger.rulebook.model import Cap


class DefaultAnswer(NamedTuple):
    """`past` means more than `days_over` days; not_provable where the law of the day has no figure that was read."""

    outcome: Literal["past", "not_past", "not_provable"]
    days_over: int | None
    rule: str | None
    citation: str | None


def past_default(
    jurisdiction: str, day: date, days_past_due: int, known: Mapping[str, Book] | None = None
) -> DefaultAnswer:
    """Whether so many days past due were a default by the law of `jurisdiction` on `day`."""
    for stated in in_force(books() if known is None else known, jurisdiction, "lending", at_once(day)):
        cap = stated.rule
        if isinstance(cap, Cap) and cap.measure == "days_past_due" and cap.status == "in_force":
            late = hold(cap, days_past_due, 0).outcome == "breach"
            return DefaultAnswer("past" if late else "not_past", limit_of(cap, {}).amount, cap.id, citation(stated))
    return DefaultAnswer("not_provable", None, None, None)
