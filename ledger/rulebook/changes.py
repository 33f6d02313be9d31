"""What a change of the law changed: the rules of a pack on two days, side by side. Pure."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

from msgspec import to_builtins

from ledger.rulebook.loading import Book, Stated, at_once, stated_on


class Change(NamedTuple):
    """A rule that is new, gone or changed; `fields` has the two values of each field that differs."""

    rule: str
    kind: Literal["new", "gone", "changed"]
    old: Stated | None
    new: Stated | None
    fields: dict[str, tuple[object, object]]


def changes(book: Book, old: date, new: date) -> list[Change]:
    """The differences between the pack on two days, by rule id; whatever its anchor."""
    found = []
    for name, stated in sorted(book.rules.items()):
        before, after = (stated_on(stated, at_once(day)) for day in (old, new))
        if before is None and after is None:
            continue
        if before is None or after is None:
            found.append(Change(name, "new" if before is None else "gone", before, after, {}))
        elif fields := _fields(before, after):
            found.append(Change(name, "changed", before, after, fields))
    return found


def _fields(before: Stated, after: Stated) -> dict[str, tuple[object, object]]:
    one, other = to_builtins(before.rule), to_builtins(after.rule)
    return {
        name: (one.get(name), other.get(name))
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name) and name not in {"source", "quote", "note"}
    }
