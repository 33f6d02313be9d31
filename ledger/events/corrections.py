"""Corrections: nothing is deleted; a mistake is reversed, and the right thing is said anew."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from ledger.events.base import TEXT_PATTERN, Data, Short

EventId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=256,
        pattern=TEXT_PATTERN,
        description="The id of an event of the same source.",
        extra={"kind": "correction"},
    ),
]


class EventCorrected(Data, frozen=True, kw_only=True):
    """The event `corrects` of the same source was wrong; its effect is reversed. A replacement is sent as a new event.

    What happened on top of it must be corrected first, latest first.
    """

    TYPE: ClassVar[str] = "event.corrected"
    SENDER: ClassVar[str] = "either"

    corrects: EventId
    reason: Short
