"""Rows of a rule's table out of the rulebooks: a limit stands in one place, and a rule names it.

Only what is in force becomes a row. The rows are part of the document that is hashed and kept beside runs: a change of
the law that a rule names is a change of the rule, and demands a version of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ledger.rulebook.loading import Book, Stated, books, citation, spans
from ledger.rulebook.model import Cap

_PARTIES: Final = {"any": ("person", "organisation")}


class NoSuchLimit(ValueError):
    """No rulebook has the limit, or it has no fixed figure that is in force; the message says which."""


def rows(
    names: Sequence[str], match: Sequence[str], gives: Sequence[str], known: Mapping[str, Book] | None = None
) -> list[dict[str, Any]]:
    """The rows of these limits: the columns `match`, the figure under the one name in `gives`, dates, citation.

    Raises NoSuchLimit, ValueError for a column that a limit can't be matched by.
    """
    if unknown := sorted(set(match) - _COLUMNS.keys()):
        raise ValueError(f"a limit can't be matched by {', '.join(unknown)}; it can by {', '.join(_COLUMNS)}")
    if len(gives) != 1:
        raise ValueError("a limit gives one figure")
    return [row for name in names for row in _of(name, match, gives[0], books() if known is None else known)]


def _of(name: str, match: Sequence[str], figure: str, known: Mapping[str, Book]) -> list[dict[str, Any]]:
    history = next((book.rules[name] for book in known.values() if name in book.rules), ())
    found = []
    for stated, until in spans(history):
        cap = stated.rule
        if not isinstance(cap, Cap) or cap.status != "in_force" or cap.tiers[0].amount is None:
            continue
        dates = {"from": stated.pack.effective_from} | ({} if until is None else {"to": until})
        given = {figure: cap.tiers[0].amount, **dates, "citation": citation(stated)}
        found += [{**columns, **given} for columns in _matches(stated, cap, match)]
    if not found:
        raise NoSuchLimit(f"no rulebook has a limit {name!r} with a fixed figure that is in force")
    return found


def _matches(stated: Stated, cap: Cap, match: Sequence[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{}]
    for column in match:
        found = [{**row, column: value} for row in found for value in _COLUMNS[column](stated, cap)]
    return found


_COLUMNS: Final[dict[str, Callable[[Stated, Cap], Sequence[str]]]] = {
    "jurisdiction": lambda stated, _: stated.pack.jurisdictions,
    "currency": lambda _, cap: (cap.currency,) if cap.currency else (),
    "borrower_kind": lambda _, cap: _PARTIES.get(cap.party, (cap.party,)),
}
