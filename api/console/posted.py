"""Words for what postings and senders are called in the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.console.speech import Speech
from api.console.words import N_, known

SENDERS: Final[Mapping[str, str]] = {"system": N_("Monitor"), "registry": N_("The registry")}
CLASSES: Final[Mapping[str, str]] = {  # of accounts, in ledger/accounts.py
    "investor": N_("Investor's own money"),
    "issuer": N_("Issuer's own money"),
    "borrower": N_("Borrower's own money"),
    "outside": N_("Investors outside the platform"),
    "cash": N_("Waiting with the platform"),
    "escrow": N_("In escrow"),
    "fees": N_("Fees of the platform"),
    "receivable": N_("Promised, not collected"),
    "pledged": N_("Pledges to the campaign"),
    "claim": N_("Claims on the loan"),
    "principal": N_("Principal of the loan"),
}


def class_of(account: str, say: Speech) -> str:
    """What money in the account is: its class in words."""
    return say.text(known(CLASSES, account.partition("/")[0]))


def sender_of(scope: str, platforms: Mapping[str, str], say: Speech) -> str:
    """Who sent an event: the platform's name, or which part of the office."""
    return say.text(SENDERS[scope]) if scope in SENDERS else platforms.get(scope, scope)
