"""Mutes: notifications about a known matter are left out for a time. What is found is recorded all the same."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from ledger.events.alerts import Name, Person, RuleId, Tag
from ledger.events.base import Data, Moment, Text

MUTE_DAYS_MAX = 365
MuteId = Annotated[str, Meta(pattern=r"^M-[A-Za-z0-9-]{1,60}\Z", description="A mute, given by the system.")]
KeyColumns = Annotated[
    dict[Name, Annotated[str, Meta(max_length=300, pattern=r"^[^\x00]*\Z")]], Meta(min_length=1, max_length=20)
]


class AlertMuted(Data, frozen=True, kw_only=True):
    """Findings that fit all of the given parts are not notified until `until`, nor ever afterwards.

    A part that is left out fits anything; at least one is given. `key` names columns of a finding's key with their
    values. A mute lasts 365 days at most.
    """

    TYPE: ClassVar[str] = "alert.muted"
    SENDER: ClassVar[str] = "registry"

    mute: MuteId
    by: Person
    reason: Text
    until: Moment
    rule: RuleId | UnsetType = UNSET
    key: KeyColumns | UnsetType = UNSET
    subject: Tag | UnsetType = UNSET
    platform: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET

    def verify(self) -> None:
        """A mute of everything would be no mute but a switch."""
        if self.rule is UNSET and self.key is UNSET and self.subject is UNSET and self.platform is UNSET:
            raise ValueError("say what is muted: a rule, columns of a key, a subject or a platform")


class AlertUnmuted(Data, frozen=True, kw_only=True):
    """A mute ends before its time. What was found while it held stays unnotified."""

    TYPE: ClassVar[str] = "alert.unmuted"
    SENDER: ClassVar[str] = "registry"

    mute: MuteId
    by: Person
    reason: Text | UnsetType = UNSET
