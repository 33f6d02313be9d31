"""What is told of what was told: corrections, repetitions, ids used twice; and the odd event without money."""

from __future__ import annotations

from tests.ledger.given import Event
from tests.ledger.machine.chooser import pick
from tests.ledger.machine.teller import Teller, Verb

_BEGINNING = 14  # the events of `begin`


def corrected(t: Teller) -> Event | None:
    """Mostly one of the last events, which nothing has been built on yet."""
    log = t.memory.log[_BEGINNING:]
    if not log:
        return None
    wrong = pick(t.chooser, log[-6:] if t.chance(4) else log[-2:] if not t.wild else log).event
    event = t.tell("event.corrected", {"corrects": wrong.id, "reason": "x"}, wrong.source)
    return t.by(event, pick(t.chooser, ("key-1", "key-2")))


def answered(t: Teller) -> Event | None:
    """A second person says yes or no to a correction that waits; now and then it is the first one."""
    waiting = [
        parked
        for parked in t.memory.parked.values()
        if parked.candidate.type == "event.corrected" and parked.missing[0].startswith("approval:")
    ]
    if not waiting:
        return None
    correction = pick(t.chooser, waiting)
    scope = correction.candidate.scope
    said = {"correction": f"{scope}/{correction.candidate.id}", "corrects": correction.event.data["corrects"]}
    by = correction.event.asker if t.wild else pick(t.chooser, ("key-3", "key-4"))
    data = {**said, "by": by, "asked_by": correction.event.asker}
    source = pick(t.chooser, ("registry", correction.candidate.source))
    if t.chance(2):
        return t.tell("correction.rejected", {**data, "reason": "x"}, source)
    return t.tell("correction.approved", data, source)


def changed_mind(t: Teller) -> Event | None:
    """Another word on a correction that was settled."""
    said = [
        entry.event for entry in t.memory.log if entry.candidate.type in {"correction.approved", "correction.rejected"}
    ]
    if not said:
        return None
    former = pick(t.chooser, said)
    return t.tell("correction.approved", {**former.but(reason=None).data, "note": "x"}, former.source)


def repeated(t: Teller) -> Event | None:
    """Word for word, as a client does that lost the answer."""
    return pick(t.chooser, t.told)


def reused(t: Teller) -> Event | None:
    """Another thing under an id that was used."""
    former = pick(t.chooser, t.told)
    return former.but(extra={"n": str(t.chooser.below(3))})


def newcomer(t: Teller) -> Event | None:
    """The party that some events name before it is known."""
    return t.tell("party.registered", {"party": "Z", "kind": "person"}) if t.free("party", "Z") else None


def standing(t: Teller) -> Event | None:
    """A platform is stopped from taking business, and may again."""
    change = "suspended" if t.chance(6) else "reinstated"
    return t.tell(f"platform.{change}", {"platform": pick(t.chooser, t.scopes), "reason": "x"}, "registry")


CORRECTIONS = (
    Verb(4, corrected),
    Verb(6, answered),
    Verb(1, changed_mind),
    Verb(1, repeated),
    Verb(1, reused),
    Verb(1, newcomer),
    Verb(1, standing),
)
