"""What each code means and what to do about it: the text behind `/docs/refusals` and `/docs/problems`."""

from __future__ import annotations

from typing import Final, NamedTuple

from ledger.kernel.refusals import Code


class Explanation(NamedTuple):
    """Why it is given, and the way out."""

    why: str
    way_out: str


REFUSALS: Final[dict[str, Explanation]] = {
    Code.MALFORMED: Explanation(
        "It is not a CloudEvent with `data` of its type: not JSON, a missing or unknown field, a wrong type, money "
        "that is not an integer above zero, an unknown currency, longer than 1 MiB.",
        "Compare it with GET /v1/schemas/{type}; `detail` names the field. Send the corrected event under the same id.",
    ),
    Code.UNKNOWN_TYPE: Explanation("There is no such event type.", "GET /v1/schemas lists the types."),
    Code.SOURCE_NOT_YOURS: Explanation(
        "The key belongs to another source, or the type is not for this kind of sender.",
        "Send with the key of that source. A licence, for example, is the registry's to report.",
    ),
    Code.ID_REUSED: Explanation(
        "An event with this source and id is known, with other content. (source, id) is the idempotency key, for ever.",
        "Give the new fact an id of its own. To take the first one back, send event.corrected.",
    ),
    Code.TIME_IN_FUTURE: Explanation(
        "`time` is later than the ledger's clock by more than a clock may drift.",
        "Set the clock of the sending machine; an event is reported when it has happened.",
    ),
    Code.PLATFORM_NOT_REGISTERED: Explanation(
        "The sender was not known as a platform, or was closed, when it happened.",
        "The registry reports platform.registered first; then send it again.",
    ),
    Code.PLATFORM_NOT_LICENSED: Explanation(
        "The platform had no licence for this kind of business, or was suspended, when it happened.",
        "Ask the registry about the licence; GET /v1/platforms/{id} shows the public part.",
    ),
    Code.ENTITY_EXISTS: Explanation(
        "The campaign, pledge, party, loan or other thing with this id exists already.",
        "Choose another id. To change what exists, send the event that changes it.",
    ),
    Code.CURRENCY_MISMATCH: Explanation(
        "The currency is not that of the campaign, loan or account concerned.", "Send the amount in that currency."
    ),
    Code.CAMPAIGN_NOT_OPEN: Explanation(
        "The campaign was closed by then, or is not in the state that this needs.",
        "GET /v1/campaigns/{source}/{id} shows its state.",
    ),
    Code.AFTER_DEADLINE: Explanation(
        "It happened after the campaign's deadline or the loan's raise_until.",
        "If the deadline was moved, report campaign.amended first. A late report of an early event is fine.",
    ),
    Code.BELOW_MINIMUM: Explanation("The amount is below the campaign's minimum.", "Check the amount: minor units."),
    Code.CAP_EXCEEDED: Explanation(
        "With it, pledges would exceed the campaign's cap.", "If the cap was raised, report campaign.amended first."
    ),
    Code.PLEDGE_NOT_OPEN: Explanation(
        "The pledge was collected or cancelled already.", "GET /v1/pledges/{source}/{id} shows its state."
    ),
    Code.PLEDGE_NOT_COLLECTED: Explanation(
        "There is no collected money behind the pledge.", "Report pledge.collected first, if it was."
    ),
    Code.REFUND_EXCEEDS_COLLECTED: Explanation(
        "More would go back than was collected and not refunded yet.", "`detail` has what is left."
    ),
    Code.ESCROW_INSUFFICIENT: Explanation(
        "The campaign's escrow, or the account, holds less than would leave it.",
        "GET /v1/campaigns/{source}/{id} shows what is in escrow. Report the collections that are missing first.",
    ),
    Code.LOAN_NOT_OPEN: Explanation(
        "The loan is not in the state that this needs.", "GET /v1/loans/{source}/{id} shows its state."
    ),
    Code.BID_NOT_OPEN: Explanation("The bid was withdrawn, or became part of a disbursed loan.", "Check the bid's id."),
    Code.NOT_FULLY_FUNDED: Explanation(
        "Bids don't add up to the loan's amount.", "Report the missing bids first, or loan.lapsed."
    ),
    Code.OVERFUNDED: Explanation(
        "With this bid the loan would be funded beyond its amount.", "`detail` has the room left."
    ),
    Code.REPAYMENT_EXCEEDS_DUE: Explanation(
        "More principal would be repaid than is outstanding.", "Split what is interest, penalty or fee from principal."
    ),
    Code.CLAIM_NOT_HELD: Explanation(
        "The seller doesn't hold that much of the loan's claim.",
        "Report the transfer by which the seller got it first.",
    ),
    Code.ALREADY_CORRECTED: Explanation(
        "The event was taken back before.",
        "Nothing is to be done; a correction counts once.",
    ),
    Code.WITHDRAWAL_NOT_OPEN: Explanation(
        "The withdrawal was paid or rejected already.", "Check its id; a new request is a new withdrawal."
    ),
    Code.NOT_CORRECTABLE: Explanation(
        "This event's effect can't be taken back: others rest on it, or its kind has none that could be reversed.",
        "Correct those others first, the newest first; `detail` says what stands in the way.",
    ),
    Code.ALERT_NOT_OPEN: Explanation(
        "There is no such alert, or it is not in a state in which this can be done.",
        "GET /v1/alerts/{id} shows its state.",
    ),
    Code.SECOND_PERSON_NEEDED: Explanation(
        "A critical alert is closed by two people: one asks for it, another one does it.",
        "Let another person close it, or reopen it.",
    ),
    Code.NOTHING_NEW: Explanation(
        "A finding of the monitor that its alert knows already.", "Nothing is to be done; it is kept for the record."
    ),
    Code.LIMIT_EXCEEDED: Explanation(
        "A limit of the rulebook is enforced for this platform, and the event breaks it.",
        "Ask POST /v1/eligibility before a promise is taken; it answers with the limit and what is left.",
    ),
}

