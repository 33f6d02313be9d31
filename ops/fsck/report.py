"""What a check found: each difference with the place where it begins, bounded however much is broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SHOWN_MAX = 100  # differences kept of each check; the rest is counted
PRINTED_MAX = 20
_TEXT_MAX = 300


class Difference(NamedTuple):
    """Something stored that is not what the log says. `position` is where it begins, None where it has no place."""

    check: str  # events, tree, states, views
    position: int | None
    what: str
    stored: str
    derived: str

    def __str__(self) -> str:
        where = "" if self.position is None else f"position {self.position}: "
        derived = f", derived {self.derived}" if self.derived else ""
        return f"{self.check}: {where}{self.what}: stored {self.stored}{derived}"


@dataclass
class Report:
    """What was looked at, and what was found. `notes` say what could not be checked, and why."""

    position: int = 0
    events: int = 0
    checked: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything is as the log says."""
        return not self.counts

    def add(self, check: str, position: int | None, what: str, stored: object, derived: object) -> None:
        """Keep a difference, or count it where enough of its kind are kept."""
        self.counts[check] += 1
        if self.counts[check] <= SHOWN_MAX:
            self.differences.append(Difference(check, position, what, _short(stored), _short(derived)))

    def lines(self) -> list[str]:
        """The first differences for people to read, and how many there are besides."""
        shown = [str(each) for each in self.differences[:PRINTED_MAX]]
        more = sum(self.counts.values()) - len(shown)
        return [*shown, *([f"... and {more:,} more; --json has the first {SHOWN_MAX} of each check"] if more else [])]

    def first(self) -> int | None:
        """The first position at which anything is wrong."""
        return min(_positions(self.differences), default=None)

    def plain(self) -> dict[str, Any]:
        """As one JSON object."""
        return {
            "ok": self.ok,
            "position": self.position,
            "events": self.events,
            "checked": self.checked,
            "first_bad_position": self.first(),
            "counts": dict(self.counts),
            "differences": [each._asdict() for each in self.differences],
            "notes": self.notes,
        }


def _positions(differences: Iterable[Difference]) -> list[int]:
    return [each.position for each in differences if each.position is not None]


def _short(value: object) -> str:
    if isinstance(value, bytes):
        value = value.hex() if len(value) <= 32 else value.decode("utf-8", "replace")
    text = str(value)
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}... ({len(text)} characters)"
