"""Until when a promise may be taken back, and by when it has to be confirmed again: read from the rulebooks. Pure.

No decision depends on this. A pledge that is cancelled outside its window is a fact, shown as such; what was not
reconfirmed ends when the system has recorded `pledges.lapsed`, which carries its window and citation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

from ledger.rulebook.clocks import shifted
from ledger.rulebook.loading import Book, Stated, at_once, citation, in_force
from ledger.rulebook.model import Clock
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.parties import Declaration
from ledger.states.promises import confirmed

_USABLE = frozenset({"in_force", "platform_terms"})


class Window(NamedTuple):
    """A window that ends at `until`, the rule that opens it, and where that rule stands."""

    until: datetime
    rule: str
    citation: str


def cancellable(
    pledge: Pledge, campaign: Campaign, declared: Declaration | None, books: Mapping[str, Book]
) -> Window | None:
    """Until when the investor may take the promise back without a reason; the longest, where several are given.

    None where no rule of the campaign's jurisdiction gives one. Who did not say that she is sophisticated, is not.
    """
    made_at, deadline = moment(pledge.made_at), moment(campaign.deadline)
    sophisticated = declared is not None and declared.sophisticated is True
    found = []
    for stated, clock in _clocks(campaign, made_at.date(), books):
        if clock.only == "first_time" or (clock.only == "non_sophisticated" and sophisticated):
            continue
        if (clock.starts, clock.role) == ("offer", "within"):
            found.append(Window(shifted(clock, made_at), clock.id, citation(stated)))
        elif (clock.starts, clock.role) == ("deadline", "until"):
            found.append(Window(shifted(clock, deadline, back=True), clock.id, citation(stated)))
    return max(found, default=None)


def reconfirmable(amended_at: int, campaign: Campaign, books: Mapping[str, Book]) -> Window | None:
    """By when promises made before a material change (Unix microseconds) have to be confirmed again; None: unknown.

    Where nothing is known nothing lapses.
    """
    changed_at = moment(amended_at)
    for stated, clock in _clocks(campaign, changed_at.date(), books):
        if (clock.starts, clock.role, clock.then) == ("material_change", "within", "lapse"):
            return Window(shifted(clock, changed_at), clock.id, citation(stated))
    return None


def asked(pledge: Pledge, campaign: Campaign) -> tuple[int, ...]:
    """The material changes after which this promise has to be confirmed again and was not, so far; ascending.

    A word that came after the change counts here, whatever its window: that is judged when the window is over.
    """
    if pledge.status not in {"pledged", "collected"}:
        return ()
    lapsed = {amended_at for amended_at, _ in campaign.lapses}
    return tuple(
        changed_at
        for changed_at in campaign.material
        if pledge.made_at < changed_at and changed_at not in lapsed and not confirmed(pledge, changed_at)
    )


def moment(micros: int) -> datetime:
    """Unix microseconds as a time, UTC, exact."""
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def _clocks(campaign: Campaign, day: date, books: Mapping[str, Book]) -> Iterator[tuple[Stated, Clock]]:
    days = {**at_once(day), "offering_start": moment(campaign.opened_at).date()}
    for stated in in_force(books, campaign.jurisdiction, campaign.kind, days):
        if isinstance(stated.rule, Clock) and stated.rule.status in _USABLE:
            yield stated, stated.rule
