"""State of a platform: what it may do, and since when."""

from __future__ import annotations

from ledger.states.base import State


class Licence(State, frozen=True):
    """One licence: from when, for which kinds (empty: all that the platform registered), until when."""

    granted_at: int
    kinds: tuple[str, ...] = ()
    valid_to: int | None = None
    number: str | None = None


class Standing(State, frozen=True):
    """One change of standing: `suspended`, `reinstated` or `closed`."""

    at: int
    change: str


class Platform(State, frozen=True):
    """Times are Unix microseconds. `standing` is in order of valid time, whatever order the reports came in."""

    kinds: tuple[str, ...]
    jurisdiction: str
    registered_at: int
    licences: tuple[Licence, ...] = ()
    standing: tuple[Standing, ...] = ()

    def standing_at(self, moment: int) -> str:
        """`active`, `suspended` or `closed` at that moment; closing is for good."""
        now = "active"
        for each in self.standing:
            if each.at > moment:
                break
            if each.change == "closed":
                return "closed"
            now = "suspended" if each.change == "suspended" else "active"
        return now

    def licensed_at(self, kind: str, moment: int) -> bool:
        """Whether a licence for `kind` holds then. What happened before the grant passes: lateness is a finding."""
        return any(
            (kind in licence.kinds or (not licence.kinds and kind in self.kinds))
            and (licence.valid_to is None or moment <= licence.valid_to)
            for licence in self.licences
        )
