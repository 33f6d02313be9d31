"""Corrections: nothing is deleted; a mistake is reversed, and the right thing is said anew."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, UnsetType

from ledger.events.base import TEXT_PATTERN, Data, Short, Text

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
Replacement = Annotated[
    str,
    Meta(
        pattern=r"^[!-~]{1,128}\Z",
        description="The id under which the right thing is said, or will be, by the same source.",
    ),
]
Corrected = Annotated[str, Meta(pattern=r"^[!-~]{1,128}\Z", description="The id of the event that it reverses.")]
Waiting = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._:-]{1,128}/[!-~]{1,128}\Z",
        description="`<platform>/<id of the event.corrected>`; the registry's own begin with `registry/`.",
        extra={"path": "approval"},
    ),
]
Actor = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=TEXT_PATTERN,
        description="The id of a key or of a user's account: no name.",
    ),
]


class EventCorrected(Data, frozen=True, kw_only=True):
    """The event `corrects` of the same source was wrong; its effect is reversed. A replacement is sent as a new event.

    What happened on top of it must be corrected first, latest first. Where money has left (released funds, a loan that
    was paid out), it waits until a second person approves it.
    """

    TYPE: ClassVar[str] = "event.corrected"
    SENDER: ClassVar[str] = "either"

    corrects: EventId
    reason: Short
    replacement: Replacement | UnsetType = UNSET

    def verify(self) -> None:
        """What replaces an event is another one."""
        if self.replacement == self.corrects:
            raise ValueError("`replacement` is the id of the event that is corrected; a replacement has a new id")


class CorrectionRecorded(EventCorrected, frozen=True, kw_only=True):
    """`event.corrected` as it stands in the log: with who asked for it, as the API saw it."""

    TYPE: ClassVar[str] = "event.corrected"

    asked_by: Actor | UnsetType = UNSET


class CorrectionApproved(Data, frozen=True, kw_only=True):
    """A second person approves of a correction that waits: `POST /v1/corrections/{source}/{id}/approve` records it.

    It holds for this correction of this event only, and not where the same person asked for it.
    """

    TYPE: ClassVar[str] = "correction.approved"
    SENDER: ClassVar[str] = "either"

    correction: Waiting
    corrects: Corrected
    by: Actor
    asked_by: Actor | UnsetType = UNSET
    note: Text | UnsetType = UNSET


class CorrectionRejected(Data, frozen=True, kw_only=True):
    """A second person says no to a correction that waits, which is refused then: `POST .../reject` records it."""

    TYPE: ClassVar[str] = "correction.rejected"
    SENDER: ClassVar[str] = "either"

    correction: Waiting
    corrects: Corrected
    by: Actor
    asked_by: Actor | UnsetType = UNSET
    reason: Short


def with_asker(data: dict[str, Any], asker: str) -> dict[str, Any]:
    """The recorded form of a valid `event.corrected`."""
    return {**data, "asked_by": asker}
