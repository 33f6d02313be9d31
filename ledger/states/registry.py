"""Which struct stands under which kind of key, and how it is written."""

from __future__ import annotations

import msgspec

from ledger.states.alerts import AlertKey
from ledger.states.base import Gone, Known, State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.cases import AlertCase, Case, Sanction
from ledger.states.corrections import Approval
from ledger.states.funds import Deposit, Withdrawal
from ledger.states.loans import Bid, Loan, Repayment
from ledger.states.mutes import Mute
from ledger.states.parties import Declaration, Party
from ledger.states.platforms import Platform

__all__ = ["GONE", "KINDS", "State", "decode", "encode", "is_absent"]

KINDS: dict[str, type[State]] = {
    "platform": Platform,
    "party": Party,
    "declaration": Declaration,
    "campaign": Campaign,
    "pledge": Pledge,
    "loan": Loan,
    "bid": Bid,
    "deposit": Deposit,
    "withdrawal": Withdrawal,
    "disclosure": Known,
    "repayment": Repayment,
    "transfer": Known,
    "complaint": Known,
    "correction": Known,
    "approval": Approval,
    "alert_key": AlertKey,
    "mute": Mute,
    "case": Case,
    "alert_case": AlertCase,
    "sanction": Sanction,
}
GONE = Gone()
_GONE_TEXT = "null"  # no array: tells it from every state that is there

_encoder = msgspec.json.Encoder()
_DECODERS = {kind: msgspec.json.Decoder(struct) for kind, struct in KINDS.items()}


def encode(state: State) -> str:
    """The JSON array text of a state."""
    return _GONE_TEXT if type(state) is Gone else _encoder.encode(state).decode()


def decode(key: str, text: str) -> State:
    """The state under `key`, from its text. Raises KeyError for a kind that is not in the registry."""
    return GONE if text == _GONE_TEXT else _DECODERS[key.partition(":")[0]].decode(text)


def is_absent(state: State | None) -> bool:
    """Whether an event that names it must wait: it has not arrived, or was corrected away."""
    return state is None or type(state) is Gone
