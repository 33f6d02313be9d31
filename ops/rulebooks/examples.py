"""Worked examples held against the packs: each names a rule and facts, and says what has to come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ledger.rulebook.loading import Book
from ops.rulebooks import america, asia, europe, rewards
from ops.rulebooks.facts import Facts, Incomplete

EXAMPLES: Final[Mapping[str, Callable[[Facts], dict[str, Any]]]] = {
    **asia.EXAMPLES,
    **america.EXAMPLES,
    **europe.EXAMPLES,
    **rewards.EXAMPLES,
}
# What an example says in passing. Everything else under `expected` has to come out.
REMARKS: Final = frozenset({"note", "why", "meaning"})


class Verdict(NamedTuple):
    """An example by its id; `differences` is empty where all came out."""

    id: str
    rule: str
    differences: tuple[str, ...]


def check(examples: Sequence[Mapping[str, Any]], books: Mapping[str, Book] | None = None) -> list[Verdict]:
    """Hold each example against the packs."""
    return [Verdict(str(each.get("id", n)), str(each.get("rule")), _differences(each, books))
            for n, each in enumerate(examples, 1)]  # fmt: skip


def _differences(example: Mapping[str, Any], books: Mapping[str, Book] | None) -> tuple[str, ...]:
    answer = EXAMPLES.get(str(example.get("rule")))
    if answer is None:
        return (f"no check is called {example.get('rule')!r}; there are {', '.join(sorted(EXAMPLES))}",)
    try:
        found = answer(Facts(example["inputs"], books))
    except Incomplete as error:
        return (str(error),)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        return (f"its inputs can't be read: {error!r}",)
    return tuple(
        f"{name}: expected {wanted!r}, found {found.get(name, 'no answer')!r}"
        for name, wanted in example["expected"].items()
        if name not in REMARKS and not (name in found and _same(wanted, found[name]))
    )


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_same, wanted, found))
    if isinstance(wanted, str) and isinstance(found, str):
        return _verdict(wanted) == _verdict(found)
    # True is no 1 here.
    return isinstance(wanted, bool) == isinstance(found, bool) and bool(wanted == found)


def _verdict(text: str) -> str:
    """A sentence up to its explanation: `reject: under 5 business days` is a `reject`."""
    for mark in (" (", ":"):
        text = text.partition(mark)[0]
    return text.strip().lower()
