"""Money that waits on a lending platform: deposits in, withdrawals out, and what is free to lend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import log
from random import Random

from ops.simulator.clockwork import Clockwork
from ops.simulator.model import CURRENCY, YUAN, Party, World

FIRST, FURTHER = 24_000, 8_000  # yuan, the usual deposit
ROUND = 0.3  # of the deposits are round sums; the others are what somebody had left
ENOUGH = 1_000 * YUAN


class Wallets:
    """Free money by investor. What is promised to a loan is not free; what comes back is, from that moment."""

    def __init__(self, rng: Random, clock: Clockwork, prefix: str = "") -> None:
        self.free: defaultdict[str, int] = defaultdict(int)
        self.owners: dict[str, Party] = {}
        self._rng = rng
        self._clock = clock
        self._prefix = prefix  # keeps the ids of a planted fraud apart from everybody else's
        self._numbers: defaultdict[str, int] = defaultdict(int)

    def number(self, kind: str) -> str:
        """The next id of a kind."""
        self._numbers[kind] += 1
        return f"{self._prefix}{kind}-{self._numbers[kind]:05d}"

    def open(self, world: World, members: Sequence[Party]) -> None:
        """Plan everybody's deposits and withdrawals."""
        for member in members:
            self.owners[member.id] = member
            first = member.joined + timedelta(minutes=self._rng.randint(5, 2_000))
            self.deposit_at(first, member, self._sum(FIRST))
            at = first
            while (at := at + timedelta(days=self._rng.expovariate(1 / 22))) < world.span.end:
                self.deposit_at(at, member, self._sum(FURTHER))
            at = first + timedelta(days=5)
            while (at := at + timedelta(days=self._rng.expovariate(1 / 45))) < world.span.end:
                self._withdraw_at(at, member)

    def _sum(self, usual: int) -> int:
        """A deposit in fen, spread over two orders of magnitude as people's savings are."""
        yuan = self._rng.lognormvariate(log(usual), 0.9)
        step = 1_000 if self._rng.random() < ROUND else 10
        return max(round(yuan / step), 1) * step * YUAN

    def lender(self, least: int) -> str | None:
        """Somebody with free money, None where a few tries find nobody."""
        known = list(self.owners)
        for _ in range(30):
            who = self._rng.choice(known)
            if self.free[who] >= least:
                return who
        return None

    def deposit_at(self, at: datetime, who: Party, amount: int) -> None:
        """Money will arrive at that moment."""

        def deposit(when: datetime) -> None:
            self._deposit(when, who, amount)

        self._clock.plan(at, deposit)

    def _withdraw_at(self, at: datetime, who: Party) -> None:
        def withdraw(when: datetime) -> None:
            self._withdraw(when, who)

        self._clock.plan(at, withdraw)

    def _deposit(self, at: datetime, who: Party, amount: int) -> None:
        self.owners.setdefault(who.id, who)
        self.free[who.id] += amount
        self._clock.say(
            at,
            who.source,
            "deposit.received",
            deposit=self.number("T"),
            investor=who.id,
            amount=amount,
            currency=CURRENCY,
            channel=dict(who.channel),
        )

    def _withdraw(self, at: datetime, who: Party) -> None:
        """Ask for about half of what is free; it is paid within two days, or now and then rejected."""
        amount = self.free[who.id] // 2 // (100 * YUAN) * (100 * YUAN)
        if amount < ENOUGH:
            return
        self.free[who.id] -= amount
        asked = self.number("W")
        data = {"withdrawal": asked, "investor": who.id, "amount": amount, "currency": CURRENCY}
        self._clock.say(at, who.source, "withdrawal.requested", **data)
        rejected = self._rng.random() < 0.04

        def settle(when: datetime) -> None:
            if rejected:
                self.free[who.id] += amount
                self._clock.say(when, who.source, "withdrawal.rejected", withdrawal=asked, reason="账户信息不符")
            else:
                self._clock.say(when, who.source, "withdrawal.paid", withdrawal=asked)

        self._clock.plan(at + timedelta(hours=self._rng.randint(2, 44)), settle)
