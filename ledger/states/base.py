"""The base of all states."""

from __future__ import annotations

from msgspec import Struct


class State(Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """Written as a JSON array: add fields at the end, with a default, or raise the boundary's version.

    `related` names the further keys that decisions about this entity read, so that they are loaded together.
    Mappings inside a state are never changed in place: caches share them.
    """

    def related(self) -> tuple[str, ...]:
        """Keys of entities that a decision about this one will ask for."""
        return ()


class Known(State, frozen=True):
    """An entity of which only the existence matters: a disclosure, a repayment, a complaint."""

    at: int = 0  # when it happened, Unix microseconds


class Gone(State, frozen=True):
    """The event that made the entity was corrected: decisions treat its key as absent, its id is free again."""