PROBLEMS: Final[dict[str, Explanation]] = {
    "not_json": Explanation(
        "The body as a whole is not JSON of the expected form.", "Nothing was taken; send it again corrected."
    ),
    "bad_encoding": Explanation(
        "The body is not what Content-Encoding says, or ends too early.", "Send it again as a whole."
    ),
    "bad_request": Explanation("The request is not proper HTTP for this address.", "See the list of addresses."),
    "unauthenticated": Explanation(
        "There is no key, or it is unknown or revoked.", "Send `Authorization: Bearer KEY` with a key in use."
    ),
    "forbidden": Explanation("The key is good, but its role may not do this.", "Use the key of the right role."),
    "not_found": Explanation(
        "There is nothing here that you may see. Another platform's data looks the same as none.",
        "Check source and id.",
    ),
    "method_not_allowed": Explanation("The address exists, the method doesn't.", "The header Allow lists the methods."),
    "not_acceptable": Explanation("The Accept header asks for a form that isn't made here.", "Leave Accept out."),
    "timeout": Explanation("The body stopped coming.", "Send it again; what was recorded of it is a duplicate then."),
    "conflict": Explanation("It can't be done in the present state.", "`detail` says what stands in the way."),
    "too_large": Explanation(
        "One event is 1 MiB at most, a batch 16 MiB, compressed or not.", "Send more as application/x-ndjson."
    ),
    "unsupported_media_type": Explanation(
        "The content type or content encoding isn't taken.", "The headers Accept-Post and Accept-Encoding list what is."
    ),
    "invalid_parameter": Explanation(
        "A parameter is unknown, given twice, or has a value that can't be meant. It is never just ignored.",
        "`detail` names it.",
    ),
    "too_many_requests": Explanation("Too many attempts.", "Wait for as long as Retry-After says."),
    "internal": Explanation(
        "A mistake of ours. Nothing that was answered with 2xx is lost.",
        "Give the operator the `reference`: the log has it.",
    ),
    "unavailable": Explanation(
        "The database can't be reached, or a view is being built.",
        "Send the same again after Retry-After: nothing counts twice.",
    ),
    "overloaded": Explanation("More events are waiting than may wait.", "Send the same again after Retry-After."),
    "shutting_down": Explanation("The server is being stopped or replaced.", "Send the same again after Retry-After."),
}
