"""Decisions on mutes: each has an end within a year, and ends once."""

from __future__ import annotations

from datetime import UTC, timedelta

from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, micros
from ledger.events.checks import until
from ledger.events.mutes import MUTE_DAYS_MAX, AlertMuted, AlertUnmuted
from ledger.kernel.refusals import Code, Refused
from ledger.states.mutes import Mute, matcher_of, mute_key


def muted(candidate: Candidate, data: AlertMuted, boundary: Boundary) -> Outcome:
    """Bounded, so that nothing is silenced for ever because nobody looked again."""
    own = mute_key(data.mute)
    if boundary.get(own) is not None:
        raise Refused(Code.ENTITY_EXISTS, f"mute {data.mute} exists already; choose another id.")
    end, now = until(data.until, UTC), candidate.happened_at
    if not now < end <= now + timedelta(days=MUTE_DAYS_MAX):
        raise Refused(Code.MALFORMED, f"a mute ends after it begins and within {MUTE_DAYS_MAX} days, not {data.until}.")
    matcher = matcher_of(data)
    concerns = () if matcher.subject is None else (matcher.subject,)
    return Outcome({own: Mute(matcher, micros(now), micros(end))}, concerns=concerns)


def unmuted(candidate: Candidate, data: AlertUnmuted, boundary: Boundary) -> Outcome:
    """Only what still holds can be ended."""
    own = mute_key(data.mute)
    state = boundary.get(own)
    if not isinstance(state, Mute):
        raise Refused(Code.MUTE_NOT_OPEN, f"there is no mute {data.mute}.")
    now = micros(candidate.happened_at)
    if state.ended_at is not None or state.until <= now:
        raise Refused(Code.MUTE_NOT_OPEN, f"mute {data.mute} has ended already.")
    return Outcome({own: replace(state, ended_at=now)})
