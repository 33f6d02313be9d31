"""Alerts: what the risk monitor found, and what people of the regulator did about it.

A finding is one event type, `alert.found`. Whether it opened an alert or joined one that was open follows from the
events before it, under the key `alert_key:system/<rule>/<hash of the dedupe key>`; an alert's id names both and a
running number.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from ledger.events.base import TEXT_PATTERN, Data, Date, Figure, Short, Text

EVIDENCE_MAX = 500
Severity = Literal["info", "low", "medium", "high", "critical"]
Outcome = Literal["confirmed", "justified_look", "false_positive"]

RuleId = Annotated[str, Meta(pattern=r"^[A-Z]{1,2}\d{2}-[a-z0-9-]{1,60}\Z", description="A rule, for life.")]
AlertId = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9-]{1,80}:[0-9a-f]{16}:[1-9]\d{0,8}\Z", description="<rule>:<hash of key>:<number>")
]
Person = Annotated[
    str, Meta(min_length=1, max_length=128, pattern=TEXT_PATTERN, description="Who acts: an officer's sign-in.")
]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}\Z")]
Position = Annotated[int, Meta(ge=1)]
Tag = Annotated[
    str, Meta(min_length=3, max_length=300, pattern=TEXT_PATTERN, description="A key, such as party:huizhong/U-7.")
]
Sentence = Annotated[str, Meta(min_length=1, max_length=1000, pattern=TEXT_PATTERN)]


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """The same sentence in Chinese and in English."""

    zh: Sentence
    en: Sentence


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """The days that were looked at, both included, in the local time of what was reported."""

    first_day: Date
    last_day: Date


class AlertFound(Data, frozen=True, kw_only=True):
    """A rule found something. Sent by the system; its id is a hash of its content: the same finding is a duplicate."""

    TYPE: ClassVar[str] = "alert.found"
    SENDER: ClassVar[str] = "system"

    rule: RuleId
    version: Annotated[int, Meta(ge=1)]
    key: dict[
        Name, Annotated[str, Meta(max_length=300, pattern=r"^[^\x00]*\Z")]
    ]  # what makes it the same matter; "" where nothing was reported
    severity: Severity
    score: Annotated[int, Meta(ge=0, le=1000)]
    window: Window
    subject: Annotated[tuple[Tag, ...], Meta(max_length=40)]
    platform: Annotated[str, Meta(max_length=128)] | UnsetType = UNSET  # id, where one platform is concerned
    figures: dict[Name, Figure]
    params: dict[Name, Figure]  # the thresholds it was held against
    evidence: Annotated[
        tuple[Position, ...], Meta(max_length=EVIDENCE_MAX)
    ]  # positions, ascending; the newest where cut off
    evidence_count: Annotated[int, Meta(ge=0)]
    reason: Words
    shareable: bool = False  # may the platform concerned see it?


class AlertAcknowledged(Data, frozen=True, kw_only=True):
    """Somebody is on it."""

    TYPE: ClassVar[str] = "alert.acknowledged"
    SENDER: ClassVar[str] = "registry"

    alert: AlertId
    by: Person
    text: Text | UnsetType = UNSET


class AlertAssigned(Data, frozen=True, kw_only=True):
    """`to` is responsible for it from now on."""

    TYPE: ClassVar[str] = "alert.assigned"
    SENDER: ClassVar[str] = "registry"

    alert: AlertId
    by: Person
    to: Person
    text: Text | UnsetType = UNSET


class AlertCommented(Data, frozen=True, kw_only=True):
    """A remark for the history; changes nothing."""

    TYPE: ClassVar[str] = "alert.commented"
    SENDER: ClassVar[str] = "registry"

    alert: AlertId
    by: Person
    text: Text


class AlertEscalated(Data, frozen=True, kw_only=True):
    """Handed up: to `to` where named."""

    TYPE: ClassVar[str] = "alert.escalated"
    SENDER: ClassVar[str] = "registry"

    alert: AlertId
    by: Person
    to: Person | UnsetType = UNSET
    text: Text | UnsetType = UNSET


class AlertCloseRequested(Data, frozen=True, kw_only=True):
    """A first person would close a critical alert; it closes when a second one does."""

    TYPE: ClassVar[str] = "alert.close_requested"
    SENDER: ClassVar[str] = "registry"

    alert: AlertId
    by: Person
    outcome: Outcome
    reason: Short | UnsetType = UNSET  # a code of the list; needed for a false positive
    text: Text | UnsetType = UNSET


class AlertClosed(Data, frozen=True, kw_only=True):
    """Settled, with an outcome. Of a critical alert: by another person than the one who asked for it."""

    TYPE: ClassVar[str] = "alert.closed"
    SENDER: ClassVar[str] = "registry"

    alert: AlertId
    by: Person
    outcome: Outcome
    reason: Short | UnsetType = UNSET  # a code of the list; needed for a false positive
    text: Text | UnsetType = UNSET


class AlertReopened(Data, frozen=True, kw_only=True):
    """Closed too early; or, where closing was asked for, the second person's no."""

    TYPE: ClassVar[str] = "alert.reopened"
    SENDER: ClassVar[str] = "registry"

    alert: AlertId
    by: Person
    text: Text | UnsetType = UNSET
