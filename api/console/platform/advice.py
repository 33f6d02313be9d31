"""How to mend what was refused: for each code what it means, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.console.words import N_

ADVICE: Final[Mapping[str, str]] = {
    "malformed": N_(
        "The event has not the form of its type. Put right the marked member: amounts are whole numbers of minor units "
        "(500.00 CNY is 50000), times carry a UTC offset, members that the type does not know are left out."
    ),
    "unknown_type": N_("There is no event type of this name. Types are in the past tense, such as pledge.made."),
    "source_not_yours": N_(
        "This platform may report as itself only, and some things are for the registry or the supervisor to say. Put "
        "your own source into the event, or ask whoever's word it is."
    ),
    "id_reused": N_(
        "The id was used before for something else, and is taken for ever. If this is a new fact, send it under a new "
        "id. If what was recorded is wrong, correct that event and send the right one under a new id."
    ),
    "time_in_future": N_(
        "The event says that it happened later than the ledger's clock. Check the clock and the UTC offset of the "
        "sending system, and report what has happened."
    ),
    "platform_not_registered": N_("The registry does not know this platform yet. Ask it to register the platform."),
    "platform_not_licensed": N_(
        "New business needs a licence that held at that time. Check the time of the event; if it is right, ask the "
        "registry about the licence. Running business is always taken."
    ),
    "entity_exists": N_(
        "Something of this kind has this id already. If it is the same thing, nothing has to be done. If it is "
        "another, give it another id; if the first one was a mistake, correct that event first, and its id is free."
    ),
    "currency_mismatch": N_("Report the amount in the currency of the campaign, as it was collected."),
    "campaign_not_open": N_(
        "The campaign was closed by then. Check the time of the event; if the closing itself was the mistake, correct "
        "that event first."
    ),
    "after_deadline": N_(
        "It happened after the end. Check the time of the event; if the end was put off before it came, report that "
        "amendment first."
    ),
    "below_minimum": N_("The amount is below the minimum. Check the unit: 500.00 CNY is 50000."),
    "cap_exceeded": N_(
        "The campaign has no room left for this amount. Cancelled pledges make room: report them first."
    ),
    "pledge_not_open": N_(
        "The pledge was settled or had ended before. Money that was collected goes back with pledge.refunded."
    ),
    "pledge_not_collected": N_("Nothing was collected of this pledge. Report pledge.collected first, or cancel it."),
    "refund_exceeds_collected": N_("More would go back than is left of what was collected. Earlier refunds count."),
    "escrow_insufficient": N_("More money would leave than is there. Report first what brought the money in."),
    "loan_not_open": N_("The loan is not in the state that this needs. Report the missing event first."),
    "bid_not_open": N_("The bid was withdrawn, or its loan takes none any more. A claim can be sold instead."),
    "not_fully_funded": N_("Bids do not add up to the loan. Report the missing bids first, or that the loan lapsed."),
    "overfunded": N_("With this bid the loan would have more than it asked for. Withdrawn bids make room."),
    "repayment_exceeds_due": N_(
        "More principal would be repaid than is outstanding. What exceeds it is interest, penalty or fee."
    ),
    "claim_not_held": N_("The seller holds less of the loan than is sold. Report earlier transfers first."),
    "already_corrected": N_(
        "The event was corrected before. If its replacement is wrong too, correct the replacement."
    ),
    "limit_exceeded": N_("A limit of the law would be broken, and it is enforced for this platform. Ask beforehand."),
    "withdrawal_not_open": N_("The withdrawal was paid or rejected before. Another one needs a request of its own."),
    "not_correctable": N_("Later events rest on it. Correct those first, the latest first; the reason names them."),
    "second_person_needed": N_("Whoever asked for it can't approve of it. Somebody else has to, with another key."),
    "correction_rejected": N_("A second person said no. If that was a misunderstanding, ask again under a new id."),
    "correction_settled": N_("The correction was approved or rejected before. Nothing has to be done."),
    "return_exceeds_released": N_("More would come back than was released and is out still."),
}
_OTHERWISE: Final = N_("Read the reason, put the event right, and send it again. A refused id is free.")


def advice_of(code: str) -> str:
    """What to do, as a message."""
    return ADVICE.get(code, _OTHERWISE)
