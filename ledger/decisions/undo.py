"""What a reversal works with: the corrected event, the states it may put back, and the way to say that it can't be."""

from __future__ import annotations

from typing import NoReturn, TypeVar

from ledger.accounts import Posting
from ledger.decisions.base import Boundary, look, micros
from ledger.decisions.resting import TAKEN, named, resting
from ledger.events.naming import key, name_of
from ledger.kernel.refusals import Code, Refused
from ledger.recorded import Recorded
from ledger.states.base import State
from ledger.states.registry import GONE

S = TypeVar("S", bound=State)


class Undo:
    """One correction in the making: `changes` collects what the reversals put back."""

    def __init__(self, recorded: Recorded, boundary: Boundary) -> None:
        self.recorded = recorded
        self.boundary = boundary
        self.changes: dict[str, State] = {}
        self.read: list[str] = []  # keys of the states that were looked at, the event's own first
        self.postings: tuple[Posting, ...] | None = None  # None: the corrected entry, every sign turned
        self.happened_at = micros(recorded.happened_at)

    def key(self, kind: str, name: str) -> str:
        """The key of an entity of the corrected event's source."""
        return key(kind, self.recorded.scope, name)

    def state(self, kind: type[S], own: str) -> S:
        """The state as it is now; refused where a later correction took the entity away."""
        self.read.append(own)
        changed = self.changes.get(own)
        state = changed if isinstance(changed, kind) else look(self.boundary, kind, own)
        if state is None:
            self.refuse(f"{own} is there no more")
        return state

    def put(self, own: str, state: State) -> None:
        """The state that stands after the correction."""
        self.changes[own] = state

    def remove(self, kind: str, name: str) -> None:
        """The entity never was; its id is free for the replacement."""
        self.changes[self.key(kind, name)] = GONE

    def must_be_bare(self, own: str) -> None:
        """Refuse to take away an entity while something stands on it: whoever is given its id next would inherit it."""
        stands = resting(self.recorded, (own,), self.boundary, ())
        self.must(
            not stands, f"{name_of(own)!r} would be gone and its id free, with what was recorded of it still there"
        )

    def must(self, holds: object, otherwise: str) -> None:
        """Refuse the correction unless `holds`."""
        if not holds:
            self.refuse(otherwise)

    def refuse(self, because: str) -> NoReturn:
        """Say why the event can't be reversed as things stand, and which events stand in the way."""
        raise Refused(
            Code.NOT_CORRECTABLE,
            f"{self.recorded.type} {self.recorded.id!r} can't be reversed: {because}.{self.rest()}",
        )

    def rest(self, code: Code | None = None) -> str:
        """The events that came later and took what the reversal would need, by the `code` with which it is refused."""
        # Without a code it is about the entity itself: what else was said of its campaign doesn't matter.
        keys = self.read if code else [key for key in self.read if key == self.read[0] or key.startswith("loan:")]
        return named(resting(self.recorded, dict.fromkeys(keys), self.boundary, TAKEN[code] if code else ()))
