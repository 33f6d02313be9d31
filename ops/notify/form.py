"""What notifications are made of: a subscription, a finding as it is told, the rules of trying again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from ledger.states.alerts import rank

LISTED_MAX = 50  # findings that a message names; the rest are counted


class Subscription(NamedTuple):
    """Who wants to be told what. `target` is an https address or a mailbox; None of rule and platform: any."""

    id: UUID
    name: str
    channel: str  # webhook, email
    target: str
    min_severity: str
    rule: str | None
    platform: str | None
    language: str
    group_seconds: int
    from_position: int


class Told(NamedTuple):
    """A finding as it is told."""

    position: int
    alert: str
    rule: str
    severity: str
    platform: str | None
    step: str  # opened, joined
    at: datetime
    score: int
    reason_zh: str
    reason_en: str


class Delivery(NamedTuple):
    """A message that is to be sent now."""

    id: UUID
    subscription: Subscription
    body: str
    attempts: int  # with this one


class Patience(NamedTuple):
    """How often and how long a message is tried: the pause doubles, with jitter, up to a cap."""

    tries: int = 10
    first_seconds: float = 10.0
    most_seconds: float = 3600.0
    lease_seconds: float = 60.0  # after which another worker may think that the sender was killed

    def pause(self, attempts: int, chance: float) -> timedelta:
        """Before the next try, after so many; `chance` from 0 to 1 spreads those that failed together."""
        full = min(self.most_seconds, self.first_seconds * 2.0 ** (attempts - 1))
        return timedelta(seconds=full * (0.5 + chance / 2))


def wanted(subscription: Subscription, finding: Told) -> bool:
    """Whether a finding is for this subscriber."""
    return (
        finding.position > subscription.from_position
        and rank(finding.severity) >= rank(subscription.min_severity)
        and subscription.rule in {None, finding.rule}
        and subscription.platform in {None, finding.platform}
    )
