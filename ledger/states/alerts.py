"""State of an alert key: the alert that is open under it, or the last one that was; how keys and alerts are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ledger.kernel.canonical import canonical, sha256
from ledger.states.base import State

SEEN_MAX = 1_000  # positions that one key remembers
FOUR_EYES = "critical"  # the severity that one person may not close
SEVERITIES = ("info", "low", "medium", "high", "critical")


class AlertKey(State, frozen=True):
    """One open alert per key. Alert `number` n of the key has the id `<rule>:<hash>:<n>`."""

    number: int
    status: str  # open, acknowledged, escalated, close_requested, closed
    severity: str
    seen: tuple[int, ...] = ()  # evidence so far: positions, ascending
    floor: int = 0  # positions up to here count as seen: what had to be forgotten
    findings: int = 1
    assignee: str | None = None
    close_by: str | None = None  # who asked for the closing
    outcome: str | None = None

    def fresh(self, evidence: Iterable[int]) -> list[int]:
        """The positions that no finding of this key has shown before."""
        seen = set(self.seen)
        return [position for position in evidence if position > self.floor and position not in seen]

    def worse(self, severity: str) -> bool:
        """Whether a severity is above the alert's."""
        return rank(severity) > rank(self.severity)


def remember(seen: Iterable[int], floor: int, fresh: Iterable[int]) -> tuple[tuple[int, ...], int]:
    """`seen` and `floor` with `fresh` added, bounded: beyond the bound the smallest positions sink into the floor."""
    merged = sorted({*seen, *fresh})
    if len(merged) <= SEEN_MAX:
        return tuple(merged), floor
    return tuple(merged[-SEEN_MAX:]), max(floor, merged[-SEEN_MAX - 1])


def rank(severity: str) -> int:
    """0 for info to 4 for critical."""
    return SEVERITIES.index(severity)


def status_after_joining(status: str, *, worse: bool) -> str:
    """The status of an alert that a further finding joined, which may have made it worse.

    Whoever asked for its closing, or acknowledged something milder, did so without knowing this.
    """
    if status == "close_requested" or (worse and status == "acknowledged"):
        return "open"
    return status


def key_hash(key: Mapping[str, str]) -> str:
    """What stands for the dedupe key in an alert's id: 64 bits of a SHA-256, hexadecimal."""
    return sha256(canonical(dict(key))).hex()[:16]


def alert_key(rule: str, hashed: str) -> str:
    """The key of the state that all findings of one matter share."""
    return f"alert_key:system/{rule}/{hashed}"


def parts(alert: str) -> tuple[str, str, int]:
    """(rule, hash, number) of an alert's id."""
    rule, hashed, number = alert.split(":")
    return rule, hashed, int(number)
