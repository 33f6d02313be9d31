"""What the stories of a run reached: a test that can't reach a branch can't fail there."""

from __future__ import annotations

from collections import Counter

from ledger.kernel.refusals import Code
from tests.ledger.machine import table
from tests.ledger.machine.memory import Memory, Told

# Types that move no money themselves but decide whether money may move.
_TURNS = frozenset({
    "campaign.opened", "campaign.amended", "campaign.closed", "campaign.delivered", "pledge.collection_failed",
    "loan.listed", "bid.placed", "bid.withdrawn", "loan.lapsed", "loan.restructured", "loan.defaulted",
    "guarantee.declared", "withdrawal.requested", "withdrawal.rejected", "platform.suspended", "party.registered",
    "correction.approved", "correction.rejected",
})  # fmt: skip
LEAST_SHARE = 0.02  # of the stories, for each type
_MANY = 1_000  # stories, in which every refusal has to have been given

# Refusals that have nothing to do with the order and size of money events: tested where they are given.
_ELSEWHERE = frozenset({
    Code.MALFORMED, Code.UNKNOWN_TYPE, Code.SOURCE_NOT_YOURS, Code.TIME_IN_FUTURE, Code.PLATFORM_NOT_REGISTERED,
    Code.LIMIT_EXCEEDED, Code.ALERT_NOT_OPEN, Code.NOTHING_NEW, Code.PARTY_UNKNOWN, Code.ALREADY_ERASED,
    Code.MUTE_NOT_OPEN, Code.CASE_NOT_OPEN, Code.ALERT_IN_CASE, Code.REFERRAL_OPEN, Code.SANCTION_NOT_OPEN,
})  # fmt: skip


class Reach:
    """Counts, over stories, which types were accepted and how events ended."""

    def __init__(self) -> None:
        self.stories = 0
        self.types: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()

    def add(self, memory: Memory, ends: list[Told]) -> None:
        """One story more."""
        self.stories += 1
        self.types.update({entry.candidate.type for entry in memory.log})
        all_ends = [*ends, *memory.woken.values()]
        self.ends.update({told.code or told.status for told in all_ends})
        self.ends.update({f"woken {told.status}" for told in memory.woken.values()})

    def must_cover(self) -> None:
        """Fail where a type was accepted too seldom, or a refusal was never given."""
        wanted = _TURNS | table.rules().keys()
        shares = {type: self.types[type] / self.stories for type in wanted}
        rare = {type: share for type, share in shares.items() if share < LEAST_SHARE}
        assert not rare, f"accepted in too few of {self.stories} stories: {rare}"
        ends = {"accepted", "duplicate", "parked", "woken accepted", *(set(Code) - _ELSEWHERE)}
        if self.stories < _MANY:
            return
        never = sorted(end for end in ends if not self.ends[end])
        assert not never, f"never seen in {self.stories} stories: {never}"

    def __str__(self) -> str:
        shares = [f"{name} {100 * n // self.stories} %" for name, n in (self.types + self.ends).most_common()]
        return f"{self.stories} stories: " + ", ".join(shares)
