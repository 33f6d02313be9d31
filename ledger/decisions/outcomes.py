"""What alerts and cases have in common at their end."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ledger.casework.lists import lists
from ledger.kernel.refusals import Code, Refused


def check_reason(outcome: str, reason: str | UnsetType) -> None:
    """A false positive says why, by a code of the closed list that rules are tuned by. Raises Refused."""
    codes = lists().false_positives
    if (reason is UNSET and outcome == "false_positive") or (reason is not UNSET and reason not in codes):
        raise Refused(Code.MALFORMED, f"a false positive needs a reason code, one of {', '.join(codes)}.")
