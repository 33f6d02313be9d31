"""Which limits are refusals, for which platforms: those that asked for it. For all others a breach is a finding."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from ledger.rulebook.loading import Book, Stated, books, in_force
from ledger.rulebook.model import Cap


class Enforcement:
    """The caps that some platforms asked to have enforced."""

    def __init__(
        self, limits_by_platform: Mapping[str, Iterable[str]], all_books: Mapping[str, Book] | None = None
    ) -> None:
        self._books = books() if all_books is None else all_books
        self._limits = {platform: frozenset(limits) for platform, limits in limits_by_platform.items()}
        known = {rule for book in self._books.values() for rule, stated in book.rules.items() if _is_cap(stated)}
        unknown = sorted(frozenset().union(*self._limits.values()) - known)
        if unknown:
            raise ValueError(f"no rulebook has the limit {unknown[0]!r}; there are {sorted(known)}")

    def __contains__(self, platform: str) -> bool:
        return platform in self._limits

    def limits(self, platform: str, jurisdiction: str, kind: str, day: date) -> list[tuple[Stated, Cap]]:
        """The enforced caps that were law for the platform's business on that day."""
        asked = self._limits.get(platform, frozenset())
        return [
            (stated, stated.rule)
            for stated in in_force(self._books, jurisdiction, kind, {"trade": day})
            if isinstance(stated.rule, Cap) and stated.rule.id in asked and stated.rule.status == "in_force"
        ]


def enforcement(text: str) -> Enforcement:
    """From TOML: a table `[enforce]` of platform = [limit ids]. Raises ValueError where it can't be meant."""
    settings = tomllib.loads(text)
    return Enforcement(msgspec.convert(settings.get("enforce", {}), dict[str, list[str]]))


def _is_cap(stated: Iterable[Stated]) -> bool:
    return any(isinstance(each.rule, Cap) for each in stated)


NOTHING = Enforcement({}, {})
