"""What the script says that checks a receipt in the reader's browser: verify.js finds its words in the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.console.words import N_

# What the script says. {name}, {size} and the like are put in by it.
SAYS: Final[Mapping[str, str]] = {
    "genuine": N_("This receipt is genuine"),
    "genuine-why": N_("The event below is in the log {name}, and the log's key has signed it."),
    "own": N_("Whole, but signed by a key that this ledger doesn't know"),
    "own-why": N_(
        "Anyone can make a receipt with a key of their own. Compare its key with one from a place that you trust."
    ),
    "unknown": N_("Not everything could be checked in this browser"),
    "unknown-why": N_("What could be checked holds. Use another browser, or the program for auditors."),
    "bad": N_("This receipt proves nothing"),
    "bad-why": N_("It was altered, or this ledger never issued it."),
    "unreadable": N_("This is no receipt"),
    "unreadable-why": N_("A receipt is a JSON file, as the ledger gives it out. It must not be changed in any way."),
    "form": N_("It has the form of a receipt."),
    "form-bad": N_("It doesn't have the form of a receipt."),
    "entry": N_("Its entry is that of position {position}."),
    "entry-bad": N_("Its entry and its proof are about different positions."),
    "postings": N_("The postings beside the entry are those that it names."),
    "postings-bad": N_("The postings beside the entry are not those that it names."),
    "tree": N_("The entry is in the tree of {size} entries whose root was signed."),
    "tree-bad": N_("The entry is not in the tree whose root was signed: entry, proof or root was altered."),
    "signed": N_("Signed by {name} ({algorithm})."),
    "signed-given": N_("Signed by {name} ({algorithm}), with the key that you gave."),
    "signed-strange": N_("Signed by {name} ({algorithm}), with a key that only the receipt names."),
    "witnessed": N_("Witnessed by {name} ({algorithm}) on {time}."),
    "signature-bad": N_("The signature of {name} ({algorithm}) doesn't fit."),
    "signature-missing": N_("The log {name} has not signed it with the key that counts."),
    "signature-strange": N_("A signature of {name} is by a key that nobody names."),
    "signature-unknown": N_("The signature of {name} ({algorithm}) can't be checked in this browser."),
    "key-bad": N_("The verifier key that you gave can't be read."),
    "no-crypto": N_("This browser checks receipts only on pages that were loaded securely (https)."),
    "too-large": N_("The file is too large for a receipt."),
}
