"""Why an event is not recorded: a closed, ordered vocabulary, and the two ways a decision ends without an outcome."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Refusal codes in order of precedence: of several that apply, the first is given."""

    MALFORMED = "malformed"
    UNKNOWN_TYPE = "unknown_type"
    SOURCE_NOT_YOURS = "source_not_yours"
    ID_REUSED = "id_reused"
    TIME_IN_FUTURE = "time_in_future"
    PLATFORM_NOT_REGISTERED = "platform_not_registered"
    PLATFORM_NOT_LICENSED = "platform_not_licensed"
    ENTITY_EXISTS = "entity_exists"
    CURRENCY_MISMATCH = "currency_mismatch"
    CAMPAIGN_NOT_OPEN = "campaign_not_open"
    AFTER_DEADLINE = "after_deadline"
    BELOW_MINIMUM = "below_minimum"
    CAP_EXCEEDED = "cap_exceeded"
    PLEDGE_NOT_OPEN = "pledge_not_open"
    PLEDGE_NOT_COLLECTED = "pledge_not_collected"
    REFUND_EXCEEDS_COLLECTED = "refund_exceeds_collected"
    ESCROW_INSUFFICIENT = "escrow_insufficient"
    LOAN_NOT_OPEN = "loan_not_open"
    BID_NOT_OPEN = "bid_not_open"
    NOT_FULLY_FUNDED = "not_fully_funded"
    OVERFUNDED = "overfunded"
    REPAYMENT_EXCEEDS_DUE = "repayment_exceeds_due"
    CLAIM_NOT_HELD = "claim_not_held"
    ALREADY_CORRECTED = "already_corrected"
    LIMIT_EXCEEDED = "limit_exceeded"
    # Added to the contract's list, each with a reason (docs/refusals.md).
    WITHDRAWAL_NOT_OPEN = "withdrawal_not_open"
    NOT_CORRECTABLE = "not_correctable"
    ALERT_NOT_OPEN = "alert_not_open"  # no such alert, or not in a state in which this can be done
    SECOND_PERSON_NEEDED = "second_person_needed"  # four eyes: closing a critical alert, money that left
    NOTHING_NEW = "nothing_new"  # a finding that its alert knows already
    CORRECTION_REJECTED = "correction_rejected"  # a second person said no
    CORRECTION_SETTLED = "correction_settled"  # approved or rejected before
    PARTY_UNKNOWN = "party_unknown"  # a look or an erasure does not wait for its party
    ALREADY_ERASED = "already_erased"
    RETURN_EXCEEDS_RELEASED = "return_exceeds_released"  # more would come back than left
    MUTE_NOT_OPEN = "mute_not_open"  # no such mute, or it has ended
    CASE_NOT_OPEN = "case_not_open"  # no such case, or not in a state in which this can be done
    ALERT_IN_CASE = "alert_in_case"  # an alert is in one open case at most
    REFERRAL_OPEN = "referral_open"  # an agency has the case and has not answered, or has it not
    SANCTION_NOT_OPEN = "sanction_not_open"  # no such sanction, or it was lifted


class Refused(Exception):
    """The event can't be true, or may not be said by this source. `detail` names the thing, the reason, the way out."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Missing(Exception):
    """The event names entities that have not arrived yet; it is parked until they do. `detail` is for its sender."""

    def __init__(self, *keys: str, detail: str | None = None) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys
        self.detail = detail or f"waits for {', '.join(keys)}."
