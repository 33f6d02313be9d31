"""State of a mute, and which findings it fits. Pure: views, decisions and notifications ask the same function."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import UNSET, field

from ledger.events.mutes import AlertMuted
from ledger.states.base import State


class Matcher(State, frozen=True):
    """The parts that a finding has to fit, all of those that are given; at least one is."""

    rule: str | None = None
    key: dict[str, str] = field(default_factory=dict)
    subject: str | None = None
    platform: str | None = None

    def fits(self, rule: str, key: Mapping[str, str], subjects: Collection[str], platform: str | None) -> bool:
        """Whether a finding of this rule and key, about these subjects on this platform, is meant.

        A column that the key doesn't have fits nothing: absent is not the same as empty.
        """
        return (
            self.rule in {None, rule}
            and all(key.get(name) == value for name, value in self.key.items())
            and (self.subject is None or self.subject in subjects)
            and (self.platform is None or self.platform == platform)
        )


class Mute(State, frozen=True):
    """A mute as decisions see it. Times are Unix microseconds."""

    matcher: Matcher
    from_at: int
    until: int
    ended_at: int | None = None


def mute_key(name: str) -> str:
    """The key of a mute's state."""
    return f"mute:registry/{name}"


def matcher_of(data: AlertMuted) -> Matcher:
    """The matcher that an event spells out."""
    return Matcher(
        None if data.rule is UNSET else data.rule,
        {} if data.key is UNSET else dict(data.key),
        None if data.subject is UNSET else data.subject,
        None if data.platform is UNSET else data.platform,
    )
