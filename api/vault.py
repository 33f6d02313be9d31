"""Looking into the vault and erasing from it: recorded first, then done."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from api.access import Principal
from api.problems import Problem
from api.services import Erased, Services
from ledger.candidate import Answer
from ledger.events.people import PartyErased
from ledger.kernel import clock
from ledger.kernel.refusals import Code
from ledger.people import retention
from ledger.people.retention import NoPeriod, Period
from ledger.people.traces import Traces
from ledger.recorded import Recorded
from ledger.states.parties import Party
from ledger.states.platforms import Platform

_PEOPLES: Final = frozenset({"investor", "issuer", "borrower", "cash", "receivable", "claim"})


class Identified(NamedTuple):
    """A party and what identifies it; None where the vault has nothing (an organisation's name is in the log)."""

    party: str
    kind: str
    person: str | None
    name: str | None
    identity: dict[str, str] | None
    erased: bool
    position: int  # of the event that says who looked


def key_of(party: str) -> str:
    """The key of a party that the registry calls `<platform>:<id>`. Raises Problem."""
    scope, colon, name = party.partition(":")
    if not colon or not scope or not name:
        raise Problem("invalid_parameter", f"{party!r} is no party: write it as <platform>:<id>.")
    return f"party:{scope}/{name}"


def called(key: str) -> str:
    """`huizhong:U-77` of `party:huizhong/U-77`."""
    return key.removeprefix("party:").replace("/", ":", 1)


def lookup(services: Services, principal: Principal, party: str, reason: str) -> Identified:
    """What identifies one party. Raises Problem: not_found, erased."""
    state = _party(services, key_of(party))
    if state.erased_at is not None:
        raise Problem("erased", f"what identified party {party} was erased.")
    return _open(services, principal, [key_of(party)], reason, "lookup")[0]


def search(
    services: Services,
    principal: Principal,
    person: str,
    reason: str,
    purpose: str,
    scopes: Collection[str] | None = None,
) -> list[Identified]:
    """All parties of a person, or those on some platforms. That somebody was looked for is recorded in any case."""
    parties = [each for each in services.vault.parties(person) if scopes is None or _scope(each) in scopes]
    if not parties:
        _say(services, principal, "vault.opened", {"person": person, "reason": reason, "purpose": purpose})
        return []
    return _open(services, principal, parties, reason, purpose)


def looked(services: Services, principal: Principal, key: str, reason: str) -> int:
    """Record that somebody looks at what is sealed of a party (key); the event's position. Raises Problem."""
    return _position(
        _say(services, principal, "vault.opened", {"party": called(key), "reason": reason, "purpose": "lookup"})
    )


def _open(services: Services, principal: Principal, keys: Sequence[str], reason: str, purpose: str) -> list[Identified]:
    positions = {}
    for key in keys:
        data = {"party": called(key), "reason": reason, "purpose": purpose}
        positions[key] = _position(_say(services, principal, "vault.opened", data))
    boxes = services.vault.opened(keys)
    # Read after the box: an erasure between the two shows as erased, never as a name.
    states = services.reads.states(keys).value
    found = []
    for key in keys:
        state = states.get(key)
        erased = isinstance(state, Party) and state.erased_at is not None
        box = {} if erased else boxes.get(key, {})
        kind, person = (state.kind, state.person) if isinstance(state, Party) else ("unknown", None)
        found.append(
            Identified(called(key), kind, person, box.get("name"), box.get("identity"), erased, positions[key])
        )
    return found


# -- erasing


class Done(NamedTuple):
    """What became of a request: `requested` waits for a second person, `erased` has certificates."""

    status: str
    parties: list[str]
    certificates: list[dict[str, Any]]
    swept: bool


def erase(services: Services, principal: Principal, keys: Sequence[str], reason: str) -> Done:
    """Ask for the erasure of parties, or carry out what another person has asked for. All of them or none.

    Raises Problem: not_found, already_erased, still_open, kept_by_law, no_retention_period, second_person_needed.
    """
    states = {key: _party(services, key) for key in keys}
    left = {key: state for key, state in states.items() if state.erased_at is None}
    if not left:
        raise Problem(Code.ALREADY_ERASED, "what identified this party was erased already.")
    lawful = {key: _lawful(services, key, state) for key, state in left.items()}
    if any(state.erasure_by in {None, principal.id} for state in left.values()):
        return _request(services, principal, left, reason)
    persons = {state.person for state in left.values()}
    traces = Traces.of(services.vault.opened([*left]).values(), (f"platform:{_scope(key)}" for key in left))
    for person in persons:
        services.vault.forget(traces, person)
    for key in left:
        until, period = lawful[key]
        data = {"party": called(key), "reason": reason, "law": period.id, "until": until}
        _say(services, principal, "party.erased", data)
    swept = services.vault.sweep()
    return Done("erased", [called(key) for key in left], [certificate(services, key) for key in left], swept)


def _request(services: Services, principal: Principal, left: dict[str, Party], reason: str) -> Done:
    if all(state.erasure_by is not None for state in left.values()):
        raise Problem(Code.SECOND_PERSON_NEEDED, "you asked for this erasure; another person has to confirm it.")
    # All of them anew where one was added since, so that one other person can confirm the whole.
    for key in left:
        _say(services, principal, "party.erasure_requested", {"party": called(key), "reason": reason})
    return Done("requested", [called(key) for key in left], [], swept=False)


def _lawful(services: Services, key: str, state: Party) -> tuple[str, Period]:
    """The last day of the period that was kept, and the rule. Raises Problem where something is open or kept by law."""
    found = services.vault.relationship(key, state)
    if found.open:
        raise Problem(
            "still_open", f"party {called(key)} has {', '.join(found.open[:5])} open; erase when that is over.",
            party=called(key), open=list(found.open[:100]),
        )  # fmt: skip
    today = services.now().date()
    platform = services.reads.states([f"platform:{_scope(key)}"]).value.get(f"platform:{_scope(key)}")
    jurisdiction = platform.jurisdiction if isinstance(platform, Platform) else retention.ANYWHERE
    try:
        period = retention.period(jurisdiction, today, services.vault.retention_years)
    except NoPeriod as error:
        raise Problem("no_retention_period", str(error), party=called(key)) from None
    ended = found.ended.date()
    first = retention.first_day(ended, period)
    if today < first:
        raise Problem(
            "kept_by_law",
            f"party {called(key)} may be erased from {first} on: its relationship ended on {ended}, and {period.years} "
            f"years are to be kept ({period.citation}).",
            party=called(key), first_day=first.isoformat(), ended=ended.isoformat(), years=period.years, law=period.id,
        )  # fmt: skip
    return first.isoformat(), period


def certificate(services: Services, key: str) -> dict[str, Any]:
    """The signed certificate of an erasure. Raises Problem where there was none."""
    found = services.vault.erased(key)
    if found is None:
        raise Problem("not_found", f"party {called(key)} was not erased.")
    return services.vault.sign(_statement(key, found))


def _statement(key: str, found: Erased) -> dict[str, Any]:
    event = found.event
    assert isinstance(event.data, PartyErased)
    stated = {
        "party": called(key),
        "erased_at": event.recorded_at.isoformat(),
        "position": event.position,
        "event": {"source": event.source, "id": event.id},
        "confirmed_by": event.data.by,
        "removed_from_files": found.swept,
        "not_covered": "write-ahead log and backups made before; they are unreadable once the master key is rotated",
    }
    if event.data.law is not msgspec.UNSET:
        stated |= {"law": event.data.law, "first_lawful_day": event.data.until}
    return {**stated, "checkpoint": found.note}


# -- everything about a person


def export(services: Services, principal: Principal, person: str, reason: str) -> dict[str, Any]:
    """All that is held about a person, by party: identity, events with her own postings, looks into the vault."""
    found = search(services, principal, person, reason, "export")
    return {"person": person, "parties": [_everything(services, each) for each in found]}


def _everything(services: Services, about: Identified) -> dict[str, Any]:
    key = key_of(about.party)
    events = services.vault.events(key)
    looks = [each for each in events if each.type == "vault.opened"]
    own = key.removeprefix("party:")
    return {
        **about._asdict(),
        "events": [_shown(each, own) for each in events if each.type != "vault.opened"],
        "looked_at": [{"position": each.position, "at": each.recorded_at.isoformat(), **_data(each)} for each in looks],
    }


def holder_of(account: str) -> str:
    """Whose an account is, as `<platform>/<id>`: paths with the platform second and her id last. Else empty."""
    root, *rest = account.split("/")
    # A campaign may be called as a party is: its escrow is nobody's own.
    return f"{rest[0]}/{rest[-1]}" if root in _PEOPLES else ""


def _shown(event: Recorded, own: str) -> dict[str, Any]:
    mine = [
        {"account": line.account, "currency": line.currency, "amount": line.amount}
        for line in event.postings
        if holder_of(line.account) == own
    ]
    return {
        "position": event.position, "source": event.source, "id": event.id, "type": event.type,
        "time": event.happened_at.isoformat(), "recorded_at": event.recorded_at.isoformat(), "data": _data(event),
        "postings": mine,
    }  # fmt: skip


def _data(event: Recorded) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(msgspec.json.encode(event.data))
    return found


# -- saying it in the log


def _party(services: Services, key: str) -> Party:
    state = services.reads.states([key]).value.get(key)
    if not isinstance(state, Party):
        raise Problem("not_found", f"there is no party {called(key)}; write it as <platform>:<id>.")
    return state


def _scope(key: str) -> str:
    return key.removeprefix("party:").partition("/")[0]


def _say(services: Services, principal: Principal, kind: str, data: dict[str, Any]) -> Answer:
    assert principal.source is not None, "asked of regulators only"
    now = services.now()
    event = {
        "specversion": "1.0", "id": clock.new_id(), "source": principal.source, "type": kind, "time": now.isoformat(),
        "data": {**data, "by": principal.id},
    }  # fmt: skip
    answer = services.record(services.decode(event, frozenset({principal.source}), now))
    if answer.status == "refused":
        raise Problem(answer.code or Code.MALFORMED, answer.detail or "refused.")
    return answer


def _position(answer: Answer) -> int:
    assert answer.position is not None, "a look is recorded or refused, never parked"
    return answer.position
