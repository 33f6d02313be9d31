"""Limits as dated data: packs by jurisdiction, one file per change of the law, every figure with its citation.

`ledger/rulebooks/<pack>/<effective-date>.toml`. Reading these files is the only I/O here; the rest is pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

PACKS = Path(__file__).parent / "rulebooks"


class Limit(Struct, frozen=True, forbid_unknown_fields=True):
    """One limit: `amount` minor units of `currency`, for parties of kind `party`, measured as it says."""

    id: str
    status: Literal["in_force", "draft", "platform_terms", "superseded"]
    party: Literal["person", "organisation"]
    scope: Literal["platform", "all_platforms"]
    measure: Literal["outstanding"]
    anchor: Literal["contract"]
    bound: Literal["<", "<="]
    amount: int
    currency: str
    unknown: Literal["not_provable", "breach", "pass"]  # what a check answers where a figure is not to be had
    article: str
    source: str
    quote: str | None = None

    def allows(self, figure: int) -> bool:
        """Whether the measured figure keeps to the limit."""
        return figure < self.amount or (self.bound == "<=" and figure == self.amount)


class Pack(Struct, frozen=True, forbid_unknown_fields=True):
    """The law of one matter as it stood from `effective_from` until the next file's date, or `effective_to`."""

    jurisdiction: str
    kind: str
    title: str
    title_en: str
    issued_by: str
    effective_from: date
    source: str
    limit: tuple[Limit, ...]
    effective_to: date | None = None

    def citation(self, limit: Limit) -> str:
        """Where the figure stands."""
        return f"{self.title_en} ({self.title}), article {limit.article}"


def read(text: str) -> Pack:
    """One file. Raises tomllib.TOMLDecodeError or msgspec.ValidationError, naming the field."""
    return msgspec.convert(tomllib.loads(text), Pack)


@cache
def packs() -> Mapping[str, tuple[Pack, ...]]:
    """All packs that come with the package, by name, each in the order of its dates."""
    found: dict[str, tuple[Pack, ...]] = {}
    for folder in sorted(path for path in PACKS.iterdir() if path.is_dir()):
        files = sorted(folder.glob("*.toml"))
        versions = tuple(read(path.read_text(encoding="utf-8")) for path in files)
        for path, version in zip(files, versions, strict=True):
            if path.stem != version.effective_from.isoformat():
                raise ValueError(f"{path.parent.name}/{path.name} is in force from {version.effective_from}")
        found[folder.name] = versions
    return found


def in_force(all_packs: Mapping[str, tuple[Pack, ...]], jurisdiction: str, kind: str, day: date) -> list[Pack]:
    """The packs that were law on that day: of each, the latest version that had begun."""
    current = []
    for versions in all_packs.values():
        begun = [each for each in versions if each.effective_from <= day]
        if begun and (begun[-1].jurisdiction, begun[-1].kind) == (jurisdiction, kind):
            ends = begun[-1].effective_to
            if ends is None or day <= ends:
                current.append(begun[-1])
    return current


class Enforcement:
    """Which limits are refusals, for which platforms: those that asked for it. For all others a breach is a finding."""

    def __init__(
        self, limits_by_platform: Mapping[str, Iterable[str]], all_packs: Mapping[str, tuple[Pack, ...]] | None = None
    ) -> None:
        self.packs = packs() if all_packs is None else all_packs
        self._limits = {platform: frozenset(limits) for platform, limits in limits_by_platform.items()}
        known = {limit.id for versions in self.packs.values() for pack in versions for limit in pack.limit}
        unknown = sorted(frozenset().union(*self._limits.values()) - known)
        if unknown:
            raise ValueError(f"no rulebook has the limit {unknown[0]!r}; there are {sorted(known)}")

    def __contains__(self, platform: str) -> bool:
        return platform in self._limits

    def limits(self, platform: str, jurisdiction: str, kind: str, day: date) -> list[tuple[Pack, Limit]]:
        """The enforced limits that were law for the platform's business on that day."""
        asked = self._limits.get(platform, frozenset())
        return [
            (pack, limit)
            for pack in in_force(self.packs, jurisdiction, kind, day)
            for limit in pack.limit
            if limit.id in asked and limit.status == "in_force"
        ]


def enforcement(text: str) -> Enforcement:
    """From TOML: a table `[enforce]` of platform = [limit ids]. Raises ValueError where it can't be meant."""
    settings = tomllib.loads(text)
    return Enforcement(msgspec.convert(settings.get("enforce", {}), dict[str, list[str]]))


NOTHING = Enforcement({}, {})
