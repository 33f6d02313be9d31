"""What every format's reader gives: rows that carry events, or the reason why a row can't be one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import msgspec

from ledger.events.base import EXTRA_BYTES_MAX

Event = dict[str, Any]  # a CloudEvent as it goes over the wire: specversion, id, source, type, time, data

REGISTRY = "registry"
_SURELY_FITS = 500  # characters: six bytes each at most, and the names


class ImportProblem(Exception):
    """The import can't go on. The message names the thing, the reason and the way out."""


class Rejected(Exception):
    """This row can't become an event; `reason` is one of the format's documented reason codes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Row(NamedTuple):
    """One row of a foreign file: its events in the order they must arrive, or why there are none."""

    labels: tuple[str, ...]  # what the row is within its format (each reader says what), even where it is rejected
    events: list[Event]
    rejected: str | None = None
    counted: bool = True  # False: a row that only supports the others, such as a campaign's description


class Totals(Protocol):
    """The figures of a format, added up from what was read: the events with their `extra`, and the rejections."""

    def add(self, row: Row) -> None:
        """Take one row into account."""
        ...

    def result(self) -> dict[str, Any]:
        """The figures under their published names; decimals as strings, exact."""
        ...


class Importer(Protocol):
    """One foreign format. Pure: the same files give the same events with the same ids, whenever and however often."""

    name: str  # what the command calls the format
    wants: str  # what a caller has to give, for help and errors
    reasons: ClassVar[Mapping[str, str]]  # reason code of a rejected row -> what it means
    suffixes: tuple[str, ...]  # how the names of its files end, for a caller who gives a folder

    def setup(self, paths: Sequence[Path]) -> list[Event]:
        """The registry's events that have to stand before the data: platforms and their licences."""
        ...

    def read(self, paths: Sequence[Path]) -> Iterator[Row]:
        """The rows of the files in the order in which their events must arrive."""
        ...

    def totals(self) -> Totals:
        """A fresh sum for one run."""
        ...


def event(source: str, id: str, type: str, time: str, data: dict[str, Any], **extra: str | None) -> Event:
    """A CloudEvent. `time` is RFC 3339; `extra` keeps source texts as they were, empty ones left out."""
    kept = {name: text for name, text in extra.items() if text}
    if kept:
        data = {**data, "extra": kept if sum(map(len, kept.values())) < _SURELY_FITS else _fitting(kept)}
    return {"specversion": "1.0", "id": id, "source": source, "type": type, "time": time, "data": data}


def _fitting(kept: dict[str, str]) -> dict[str, str]:
    """Texts of people may be too long to keep: the longest is cut, with a mark, until all of them fit."""
    while len(msgspec.json.encode(kept)) > EXTRA_BYTES_MAX:
        longest = max(kept, key=lambda name: len(kept[name]))
        kept = {**kept, longest: kept[longest][: len(kept[longest]) * 3 // 4] + "…"}
    return kept


def registered(platform: str, name: str, kinds: list[str], time: str, licence: str | None = None) -> list[Event]:
    """The registry's two events about a platform of the United States: that it is known, and that it may work."""
    about = {"platform": platform, "name": name, "kinds": kinds, "jurisdiction": "US"}
    licensed = {"platform": platform, "kinds": kinds} | ({"licence": licence} if licence else {})
    return [
        event(REGISTRY, f"{platform}:registered", "platform.registered", time, about),
        event(REGISTRY, f"{platform}:licensed", "platform.licensed", time, licensed),
    ]


def rejection(labels: tuple[str, ...], reason: str) -> Row:
    """A row that gives no event."""
    return Row(labels, [], reason)
