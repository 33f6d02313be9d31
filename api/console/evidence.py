"""The evidence of an alert as a timeline: the events at its positions, by the day on which they happened."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from api.console.links import page_of
from api.console.parts import Part, moved, parts
from api.console.posted import sender_of
from api.console.speech import Speech
from api.console.words import EVENTS, known
from ledger.events.naming import key
from ledger.recorded import Recorded

FIRST: Final = 25  # as many as people read; the rest on demand


class Entry(NamedTuple):
    """One event. `new_day` is set on the first of each day."""

    new_day: str | None
    position: int
    title: str
    amount: str | None
    source: str
    happened_at: datetime
    recorded_at: datetime
    parts: list[Part]
    corrected: bool  # taken back since
    pages: Mapping[str | None, str]  # of the entities that its parts name


def currency(events: Sequence[Recorded]) -> str | None:
    """The one currency that the events speak of; None where they speak of several, or of none."""
    found = {posting.currency for event in events for posting in event.postings}
    found |= {own for event in events if isinstance(own := getattr(event.data, "currency", None), str)}
    return found.pop() if len(found) == 1 else None


def mark_of(event: Recorded) -> str:
    """The key of the state that is there where the event was corrected."""
    return key("correction", event.scope, event.id)


def timeline(
    events: Sequence[Recorded], platforms: Mapping[str, str], say: Speech, marks: Collection[str] = ()
) -> list[Entry]:
    """Entries in the order in which things happened; `marks` are those of `mark_of` that are there."""
    entries: list[Entry] = []
    before = None
    for event in sorted(events, key=lambda each: (each.happened_at, each.position)):
        day = say.day(event.happened_at)
        said = parts(event, say)
        entries.append(
            Entry(
                day if day != before else None,
                event.position,
                say.text(known(EVENTS, event.type)),
                moved(event, say),
                sender_of(event.scope, platforms, say),
                event.happened_at,
                event.recorded_at,
                said,
                mark_of(event) in marks,
                {each.names: page for each in said if each.names and (page := page_of(each.names))},
            )
        )
        before = day
    return entries
