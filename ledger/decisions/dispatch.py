"""From an event's type to its decision, after the questions that are asked of every event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledger.candidate import Candidate
from ledger.decisions import (
    alerts,
    approvals,
    bids,
    campaigns,
    cases,
    claims,
    corrections,
    funds,
    loans,
    mutes,
    parties,
    people,
    platforms,
    pledges,
    repayments,
    reports,
    sanctions,
)
from ledger.decisions.base import Boundary, Outcome
from ledger.decisions.limits import must_keep
from ledger.events.catalogue import TYPES
from ledger.kernel.refusals import Code, Refused
from ledger.rulebook.enforcement import NOTHING, Enforcement

Decision = Callable[[Candidate, Any, Boundary], Outcome]

# A new type is added here; its class says who may send it.
DECISIONS: dict[str, Decision] = {
    "platform.registered": platforms.registered,
    "platform.licensed": platforms.licensed,
    "platform.suspended": platforms.suspended,
    "platform.reinstated": platforms.reinstated,
    "platform.closed": platforms.closed,
    "party.registered": parties.registered,
    "party.verified": parties.verified,
    "party.related": parties.related,
    "investor.declared": parties.declared,
    "campaign.opened": campaigns.opened,
    "campaign.amended": campaigns.amended,
    "campaign.closed": campaigns.closed,
    "campaign.delivered": campaigns.delivered,
    "pledge.made": pledges.made,
    "pledge.collected": pledges.collected,
    "pledge.collection_failed": pledges.collection_failed,
    "pledge.cancelled": pledges.cancelled,
    "pledge.reconfirmed": pledges.reconfirmed,
    "pledge.refunded": pledges.refunded,
    "pledges.lapsed": pledges.lapsed,
    "disclosure.filed": reports.disclosed,
    "funds.released": funds.released,
    "funds.returned": funds.returned,
    "fee.charged": funds.charged,
    "deposit.received": funds.deposited,
    "withdrawal.requested": funds.requested,
    "withdrawal.paid": funds.paid,
    "withdrawal.rejected": funds.rejected,
    "loan.listed": loans.listed,
    "loan.disbursed": loans.disbursed,
    "loan.lapsed": loans.lapsed,
    "repayment.received": repayments.received,
    "loan.restructured": loans.restructured,
    "guarantee.declared": loans.guaranteed,
    "loan.defaulted": loans.defaulted,
    "loan.written_off": repayments.written_off,
    "loan.settled": repayments.settled,
    "bid.placed": bids.placed,
    "bid.withdrawn": bids.withdrawn,
    "claim.transferred": claims.transferred,
    "custody.reported": reports.held,
    "transfer.reported": reports.transferred,
    "platform.reported": reports.reported,
    "rate.reported": reports.rated,
    "complaint.filed": reports.complained,
    "event.corrected": corrections.corrected,
    "correction.approved": approvals.approved,
    "correction.rejected": approvals.rejected,
    "vault.opened": people.opened,
    "party.erasure_requested": people.erasure_requested,
    "party.erased": people.erased,
    "alert.found": alerts.found,
    "alert.acknowledged": alerts.acknowledged,
    "alert.assigned": alerts.assigned,
    "alert.commented": alerts.commented,
    "alert.escalated": alerts.escalated,
    "alert.close_requested": alerts.close_requested,
    "alert.closed": alerts.closed,
    "alert.reopened": alerts.reopened,
    "alert.muted": mutes.muted,
    "alert.unmuted": mutes.unmuted,
    "case.opened": cases.opened,
    "case.alert_added": cases.alert_added,
    "case.alert_removed": cases.alert_removed,
    "case.assigned": cases.assigned,
    "case.noted": cases.noted,
    "case.evidence_attached": cases.evidence_attached,
    "case.evidence_opened": cases.evidence_opened,
    "case.due_set": cases.due_set,
    "case.referred": cases.referred,
    "case.referral_updated": cases.referral_updated,
    "case.close_requested": cases.close_requested,
    "case.closed": cases.closed,
    "case.reopened": cases.reopened,
    "sanction.imposed": sanctions.imposed,
    "sanction.lifted": sanctions.lifted,
}

# Who may say what, by the SENDER of the class; every other pair is refused.
_SAID_BY_PLATFORMS = frozenset({"platform", "either"})
_SAID_BY = {"registry": frozenset({"registry", "either", "system"}), "system": frozenset({"system"})}
_TABLE = {name: (decision, TYPES[name].SENDER) for name, decision in DECISIONS.items()}


def decide(candidate: Candidate, boundary: Boundary, enforcement: Enforcement = NOTHING) -> Outcome:
    """What the event changes. Raises Refused or Missing. The same event and states give the same answer, for ever.

    `enforcement` can only refuse more: what was recorded is decided the same without it.
    """
    decision, sender = _TABLE[candidate.type]
    source = candidate.source
    if source not in _SAID_BY:
        if sender not in _SAID_BY_PLATFORMS:
            raise Refused(Code.SOURCE_NOT_YOURS, f"{candidate.type} is said by the {sender}, not by {source}.")
        # A platform's source is its key.
        if boundary.get(source) is None:
            raise Refused(
                Code.PLATFORM_NOT_REGISTERED, f"{source} is unknown to the registry, which must register it first."
            )
    elif sender not in _SAID_BY[source]:
        raise Refused(Code.SOURCE_NOT_YOURS, f"{candidate.type} is said by a platform, not by {source}.")
    outcome = decision(candidate, candidate.data, boundary)
    if candidate.scope in enforcement:
        must_keep(candidate, outcome, enforcement)
    return outcome
