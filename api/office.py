"""What the office has beside the log: numbers and files of cases, and who is told of findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Casework:
    """What cases have beside the log: numbers, and files that are sealed like people's data."""

    next_number: Callable[[], int]
    put_file: Callable[[str, str, bytes], None]  # case, evidence, content
    file: Callable[[str, str], bytes | None]  # case, evidence
    drop_file: Callable[[str], None]


class NewSubscription(NamedTuple):
    """Who wants to be told what, by which channel (`webhook`, `email`)."""

    name: str
    channel: str
    target: str
    min_severity: str
    rule: str | None
    platform: str | None
    language: str
    group_seconds: int


class Subscribed(NamedTuple):
    """A subscription as it stands, with the number of its messages."""

    id: UUID
    name: str
    channel: str
    target: str
    min_severity: str
    rule: str | None
    platform: str | None
    language: str
    group_seconds: int
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    sent: int
    waiting: int
    dead: int


class DeadLetter(NamedTuple):
    """A message that was given up."""

    id: UUID
    subscription: UUID
    name: str
    channel: str
    target: str
    findings: int
    attempts: int
    error: str | None
    created_at: datetime
    given_up_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Notifications:
    """Who is told by which channel: configuration, and no facts."""

    subscribe: Callable[[NewSubscription, str], UUID]  # by whom
    subscriptions: Callable[[str | None, int], list[Subscribed]]
    unsubscribe: Callable[[UUID], bool]
    secret: Callable[[UUID], str]
    dead: Callable[[tuple[datetime, str] | None, int], list[DeadLetter]]
    retry: Callable[[UUID], bool]
    refused: Callable[[NewSubscription], str | None]  # why nothing can be sent there


class GoamlFiles(NamedTuple):
    """What the operator gave for reports: the profile's text, and the schema that they are checked against."""

    profile: str | None = None
    schema: Path | None = None
