"""Clerks' mistakes: a deposit with a wrong amount, taken back minutes later, then reported as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from ops.simulator.model import YUAN, Fact

SHARE = 0.006  # of the deposits


def facts(rng: Random, told: Sequence[Fact]) -> Iterator[Fact]:
    """For some deposits a wrong one just before, and its correction; the right one stands as the replacement."""
    for fact in told:
        if fact.type != "deposit.received" or rng.random() >= SHARE:
            continue
        slip = {**fact.data, "deposit": fact.data["deposit"] + "x", "amount": fact.data["amount"] + 900 * YUAN}
        wrong = Fact(fact.at - timedelta(seconds=95), fact.source, fact.type, slip)
        yield wrong
        reason = {"corrects": wrong.id, "reason": "录入金额有误"}
        yield Fact(fact.at - timedelta(seconds=40), fact.source, "event.corrected", reason)
