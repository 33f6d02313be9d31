"""What a version of a rule changed against the one before it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from risk.kept import Version

# What differs between any two versions, or says nothing of what a rule finds.
_LEFT_OUT = frozenset({"version"})


class Changed(NamedTuple):
    """A part of the document (`params.k_day`, `having`) with its two values; None: it was not there."""

    part: str
    old: Any
    new: Any


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Changed]:
    """The parts of two documents that differ, one level deep where both have parts of their own."""
    found: list[Changed] = []
    for name in sorted({*old, *new} - _LEFT_OUT):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            inner = sorted({*before, *after})
            found += (
                Changed(f"{name}.{key}", before.get(key), after.get(key))
                for key in inner
                if before.get(key) != after.get(key)
            )
        else:
            found.append(Changed(name, before, after))
    return found


def changed(versions: Sequence[Version]) -> list[list[str] | None]:
    """Of versions, newest first, which parts each changed against the one before it; None of the first that ran."""
    later = [[each.part for each in differences(old.document, new.document)] for new, old in pairwise(versions)]
    return [*later, None] if versions else []
