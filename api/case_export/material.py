"""What an export is made of: the case, its alerts, the events behind them, the parties, the checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from api import vault
from api.access import Principal
from api.case_export.movements import Movement, movements
from api.problems import Problem
from api.services import CaseRead, Services
from ledger.events import naming
from ledger.events.pledges import PledgeMade
from ledger.recorded import Recorded
from ledger.states.parties import Party

_AT_ONCE = 500
EXPORT_EVENTS_MAX = 5_000  # events of evidence in an export, the newest
EXPORT_PLEDGES_MAX = 1_000  # promises whose money is followed
EXPORT_NAMES_MAX = 200  # parties whose names one export opens

_OF_A_PLEDGE = frozenset({"pledge.collected", "pledge.refunded"})


class Somebody(NamedTuple):
    """A party or platform of the export. `name` is there where it was asked for, or is public."""

    key: str
    kind: str  # person, organisation, platform
    person: str | None  # pseudonym over all platforms
    name: str | None


class Material(NamedTuple):
    """All of an export, and nothing else: the same material gives the same bytes."""

    case: CaseRead
    events: Sequence[Recorded]
    moved: Sequence[Movement]
    people: Mapping[str, Somebody]
    checkpoint: str | None
    left_out: int  # events of evidence beyond what an export holds, and promises whose money was not followed


def gather(services: Services, principal: Principal, name: str, names_for: str | None) -> Material:
    """Read everything. `names_for`: the reason for which names are opened; each look is recorded. Raises Problem."""
    read = services.reads.case(name).value
    if read is None:
        raise Problem("not_found", f"there is no case {name!r}.")
    positions = sorted({position for alert in read.alerts for position in alert.evidence})
    held = positions[-EXPORT_EVENTS_MAX:]
    events: list[Recorded] = []
    for start in range(0, len(held), _AT_ONCE):
        events += services.reads.events_at(held[start : start + _AT_ONCE]).value
    moved = movements([*_followed(services, events)])
    unfollowed = max(0, sum(isinstance(each.data, PledgeMade) for each in events) - EXPORT_PLEDGES_MAX)
    keys = sorted({key for each in moved for key in (each.payer, each.payee)})
    people = _people(services, keys)
    if names_for is not None:
        people |= _named(services, principal, people, names_for)
    checkpoint = services.reads.checkpoint().value
    return Material(read, events, moved, people, checkpoint, len(positions) - len(held) + unfollowed)


def _followed(services: Services, events: Sequence[Recorded]) -> Iterator[Recorded]:
    """The events, and of each promise among them what became of its money: a promise itself moves none."""
    promised = [
        naming.key("pledge", each.scope, each.data.pledge) for each in events if isinstance(each.data, PledgeMade)
    ]
    found = {each.position: each for each in events}
    for each in promised[:EXPORT_PLEDGES_MAX]:
        found |= {one.position: one for one in services.vault.events(each) if one.type in _OF_A_PLEDGE}
    return (found[position] for position in sorted(found))


def _people(services: Services, keys: Sequence[str]) -> dict[str, Somebody]:
    states = services.reads.states([key for key in keys if key.startswith("party:")]).value
    found = {}
    for key in keys:
        state = states.get(key)
        if isinstance(state, Party):
            found[key] = Somebody(key, state.kind, state.person, None)
        elif key.startswith("platform:"):
            row = services.reads.platform(key.partition(":")[2]).value
            found[key] = Somebody(key, "platform", None, row.name if row else None)
        else:
            found[key] = Somebody(key, "person", None, None)
    return found


def _named(
    services: Services, principal: Principal, people: Mapping[str, Somebody], reason: str
) -> dict[str, Somebody]:
    if principal.role != "regulator":
        raise Problem("forbidden", f"names are for a regulator, not a {principal.role}; ask without them.")
    keys = [key for key, each in people.items() if each.kind in {"person", "organisation"} and key.startswith("party:")]
    if len(keys) > EXPORT_NAMES_MAX:
        raise Problem("too_large", f"{len(keys)} parties are concerned; {EXPORT_NAMES_MAX} names are opened at most.")
    found = {}
    for key in keys:
        try:
            name = vault.lookup(services, principal, vault.called(key), reason).name
        except Problem as problem:
            if problem.code not in {"erased", "not_found"}:
                raise
            name = None
        found[key] = people[key]._replace(name=name)
    return found
