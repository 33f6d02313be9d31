"""The vocabulary of casework in words that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.console.reasons import Sentence, told
from api.console.speech import Speech
from api.console.words import N_, Trouble, problem
from ledger.casework.lists import Words, lists

STATUSES: Final[Mapping[str, str]] = {
    "open": N_("In hand"),
    "close_requested": N_("Awaiting second person"),
    "closed": N_("Closed"),
}
REFERRALS: Final[Mapping[str, str]] = {
    "sent": N_("sent, no answer yet"),
    "received": N_("received, no answer yet"),
    "answered": N_("answered"),
    "declined": N_("declined"),
}
STEPS: Final[Mapping[str, str]] = {
    "opened": N_("opened the case"),
    "alert_added": N_("put an alert into it"),
    "alert_removed": N_("took an alert out of it"),
    "assigned": N_("assigned it"),
    "noted": N_("noted"),
    "evidence_attached": N_("attached a file"),
    "evidence_opened": N_("opened a file"),
    "due_set": N_("set the deadline"),
    "referred": N_("referred it"),
    "referral_updated": N_("recorded what became of the referral"),
    "close_requested": N_("asked to close it"),
    "closed": N_("closed it"),
    "reopened": N_("reopened it"),
}
DONE: Final[Mapping[str, str]] = {
    "open": N_("The case is open."),
    "add_alert": N_("The alert is in the case."),
    "remove_alert": N_("The alert was taken out."),
    "assign": N_("Assigned."),
    "note": N_("Your note was recorded."),
    "set_due": N_("The deadline was set."),
    "refer": N_("Referred."),
    "update_referral": N_("Recorded."),
    "close": N_("Recorded."),
    "reopen": N_("Reopened."),
    "attach": N_("The file is sealed, and its hash is in the log."),
    "mute": N_("Muted."),
    "unmute": N_("The mute has ended."),
    "impose": N_("The sanction was recorded."),
    "lift": N_("The sanction was lifted."),
    "subscribe": N_("Subscribed."),
    "end": N_("The subscription has ended."),
    "retry": N_("It is tried again."),
}
CHANNELS: Final[Mapping[str, str]] = {"webhook": N_("Webhook"), "email": N_("E-mail")}
# Another word than elsewhere, or one that only casework needs.
TROUBLES: Final[Mapping[str, Trouble]] = {
    "changed": Trouble(
        N_("Somebody else has changed this case in the meantime"),
        N_("What was done is shown below. Look at it, then send the form again if it still fits."),
    ),
    "case_not_open": Trouble(
        N_("The case does not allow this now"), N_("Look at its present state below and decide again.")
    ),
    "alert_in_case": Trouble(
        N_("The alert is in an open case already"), N_("Take it out there first, or work on it in that case.")
    ),
    "alert_not_open": Trouble(N_("There is no such alert"), N_("Check the number of the alert.")),
    "referral_open": Trouble(
        N_("An agency has the case"), N_("Record its answer first; each agency has a case once at a time.")
    ),
    "second_person_needed": Trouble(
        N_("A second person is needed"),
        N_("With a critical or high alert a case is closed by two people: one asks for it, another confirms."),
    ),
    "malformed": Trouble(N_("Something is missing in the form, or does not fit"), N_("Mend it and send it again.")),
    "invalid_parameter": Trouble(
        N_("Something is missing in the form, or does not fit"), N_("Mend it and send it again.")
    ),
    "too_large": Trouble(
        N_("The file is too large"), N_("A file has at most 10 MiB. Split it, or send a smaller one.")
    ),
    "id_reused": Trouble(
        N_("This form was sent before with something else in it"),
        N_("What was recorded is shown below. Send the form again if this should be recorded too."),
    ),
    "entity_exists": Trouble(N_("There is the same already"), N_("Look at the list below.")),
    "mute_not_open": Trouble(N_("The mute has ended already"), N_("Look at the list below.")),
    "sanction_not_open": Trouble(N_("The sanction was lifted already"), N_("Look at the list below.")),
    "platform_not_registered": Trouble(N_("There is no such platform"), N_("Check the number of the platform.")),
    "party_unknown": Trouble(N_("There is no such party"), N_("Check platform and number of the party.")),
    "schema_violated": Trouble(
        N_("The report breaks the schema of the receiving unit"),
        N_("The operator mends the profile; the places are listed by the API."),
    ),
}
# Problems that a form shows in place; all others are a page of their own.
TOLD: Final = frozenset({*TROUBLES, "not_found"})


def trouble(code: str) -> Trouble:
    """The words of a refusal."""
    return TROUBLES.get(code) or problem(code)


def agency(code: str, say: Speech) -> Sentence:
    """Whom a case is handed to."""
    return _of(lists().agencies, code, say)


def sanction(code: str, say: Speech) -> Sentence:
    """What is imposed."""
    return _of(lists().sanctions, code, say)


def _of(known: Mapping[str, Words], code: str, say: Speech) -> Sentence:
    words = known.get(code)
    return Sentence(code, "en") if words is None else told(words.zh, words.en, say.tag)
