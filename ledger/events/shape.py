"""Reads the event classes once: which fields carry which mark (`kind`, `check`) in their Meta."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from msgspec import Meta

from ledger.events.base import About, Data


class Mark(NamedTuple):
    """A field of a class and what its type says about it: `kind` of the entity it names, `check` that it needs."""

    field: str
    name: str  # kind or check
    value: str


def marks(data: type[Data]) -> Iterator[Mark]:
    """All marks of one event class, in the order of its fields. `About` counts as the mark `about`."""
    for field, hint in get_type_hints(data, include_extras=True).items():
        for part in _parts(hint):
            if part is About:
                yield Mark(field, "about", "about")
            elif isinstance(part, Meta) and part.extra:
                for name, value in part.extra.items():
                    yield Mark(field, name, value)


def _parts(hint: Any) -> Iterator[Any]:
    """The metadata and the types a hint is made of, through unions and nested Annotated."""
    if get_origin(hint) is Annotated:
        inner, *metadata = get_args(hint)
        yield from _parts(inner)
        yield from metadata
    elif get_args(hint):
        for part in get_args(hint):
            yield from _parts(part)
    else:
        yield hint
