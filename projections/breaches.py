"""When a cap on what a borrower owes was broken, as known before an event and after it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import NamedTuple

from ledger.rulebook.checks import hold
from ledger.rulebook.loading import Book, Stated, citation, in_force
from ledger.rulebook.model import Cap
from projections.impact import Borrower, Owed, Subject


class Breach(NamedTuple):
    """From `start` until `end` the cap `rule` is `now breached`, or `no longer breached`; minor units of `currency`.

    `before` and `after` are what was owed at `start`, as known before the event and after it.
    """

    rule: str
    citation: str
    borrower: str
    scope: str  # platform or all_platforms
    currency: str
    limit: int
    outcome: str
    start: datetime
    end: datetime
    before: int
    after: int


def breaches(about: Subject, who: Borrower, moved: Sequence[Owed], books: Mapping[str, Book]) -> list[Breach]:
    """The periods for which the event turned the answer of a cap on outstanding principal.

    `moved` is of all parties of the same person: caps over all platforms add them up.
    """
    moments = _moments(about, moved, books)
    found: list[Breach] = []
    for start, end in pairwise([*moments, about.end]):
        for stated in in_force(books, who.jurisdiction, "lending", {"trade": _day(start)}):
            found += _turned(about, who, moved, stated, (start, end))
    return list(_joined(sorted(found, key=lambda each: (each.rule, each.currency, each.start))))


def _moments(about: Subject, moved: Iterable[Owed], books: Mapping[str, Book]) -> list[datetime]:
    """When an answer can change between the two ends: where money moved, and where the law did."""
    laws = (datetime.combine(pack.effective_from, time.min, UTC) for book in books.values() for pack in book.files)
    changes = {about.start, *(each.at for each in moved), *laws}
    return sorted(moment for moment in changes if about.start <= moment < about.end)


def _turned(
    about: Subject, who: Borrower, moved: Sequence[Owed], stated: Stated, period: tuple[datetime, datetime]
) -> Iterator[Breach]:
    cap = stated.rule
    if not isinstance(cap, Cap) or (cap.of, cap.measure) != ("borrower", "outstanding"):
        return
    if cap.party not in {"any", who.kind} or cap.currency is None:
        return
    of = {who.key} if cap.scope == "platform" else set(who.people)
    theirs = [each for each in moved if each.borrower in of and each.currency == cap.currency and each.at <= period[0]]
    after = sum(each.change for each in theirs)
    before = sum(each.change for each in theirs if each.position < about.position)
    then, now = (hold(cap, figure, 0) for figure in (before, after))
    if then.outcome != now.outcome and now.limit.amount is not None:
        outcome = "now breached" if now.outcome == "breach" else "no longer breached"
        law, limit = citation(stated), now.limit.amount
        yield Breach(cap.id, law, who.key, cap.scope, cap.currency, limit, outcome, *period, before, after)


def _joined(found: Iterable[Breach]) -> Iterator[Breach]:
    """Periods that follow each other with the same outcome are one."""
    last: Breach | None = None
    for each in found:
        if last is not None and (last.rule, last.currency, last.outcome, last.end) == (
            each.rule, each.currency, each.outcome, each.start,
        ):  # fmt: skip
            last = last._replace(end=each.end)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def _day(moment: datetime) -> date:
    return moment.date()
