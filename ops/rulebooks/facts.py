"""The facts of a worked example, as the packs count them: amounts, whole units in examples, are minor ones here.

A fact may be one value or a list of them: a list asks the same question once for each, and is answered by a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from ledger.rulebook.loading import Book, at_once, books, stated_on
from ledger.rulebook.model import AnyRule

R = TypeVar("R", bound=AnyRule)
MINOR = 100  # every currency of the examples has two decimal places


class Incomplete(Exception):
    """The example lacks a fact that its rule needs, or names a rule that was not law then; the message says which."""


class Facts:
    """One example's inputs."""

    def __init__(self, inputs: Mapping[str, Any], all_books: Mapping[str, Book] | None = None) -> None:
        self.inputs = inputs
        self.books = books() if all_books is None else all_books

    def has(self, name: str) -> bool:
        """Whether the example says anything of it."""
        return name in self.inputs

    def get(self, name: str, default: Any = None) -> Any:
        """A fact as it is. Raises Incomplete where it is missing and there is no default."""
        if name not in self.inputs and default is None:
            raise Incomplete(f"the example has no {name!r}")
        return self.inputs.get(name, default)

    def first(self, *names: str) -> str:
        """The first of these names that the example has."""
        for name in names:
            if name in self.inputs:
                return name
        raise Incomplete(f"the example has none of {', '.join(names)}")

    def money(self, name: str, default: int | None = None) -> int:
        """An amount in minor units."""
        return minor(self.get(name, default))

    def over(self, name: str, answer: Callable[[Any], Any]) -> Any:
        """`answer` of the fact, or of each where it is a list."""
        value = self.get(name)
        return [answer(each) for each in value] if isinstance(value, list) else answer(value)

    def law(self, kind: type[R], name: str, day: date | None = None) -> R | None:
        """A rule as it was on `day` (None: as it was stated last); None where it was not law then.

        Raises Incomplete where no pack has it.
        """
        stated = next((book.rules[name] for book in self.books.values() if name in book.rules), None)
        if stated is None:
            raise Incomplete(f"no pack has {name}")
        found = stated[-1] if day is None else stated_on(stated, at_once(day))
        if found is None or found.rule is None:
            return None
        if not isinstance(found.rule, kind):
            raise Incomplete(f"{name} is no {kind.__name__.lower()}")
        return found.rule

    def rule(self, kind: type[R], name: str, day: date | None = None) -> R:
        """The same where an answer needs the rule. Raises Incomplete where it was not law then."""
        found = self.law(kind, name, day)
        if found is None:
            raise Incomplete(f"{name} was not law on {day}")
        return found


def minor(value: Any) -> int:
    """Minor units of an amount in whole units."""
    return int(Decimal(str(value)) * MINOR)


def whole(amount: int) -> int | float:
    """Whole units, with the cents only where there are any."""
    units, cents = divmod(amount, MINOR)
    return units if not cents else float(Decimal(amount) / MINOR)


def day(text: str) -> date:
    """A date."""
    return date.fromisoformat(text[:10])


def moment(text: str) -> datetime:
    """A moment; a date means its first minute in UTC."""
    if len(text) == len("2026-01-01"):
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    return datetime.fromisoformat(text)


def ratio(text: Any) -> Decimal:
    """A rate or share, `15.4%` or `0.154`."""
    found = str(text).strip()
    return Decimal(found[:-1]) / 100 if found.endswith("%") else Decimal(found)


def percent(value: Decimal) -> str:
    """A ratio as people write it."""
    return f"{(value * 100).normalize():f}%"
