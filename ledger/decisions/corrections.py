"""Corrections: an event's entry is turned, its effect on states taken back, once. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from ledger.accounts import Posting, cash_owner, reversed_entry
from ledger.candidate import Candidate
from ledger.decisions import loan_reversals, reversals
from ledger.decisions.approvals import must_be_approved
from ledger.decisions.base import Boundary, Outcome, micros
from ledger.decisions.cash import follow
from ledger.decisions.resting import TAKEN
from ledger.decisions.undo import Undo
from ledger.events.catalogue import references
from ledger.events.corrections import EventCorrected
from ledger.events.naming import key
from ledger.kernel.refusals import Code, Missing, Refused
from ledger.states.base import Known

# What changed no state: to turn the entry and to mark the event is all.
STATELESS = frozenset({
    "party.related",
    "guarantee.declared",
    "custody.reported",
    "platform.reported",
    "rate.reported",
})  # fmt: skip

REVERSALS: dict[str, Callable[[Undo, Any], None]] = {
    "platform.licensed": reversals.licensed,
    "platform.suspended": reversals.stood,
    "platform.reinstated": reversals.stood,
    "platform.closed": reversals.stood,
    "party.registered": reversals.party_registered,
    "party.verified": reversals.verified,
    "investor.declared": reversals.declared,
    "campaign.opened": reversals.opened,
    "campaign.amended": reversals.amended,
    "campaign.closed": reversals.closed,
    "campaign.delivered": reversals.delivered,
    "pledge.made": reversals.made,
    "pledge.collected": reversals.collected,
    "pledge.collection_failed": reversals.collection_failed,
    "pledge.cancelled": reversals.cancelled,
    "pledge.reconfirmed": reversals.reconfirmed,
    "pledge.refunded": reversals.refunded,
    "disclosure.filed": reversals.disclosed,
    "funds.released": reversals.released,
    "funds.returned": reversals.returned,
    "fee.charged": reversals.charged,
    "deposit.received": reversals.deposited,
    "withdrawal.requested": reversals.requested,
    "withdrawal.paid": reversals.answered,
    "withdrawal.rejected": reversals.answered,
    "loan.listed": loan_reversals.listed,
    "bid.placed": loan_reversals.placed,
    "bid.withdrawn": loan_reversals.withdrawn,
    "loan.disbursed": loan_reversals.disbursed,
    "loan.lapsed": loan_reversals.lapsed,
    "repayment.received": loan_reversals.received,
    "loan.restructured": loan_reversals.restructured,
    "loan.defaulted": loan_reversals.defaulted,
    "loan.written_off": loan_reversals.given_up,
    "loan.settled": loan_reversals.given_up,
    "claim.transferred": loan_reversals.claim_transferred,
    "transfer.reported": reversals.transferred,
    "complaint.filed": reversals.complained,
}

# What to do instead, for the types whose effect is not a sum that can be taken back.
INSTEAD = {
    "platform.registered": "others may have built on it; the registry closes the platform instead",
    "pledges.lapsed": "a pledge.reconfirmed that happened in time revives its promise",
    "event.corrected": "send the event itself again, under a new id",
    "correction.approved": "what it approved can be sent again, under a new id",
    "correction.rejected": "ask for the correction again, under a new id",
    "vault.opened": "what was seen can't be unseen",
    "party.erasure_requested": "an erasure that nobody confirms does nothing",
    "party.erased": "what was destroyed does not come back; the party registers anew",
}


def corrected(candidate: Candidate, data: EventCorrected, boundary: Boundary) -> Outcome:
    """Reverse an event of the same source, once, where nothing that came later stands in the way.

    Whether it could be done is looked at first: nobody is asked to approve of what can't be.
    """
    mark = key("correction", candidate.scope, data.corrects)
    if boundary.get(mark) is not None:
        raise Refused(Code.ALREADY_CORRECTED, f"event {data.corrects!r} of {candidate.source} was corrected before.")
    recorded = boundary.recorded(candidate.source, data.corrects)
    if recorded is None:
        # Every recorded event makes the key of this kind, so the correction waits for its event.
        raise Missing(key("event", candidate.scope, data.corrects))
    undo = Undo(recorded, boundary)
    postings = _reverse(undo)
    undo.put(mark, Known(micros(candidate.happened_at)))
    must_be_approved(candidate, data, recorded, boundary)
    concerns = references(candidate.scope, recorded.data)
    if data.replacement is not UNSET:
        concerns = (*concerns, key("event", candidate.scope, data.replacement))
    return Outcome(undo.changes, postings, concerns)


def _reverse(undo: Undo) -> tuple[Posting, ...]:
    """Take back the states, and the cash of parties; the entry that goes with it."""
    recorded = undo.recorded
    reverse = REVERSALS.get(recorded.type)
    if reverse is None and recorded.type not in STATELESS:
        instead = INSTEAD.get(recorded.type, "it is no platform's report")
        raise Refused(Code.NOT_CORRECTABLE, f"{recorded.type} {recorded.id!r} can't be reversed: {instead}.")
    try:
        if reverse is not None:
            reverse(undo, recorded.data)
        postings = reversed_entry(recorded.postings) if undo.postings is None else undo.postings
        undo.read += [owner for account, _, _ in postings if (owner := cash_owner(account))]
        follow(postings, undo.changes, undo.boundary)
    except Refused as refused:
        if refused.code in TAKEN:
            raise Refused(refused.code, refused.detail + undo.rest(refused.code)) from None
        raise
    return postings
