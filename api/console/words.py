"""The vocabulary of the ledger in words that people read: each value is a message of the catalogues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "a message, translated later"
    """Mark a message for the catalogues."""
    return message


SEVERITIES: Final[Mapping[str, str]] = {  # most severe first
    "critical": N_("Critical"),
    "high": N_("High"),
    "medium": N_("Medium"),
    "low": N_("Low"),
    "info": N_("Notice"),
}
STATUSES: Final[Mapping[str, str]] = {
    "open": N_("Open"),
    "acknowledged": N_("Acknowledged"),
    "escalated": N_("Escalated"),
    "close_requested": N_("Awaiting second person"),
    "closed": N_("Closed"),
}
OUTCOMES: Final[Mapping[str, str]] = {
    "confirmed": N_("Confirmed: something is wrong"),
    "justified_look": N_("Worth a look, but in order"),
    "false_positive": N_("False alarm"),
}
REASONS: Final[Mapping[str, str]] = {
    "lawful_pattern": N_("Lawful business pattern"),
    "shared_channel": N_("Channel shared by a household, an office or a public network"),
    "known_relationship": N_("Relationship declared and checked"),
    "data_error": N_("Reported data were wrong"),
    "late_report": N_("Only reported late, and made good since"),
    "threshold": N_("Threshold does not fit here"),
    "same_matter": N_("Same matter as another alert"),
    "already_settled": N_("Already settled with the platform"),
    "other": N_("Other"),
}
STEPS: Final[Mapping[str, str]] = {
    "opened": N_("The monitor found this"),
    "joined": N_("The monitor found more"),
    "acknowledged": N_("acknowledged it"),
    "assigned": N_("assigned it"),
    "commented": N_("commented"),
    "escalated": N_("escalated it"),
    "close_requested": N_("asked to close it"),
    "closed": N_("closed it"),
    "reopened": N_("reopened it"),
    "case_added": N_("put it into a case"),
    "case_removed": N_("took it out of a case"),
    "case_closed": N_("closed it with its case"),
}
DONE: Final[Mapping[str, str]] = {
    "acknowledge": N_("Acknowledged."),
    "assign": N_("Assigned."),
    "comment": N_("Your comment was recorded."),
    "escalate": N_("Escalated."),
    "close": N_("Recorded."),
    "reopen": N_("Reopened."),
}
ROLES: Final[Mapping[str, str]] = {
    "regulator": N_("Supervisor"),
    "auditor": N_("Auditor, read only"),
    "platform": N_("Platform"),
    "investor": N_("Investor"),
}
METHODS: Final[Mapping[str, str]] = {  # how somebody came in
    "password": N_("Password"),
    "totp": N_("Password and code"),
    "recovery": N_("Password and recovery code"),
    "provider": N_("Identity provider"),
    "link": N_("Link of a platform"),
    "code": N_("Code of a platform"),
}
THEMES: Final[Mapping[str, str]] = {
    "auto": N_("As the system"),
    "light": N_("Light"),
    "dark": N_("Dark"),
}
PLATFORM_KINDS: Final[Mapping[str, str]] = {
    "reward": N_("Reward crowdfunding"),
    "equity": N_("Equity crowdfunding"),
    "lending": N_("Online lending"),
    "donation": N_("Donation crowdfunding"),
}
PLATFORM_STATUSES: Final[Mapping[str, str]] = {
    "registered": N_("Registered"),
    "licensed": N_("Licensed"),
    "suspended": N_("Suspended"),
    "closed": N_("Closed down"),
}
STANDING_STEPS: Final[Mapping[str, str]] = {
    "registered": N_("Registered"),
    "licensed": N_("Licensed"),
    "suspended": N_("Suspended"),
    "reinstated": N_("Reinstated"),
    "closed": N_("Closed down"),
}
SANCTIONS: Final[Mapping[str, str]] = {  # the codes of ledger/casework/lists.toml
    "warning": N_("Warning"),
    "fine": N_("Fine"),
    "payment_restriction": N_("Restriction of payments"),
    "new_business_ban": N_("Ban on new business"),
    "suspension": N_("Suspension"),
}
ENTITIES: Final[Mapping[str, str]] = {
    "platform": N_("Platform"),
    "party": N_("Party"),
    "campaign": N_("Campaign"),
    "pledge": N_("Pledge"),
    "loan": N_("Loan"),
    "bid": N_("Bid"),
    "disclosure": N_("Disclosure"),
    "deposit": N_("Deposit"),
    "withdrawal": N_("Withdrawal"),
    "transfer": N_("Transfer"),
    "complaint": N_("Complaint"),
    "event": N_("Event"),
}
EVENTS: Final[Mapping[str, str]] = {
    "platform.registered": N_("Platform registered"),
    "platform.licensed": N_("Platform licensed"),
    "platform.suspended": N_("Platform suspended"),
    "platform.reinstated": N_("Platform reinstated"),
    "platform.closed": N_("Platform closed"),
    "party.registered": N_("Party registered"),
    "party.verified": N_("Identity verified"),
    "party.related": N_("Relation declared"),
    "investor.declared": N_("Investor's declaration"),
    "campaign.opened": N_("Campaign opened"),
    "campaign.amended": N_("Campaign amended"),
    "campaign.closed": N_("Campaign closed"),
    "campaign.delivered": N_("Delivery reported"),
    "pledge.made": N_("Pledge made"),
    "pledge.collected": N_("Pledge collected"),
    "pledge.collection_failed": N_("Collection failed"),
    "pledge.cancelled": N_("Pledge cancelled"),
    "pledge.reconfirmed": N_("Pledge reconfirmed"),
    "pledge.refunded": N_("Pledge refunded"),
    "pledges.lapsed": N_("Pledges lapsed"),
    "funds.released": N_("Funds released"),
    "funds.returned": N_("Funds returned"),
    "disclosure.filed": N_("Disclosure filed"),
    "deposit.received": N_("Deposit received"),
    "withdrawal.requested": N_("Withdrawal requested"),
    "withdrawal.paid": N_("Withdrawal paid"),
    "withdrawal.rejected": N_("Withdrawal rejected"),
    "fee.charged": N_("Fee charged"),
    "loan.listed": N_("Loan listed"),
    "loan.disbursed": N_("Loan disbursed"),
    "loan.lapsed": N_("Loan lapsed"),
    "loan.restructured": N_("Loan restructured"),
    "loan.defaulted": N_("Loan defaulted"),
    "loan.written_off": N_("Loan written off"),
    "loan.settled": N_("Loan settled"),
    "bid.placed": N_("Bid placed"),
    "bid.withdrawn": N_("Bid withdrawn"),
    "repayment.received": N_("Repayment received"),
    "guarantee.declared": N_("Guarantee declared"),
    "claim.transferred": N_("Claim transferred"),
    "custody.reported": N_("Custody balance reported"),
    "transfer.reported": N_("Transfer reported"),
    "platform.reported": N_("Monthly figures reported"),
    "rate.reported": N_("Exchange rate reported"),
    "complaint.filed": N_("Complaint filed"),
    "event.corrected": N_("Event corrected"),
    "correction.approved": N_("Correction approved"),
    "correction.rejected": N_("Correction rejected"),
    "alert.found": N_("Finding of the monitor"),
    "alert.acknowledged": N_("Alert acknowledged"),
    "alert.assigned": N_("Alert assigned"),
    "alert.commented": N_("Comment on an alert"),
    "alert.escalated": N_("Alert escalated"),
    "alert.close_requested": N_("Closing of an alert requested"),
    "alert.closed": N_("Alert closed"),
    "alert.reopened": N_("Alert reopened"),
    "alert.muted": N_("Alerts muted"),
    "alert.unmuted": N_("Mute ended"),
    "case.opened": N_("Case opened"),
    "case.alert_added": N_("Alert put into a case"),
    "case.alert_removed": N_("Alert taken out of a case"),
    "case.assigned": N_("Case assigned"),
    "case.noted": N_("Note on a case"),
    "case.evidence_attached": N_("File attached to a case"),
    "case.evidence_opened": N_("File of a case opened"),
    "case.due_set": N_("Deadline of a case set"),
    "case.referred": N_("Case referred to an agency"),
    "case.referral_updated": N_("Referral of a case updated"),
    "case.close_requested": N_("Closing of a case requested"),
    "case.closed": N_("Case closed"),
    "case.reopened": N_("Case reopened"),
    "sanction.imposed": N_("Sanction imposed"),
    "sanction.lifted": N_("Sanction lifted"),
    "vault.opened": N_("Vault opened"),
    "party.erasure_requested": N_("Erasure asked for"),
    "party.erased": N_("Party's data erased"),
}

CAMPAIGN_STATUSES: Final[Mapping[str, str]] = {
    "open": N_("Raising"),
    "succeeded": N_("Succeeded"),
    "failed": N_("Failed"),
    "cancelled": N_("Cancelled"),
}
LOAN_STATUSES: Final[Mapping[str, str]] = {
    "listed": N_("Listed"),
    "lapsed": N_("Lapsed"),
    "disbursed": N_("Disbursed"),
    "defaulted": N_("Defaulted"),
    "written_off": N_("Written off"),
    "settled": N_("Settled"),
}
PLEDGE_STATUSES: Final[Mapping[str, str]] = {
    "pledged": N_("Promised"),
    "collected": N_("Collected"),
    "refunded": N_("Refunded"),
    "cancelled": N_("Cancelled"),
    "void": N_("Ended with its campaign"),
    "lapsed": N_("Not reconfirmed in time"),
}
BID_STATUSES: Final[Mapping[str, str]] = {
    "placed": N_("Placed"),
    "withdrawn": N_("Withdrawn"),
}
INSTALMENTS: Final[Mapping[str, str]] = {
    "paid": N_("Paid"),
    "due": N_("To come"),
    "late": N_("Late"),
    "replaced": N_("Replaced by a restructuring"),
    "ended": N_("Not paid, loan has ended"),
}
# What somebody has at stake: kinds of campaigns, and the two sides of a loan.
STAKES: Final[Mapping[str, str]] = {
    "reward": N_("Reward"),
    "equity": N_("Equity"),
    "donation": N_("Donation"),
    "lending": N_("Lent"),
    "borrower": N_("Borrowed"),
}
REPAYMENTS: Final[Mapping[str, str]] = {
    "equal_instalments": N_("Equal instalments"),
    "interest_only": N_("Interest only, principal at the end"),
    "bullet": N_("All at the end"),
}
FUNDINGS: Final[Mapping[str, str]] = {
    "all_or_nothing": N_("All or nothing"),
    "keep_what_you_raise": N_("Keeps what it raises"),
}
CHECKED: Final[Mapping[str, str]] = {
    "pass": N_("Kept"),
    "breach": N_("Broken"),
    "warn": N_("A warning is owed"),
    "not_provable": N_("Can't be proved"),
}
# What an investor complains about.
COMPLAINTS: Final[Mapping[str, str]] = {
    "money_not_back": N_("My money does not come back"),
    "not_delivered": N_("What was promised is not delivered"),
    "late_payment": N_("Payments come late"),
    "wrong_figures": N_("Amounts or dates are wrong"),
    "not_mine": N_("I did not do this"),
    "misleading": N_("I was misled"),
    "other": N_("Something else"),
}

# How far a rule has come.
MATURITIES: Final[Mapping[str, str]] = {
    "draft": N_("draft"),
    "shadow": N_("in the shadow"),
    "live": N_("live"),
    "retired": N_("retired"),
}
# What became of a run of a rule.
RUN_STATES: Final[Mapping[str, str]] = {
    "waiting": N_("waits for the scheduler"),
    "running": N_("is running"),
    "done": N_("done"),
    "failed": N_("failed"),
    "inconclusive": N_("no answer"),
}
# Why a rule ran.
RUN_KINDS: Final[Mapping[str, str]] = {
    "scheduled": N_("on schedule"),
    "near": N_("near real time"),
    "manual": N_("by hand"),
    "backfill": N_("caught up with"),
    "shadow": N_("candidate, in the shadow"),
}
# The letter with which a rule's id begins.
FAMILIES: Final[Mapping[str, str]] = {
    "P": N_("Platforms"),
    "C": N_("Project owners and issuers"),
    "I": N_("Investors, borrowers and accounts"),
    "L": N_("Limits of the law"),
    "X": N_("Several signs together"),
    "D": N_("Quality of what is reported"),
}
# Refusal codes, as the sender is told them.
CODES: Final[Mapping[str, str]] = {
    "malformed": N_("Malformed"),
    "unknown_type": N_("Unknown type of event"),
    "source_not_yours": N_("Source belongs to another"),
    "id_reused": N_("Id used before for something else"),
    "time_in_future": N_("Time lies in the future"),
    "platform_not_registered": N_("Platform is not registered"),
    "platform_not_licensed": N_("Platform is not licensed"),
    "entity_exists": N_("Exists already"),
    "currency_mismatch": N_("Currency does not match"),
    "campaign_not_open": N_("Campaign is not open"),
    "after_deadline": N_("After the deadline"),
    "below_minimum": N_("Below the minimum"),
    "cap_exceeded": N_("Campaign's cap exceeded"),
    "pledge_not_open": N_("Pledge is not open"),
    "pledge_not_collected": N_("Pledge was not collected"),
    "refund_exceeds_collected": N_("Refund exceeds what was collected"),
    "escrow_insufficient": N_("Not enough in escrow"),
    "loan_not_open": N_("Loan is not open"),
    "bid_not_open": N_("Bid is not open"),
    "not_fully_funded": N_("Not fully funded"),
    "overfunded": N_("Overfunded"),
    "repayment_exceeds_due": N_("Repayment exceeds what is owed"),
    "claim_not_held": N_("Claim is not held"),
    "already_corrected": N_("Corrected before"),
    "limit_exceeded": N_("Limit exceeded"),
    "withdrawal_not_open": N_("Withdrawal is not open"),
    "not_correctable": N_("Can't be corrected"),
    "alert_not_open": N_("Alert is not open"),
    "second_person_needed": N_("A second person is needed"),
    "nothing_new": N_("Nothing new"),
    "correction_rejected": N_("Correction was rejected"),
    "correction_settled": N_("Correction is settled"),
    "party_unknown": N_("Party is unknown"),
    "already_erased": N_("Erased before"),
    "return_exceeds_released": N_("More returned than released"),
    "mute_not_open": N_("Mute is not open"),
    "case_not_open": N_("Case is not open"),
    "alert_in_case": N_("Alert is in another case"),
    "referral_open": N_("Referral is open"),
    "sanction_not_open": N_("Sanction is not open"),
}
# Whether a view is kept (projections/status.py).
VIEW_STATES: Final[Mapping[str, str]] = {
    "live": N_("up to date"),
    "parked": N_("stopped by an event"),
    "outdated": N_("being rebuilt"),
    "ahead": N_("of a newer release"),
    "absent": N_("not built yet"),
}


def known(vocabulary: Mapping[str, str], code: str) -> str:
    """The message of a code; one that has none yet is shown as it is, in readable form."""
    return vocabulary.get(code, code.replace("_", " ").replace(".", " "))


class Trouble(NamedTuple):
    """A problem in words: what happened, and the way out."""

    title: str
    advice: str


PROBLEMS: Final[Mapping[str, Trouble]] = {
    "unauthenticated": Trouble(N_("You are not signed in"), N_("Your session has ended. Sign in again.")),
    "forbidden": Trouble(N_("You may not do that"), N_("Ask whoever manages the accounts if you think you should.")),
    "not_found": Trouble(N_("There is nothing here"), N_("The address is wrong, or the thing does not exist.")),
    "method_not_allowed": Trouble(N_("This address takes no such request"), N_("Go back and try again.")),
    "invalid_parameter": Trouble(N_("This address can't be understood"), N_("A filter has a value that is unknown.")),
    "too_many_requests": Trouble(N_("Too many requests"), N_("Wait a moment and try again.")),
    "alert_not_open": Trouble(
        N_("The alert has changed in the meantime"), N_("Look at its present state and decide again.")
    ),
    "second_person_needed": Trouble(
        N_("A second person is needed"),
        N_("A critical alert is closed by two people: one asks for it, another confirms."),
    ),
    "malformed": Trouble(
        N_("Something is missing in the form"), N_("A false alarm needs a reason; rules are tuned by them.")
    ),
    "not_sealed": Trouble(N_("Not sealed yet"), N_("A receipt is there a second after the event. Try again.")),
    "unavailable": Trouble(N_("The ledger can't answer at the moment"), N_("Try again in a moment.")),
    "overloaded": Trouble(N_("The ledger is busy"), N_("Try again in a moment.")),
    "shutting_down": Trouble(N_("The server is restarting"), N_("Try again in a moment.")),
    "internal": Trouble(
        N_("Something went wrong on our side"), N_("Try again; if it stays, tell the operators the number below.")
    ),
}
OTHERWISE: Final = Trouble(N_("The request can't be served"), N_("Go back and try again."))


def problem(code: str) -> Trouble:
    """The words of a problem's code."""
    return PROBLEMS.get(code, OTHERWISE)
