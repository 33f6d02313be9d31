"""Worked examples of reward platforms' terms."""

from __future__ import annotations

from typing import Any, Final

from ledger.rulebook.clocks import keeps_day
from ledger.rulebook.model import Clock, Duty
from ops.rulebooks.facts import Facts, day, whole

Answer = dict[str, Any]
NOTHING_DELIVERED_MONTHS: Final = 12


def retry(facts: Facts) -> Answer:
    """A failed payment can be repaired for seven days."""
    clock = facts.rule(Clock, "reward.ks.retry")
    deadline = day(facts.get("deadline"))
    state = facts.over("fixed_on", lambda text: "collected" if keeps_day(clock, deadline, day(text)) else "dropped")
    return {"state": state}


def all_or_nothing(facts: Facts) -> Answer:
    """Charged only if the goal is met at the deadline."""
    facts.rule(Duty, "reward.ks.aon")
    pledged = facts.money("pledged_at_deadline")
    met = pledged >= facts.money("goal")
    return {"charged": whole(pledged) if met else 0, "state": "successful" if met else "unsuccessful"}


def shortfall(facts: Facts) -> Answer:
    """A goal that was met stays met, whatever is dropped afterwards."""
    facts.rule(Duty, "reward.ks.shortfall")
    if facts.money("pledged") < facts.money("goal"):
        return {"state": "unsuccessful", "paid": "0", "creator_still_liable": False}
    collected = whole(facts.money("collected_after_7d"))
    return {"state": "successful", "paid": f"{collected:,} less fees", "creator_still_liable": True}


def misuse(facts: Facts) -> Answer:
    """Funded, and a year later nothing was delivered."""
    funded = facts.money("raised") >= facts.money("goal")
    silent = not facts.inputs.get("delivered") and facts.get("months_since_close") >= NOTHING_DELIVERED_MONTHS
    return {"alert": "non-delivery + misuse of funds typology" if funded and silent else None}


EXAMPLES = {
    "reward.ks.retry": retry,
    "reward.all_or_nothing": all_or_nothing,
    "reward.shortfall_after_drops": shortfall,
    "reward.misuse": misuse,
}
