"""Money that left needs two people: whether a correction waits for a second person, and what that person says."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import UNSET

from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, look, micros
from ledger.events.catalogue import references
from ledger.events.corrections import CorrectionApproved, CorrectionRecorded, CorrectionRejected, EventCorrected
from ledger.events.naming import key
from ledger.kernel.refusals import Code, Missing, Refused
from ledger.recorded import Recorded
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.corrections import Approval

REGISTRY = "registry"
_LEFT = {
    "funds.released": "money was released by it",
    "funds.returned": "released money came back by it",
    "loan.disbursed": "the loan was paid out by it",
}


class _Said(NamedTuple):
    granted: bool
    by: str
    asked_by: str | None
    reason: str | None


def approved(candidate: Candidate, data: CorrectionApproved, boundary: Boundary) -> Outcome:
    """The correction that waits is decided directly after, with everything that holds by then."""
    return _settle(candidate, data, boundary, _Said(True, data.by, _given(data.asked_by), None))


def rejected(candidate: Candidate, data: CorrectionRejected, boundary: Boundary) -> Outcome:
    """The correction that waits is refused directly after; it can be asked for anew under another id."""
    return _settle(candidate, data, boundary, _Said(False, data.by, _given(data.asked_by), data.reason))


def _settle(
    candidate: Candidate, data: CorrectionApproved | CorrectionRejected, boundary: Boundary, said: _Said
) -> Outcome:
    scope, _, name = data.correction.partition("/")
    if candidate.source != REGISTRY and candidate.scope != scope:
        raise Refused(
            Code.SOURCE_NOT_YOURS, f"correction {name!r} is {scope}'s; the registry may settle it, or {scope}."
        )
    own = key("approval", scope, name)
    before = boundary.get(own)
    if isinstance(before, Approval):
        how = "approved" if before.granted else "rejected"
        raise Refused(Code.CORRECTION_SETTLED, f"correction {name!r} of {scope} was {how} before; it is said once.")
    if said.by == said.asked_by:
        raise Refused(
            Code.SECOND_PERSON_NEEDED,
            f"correction {name!r} of {scope} was asked for with this key; another key or person settles it.",
        )
    if said.asked_by is None and candidate.source != REGISTRY:
        # Without knowing who asked, a platform can't show that it was another.
        raise Refused(
            Code.SECOND_PERSON_NEEDED,
            f"nobody knows who asked for correction {name!r} of {scope}; the registry settles it.",
        )
    approval = Approval(said.granted, data.corrects, said.by, said.asked_by, micros(candidate.happened_at), said.reason)
    recorded = boundary.recorded(_source(scope), data.corrects)
    concerns = () if recorded is None else references(scope, recorded.data)
    return Outcome({own: approval}, (), (key("correction", scope, data.corrects), *concerns))


def must_be_approved(candidate: Candidate, data: EventCorrected, recorded: Recorded, boundary: Boundary) -> None:
    """Refuse a correction that a second person rejected; let it wait where one is needed and has not said anything."""
    own = key("approval", candidate.scope, candidate.id)
    approval = boundary.get(own)
    if not isinstance(approval, Approval):
        because = money_left(recorded, boundary)
        if because is not None:
            raise Missing(own, detail=_waits(candidate, because))
        return
    if not approval.granted:
        raise Refused(
            Code.CORRECTION_REJECTED, f"a second person rejected correction {candidate.id!r}: {approval.reason}"
        )
    asked_by = data.asked_by if isinstance(data, CorrectionRecorded) else UNSET
    if approval.corrects != data.corrects or approval.asked_by != _given(asked_by) or approval.by == asked_by:
        raise Refused(
            Code.SECOND_PERSON_NEEDED,
            f"what was approved under the id {candidate.id!r} is not this correction; send it under another id.",
        )


def money_left(recorded: Recorded, boundary: Boundary) -> str | None:
    """Why reversing the event needs two people; None where one is enough."""
    if recorded.type in _LEFT:
        return _LEFT[recorded.type]
    campaign = look(boundary, Campaign, _campaign_of(recorded, boundary))
    if campaign is not None and campaign.released > 0:
        return f"{campaign.released} {campaign.currency} of its campaign were released"
    return None


def _campaign_of(recorded: Recorded, boundary: Boundary) -> str:
    data = recorded.data
    campaign, pledge = getattr(data, "campaign", UNSET), getattr(data, "pledge", UNSET)
    if campaign is not UNSET:
        return key("campaign", recorded.scope, campaign)
    state = None if pledge is UNSET else look(boundary, Pledge, key("pledge", recorded.scope, pledge))
    return "" if state is None else state.campaign


def _waits(candidate: Candidate, because: str) -> str:
    return (
        f"waits for a second person, since {because}: the registry or another key of {candidate.source} sends "
        f"POST /v1/corrections/{candidate.source}/{candidate.id}/approve (or /reject)."
    )


def _source(scope: str) -> str:
    return scope if scope == REGISTRY else f"platform:{scope}"


def _given(asked_by: object) -> str | None:
    return asked_by if isinstance(asked_by, str) else None
