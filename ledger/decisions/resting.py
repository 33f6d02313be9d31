"""What rests on an event that is to be corrected: what was recorded of the same entities after it, and stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ledger.decisions.base import Boundary
from ledger.events.corrections import EventCorrected
from ledger.kernel.refusals import Code
from ledger.recorded import Recorded

_NAMED_MAX = 3
# What took away what a reversal would need, by the code with which it is refused.
TAKEN: Mapping[Code, frozenset[str]] = {
    Code.ESCROW_INSUFFICIENT: frozenset({
        "funds.released", "fee.charged", "pledge.refunded", "withdrawal.paid", "loan.disbursed", "claim.transferred",
    }),
    Code.CAP_EXCEEDED: frozenset({"pledge.made", "pledge.reconfirmed", "campaign.amended"}),
    Code.OVERFUNDED: frozenset({"bid.placed"}),
    Code.CLAIM_NOT_HELD: frozenset({"claim.transferred", "repayment.received", "loan.written_off", "loan.settled"}),
}  # fmt: skip
# Said about an entity, and no step of its life: nothing rests on what was before them.
_ASIDE = ("alert.", "case.", "correction.", "complaint.", "disclosure.", "party.", "vault.", "fee.", "guarantee.")


def standing(boundary: Boundary, key: str, after: int) -> list[Recorded]:
    """Events that concern an entity behind a position, in order, without corrections and what they took back."""
    found = list(boundary.concerning(key, after))
    gone = {(each.source, each.data.corrects) for each in found if isinstance(each.data, EventCorrected)}
    return [each for each in found if (each.source, each.id) not in gone and not isinstance(each.data, EventCorrected)]


def resting(recorded: Recorded, keys: Iterable[str], boundary: Boundary, types: Collection[str]) -> list[Recorded]:
    """What came after the event on one of `keys` and stands; of these `types`, or (empty) all steps of a life."""
    found: dict[int, Recorded] = {}
    for key in keys:
        for each in standing(boundary, key, recorded.position):
            if each.type in types if types else not each.type.startswith(_ASIDE):
                found[each.position] = each
    return [found[position] for position in sorted(found)]


def named(events: list[Recorded]) -> str:
    """The last few of them as a sentence; empty where there are none."""
    if not events:
        return ""
    last = ", ".join(f"{each.type} {each.id!r} (position {each.position})" for each in reversed(events[-_NAMED_MAX:]))
    more = f" and {len(events) - _NAMED_MAX} before" if len(events) > _NAMED_MAX else ""
    return f" On it rest: {last}{more}. Correct these first, the latest first."
