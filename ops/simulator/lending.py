"""Loans on the lending platforms: listed, bid for, disbursed, repaid, now and then defaulted or sold on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from ledger.kernel.money import largest_remainder
from ops.simulator import city
from ops.simulator.clockwork import Clockwork
from ops.simulator.model import CURRENCY, YUAN, Data, Fact, Party, World
from ops.simulator.wallets import ENOUGH, Wallets

RATES = ("0.068", "0.075", "0.082", "0.09", "0.105", "0.12")
TERMS = (1, 1, 2, 2, 3, 3, 6, 12)
MONTH = timedelta(days=30)
STEP = 100 * YUAN
LAPSING, DEFAULTING, SOLD_ON = 0.07, 0.05, 0.12


@dataclass
class Loan:
    """A loan and who put how much into it. Money in fen."""

    id: str
    borrower: Party
    amount: int
    rate: str
    term: int
    repayment: str
    bids: dict[str, int] = field(default_factory=dict)  # by investor
    sure: bool = False  # it neither lapses nor defaults
    left: int = 0  # principal outstanding
    paid: int = 0  # instalments

    @property
    def key(self) -> str:
        """Its key in the ledger."""
        return f"loan:{self.borrower.platform}/{self.id}"

    @property
    def wanted(self) -> int:
        """What is still to be raised."""
        return self.amount - sum(self.bids.values())

    @property
    def months(self) -> int:
        """Between two payments: a bullet loan pays once, the others every month."""
        return self.term if self.repayment == "bullet" else 1

    def interest(self) -> int:
        """Of the time since the last payment, rounded down to the fen."""
        yearly = self.left * round(float(self.rate) * 10_000) // 10_000
        return yearly * self.months // 12

    def principal(self) -> int:
        """Of the next instalment."""
        if self.months * (self.paid + 1) >= self.term:
            return self.left
        return self.amount // self.term if self.repayment == "equal_instalments" else 0


class Desk:
    """One platform's lending desk."""

    def __init__(self, rng: Random, platform: str, clock: Clockwork, wallets: Wallets) -> None:
        self._rng = rng
        self._source = f"platform:{platform}"
        self._clock = clock
        self._wallets = wallets

    def _say(self, at: datetime, kind: str, **data: object) -> None:
        self._clock.say(at, self._source, kind, **data)

    def list_at(self, at: datetime, loan: Loan) -> None:
        """Put a loan up at that moment; bids follow within its raising period of at most nine days."""
        self._clock.plan(at, lambda when: self._list(when, loan))

    def _list(self, at: datetime, loan: Loan) -> None:
        until = at + timedelta(days=self._rng.randint(4, 9))
        data: Data = {
            "loan": loan.id,
            "borrower": loan.borrower.id,
            "amount": loan.amount,
            "currency": CURRENCY,
            "annual_rate": loan.rate,
            "term_months": loan.term,
            "repayment": loan.repayment,
            "raise_until": until.isoformat(),
            "jurisdiction": "CN",
            "purpose": self._rng.choice(city.PURPOSES),
            "region": loan.borrower.district,
        }
        if loan.borrower.kind == "organisation":
            data["industry"] = self._rng.choice(city.INDUSTRIES)
        if loan.amount > 100_000 * YUAN:
            data["collateral"] = {"kind": self._rng.choice(("property", "receivable")), "value": loan.amount * 2}
        self._say(at, "loan.listed", **data)
        lapsing = not loan.sure and self._rng.random() < LAPSING
        pieces = self._rng.randint(6, 16)
        piece = max(loan.amount // pieces // STEP * STEP, STEP)
        self._bid_after(at, loan, piece, loan.amount // 2 if lapsing else 0, until - timedelta(hours=6))

        def lapse(when: datetime) -> None:
            if loan.wanted and loan.left == 0:
                self._say(when, "loan.lapsed", loan=loan.id)
                for who, amount in loan.bids.items():
                    self._wallets.free[who] += amount

        self._clock.plan(until + timedelta(minutes=5), lapse)

    def _bid_after(self, at: datetime, loan: Loan, piece: int, leave: int, deadline: datetime) -> None:
        """Plan the next bid; stop where only `leave` is wanted."""

        def bid(when: datetime) -> None:
            if loan.wanted <= leave:
                return
            if when < deadline:
                self._clock.plan(when + timedelta(minutes=self._rng.randint(4, 300)), bid)
            amount = min(loan.wanted, piece * self._rng.randint(1, 3))
            who = self._wallets.lender(amount)
            if who is not None and who not in loan.bids:
                self.bid(when, loan, who, amount)

        self._clock.plan(at + timedelta(minutes=self._rng.randint(2, 90)), bid)

    def bid(self, at: datetime, loan: Loan, who: str, amount: int) -> None:
        """One bid; the last one sets off the disbursement."""
        self._wallets.free[who] -= amount
        loan.bids[who] = amount
        self._say(at, "bid.placed", bid=self._wallets.number("G"), loan=loan.id, investor=who, amount=amount)
        if loan.wanted == 0:
            self._clock.plan(at + timedelta(hours=self._rng.randint(1, 20)), lambda when: self._disburse(when, loan))

    def _disburse(self, at: datetime, loan: Loan) -> None:
        loan.left = loan.amount
        self._say(at, "loan.disbursed", loan=loan.id)
        fee = loan.amount * loan.term // 1_000  # more on a short loan would carry it over the cap on rates
        self._say(at + timedelta(minutes=3), "fee.charged", loan=loan.id, amount=fee, payer="borrower")
        troubled = not loan.sure and loan.term > loan.months and self._rng.random() < DEFAULTING
        self._due(at + MONTH * loan.months, loan, troubled=troubled)
        if self._rng.random() < SOLD_ON:
            self._clock.plan(at + timedelta(days=self._rng.uniform(2, 25)), lambda when: self._sell(when, loan))

    def _due(self, due: datetime, loan: Loan, *, troubled: bool) -> None:
        """Most pay on the day or the day before; some are late; a troubled one stops after the first instalment."""
        if troubled and loan.paid:
            self._clock.plan(due + timedelta(days=15), lambda when: self._default(when, loan))
            return
        late = self._rng.random() < 0.06
        delay = timedelta(days=self._rng.randint(1, 9)) if late else -timedelta(hours=self._rng.randint(0, 30))

        def pay(when: datetime) -> None:
            self.repay(when, loan)
            if loan.left:
                self._due(due + MONTH, loan, troubled=troubled)

        self._clock.plan(due + delay, pay)

    def repay(self, at: datetime, loan: Loan) -> None:
        """One instalment, shared over those who hold the loan."""
        principal, interest = loan.principal(), loan.interest()
        paid = {"loan": loan.id, "principal": principal, "interest": interest, "channel": dict(loan.borrower.channel)}
        self._say(at, "repayment.received", repayment=self._wallets.number("H"), **paid)
        for who, share in largest_remainder(principal + interest, loan.bids).items():
            self._wallets.free[who] += max(share - 1, 0)  # the ledger may place the odd fen elsewhere
        loan.left -= principal
        loan.paid += 1
        if loan.left == 0:
            self._say(at + timedelta(seconds=40), "loan.settled", loan=loan.id)

    def _default(self, at: datetime, loan: Loan) -> None:
        self._say(at, "loan.defaulted", loan=loan.id)
        if self._rng.random() < 0.5:
            lost = at + timedelta(days=self._rng.randint(5, 20))
            self._clock.plan(lost, lambda when: self._say(when, "loan.written_off", loan=loan.id, amount=loan.left))

    def _sell(self, at: datetime, loan: Loan) -> None:
        """A holder sells a third of a claim at a small discount to somebody with free money."""
        seller = self._rng.choice(sorted(loan.bids))
        principal = loan.bids[seller] // 3 // STEP * STEP
        buyer = self._wallets.lender(max(principal, ENOUGH))
        if loan.paid or principal == 0 or buyer is None or buyer == seller:
            return
        price = principal * self._rng.randint(96, 100) // 100
        moved = {"seller": seller, "buyer": buyer, "principal": principal, "price": price}
        self._say(at, "claim.transferred", loan=loan.id, **moved)
        loan.bids[seller] -= principal
        loan.bids[buyer] = loan.bids.get(buyer, 0) + principal
        self._wallets.free[buyer] -= price
        self._wallets.free[seller] += price


def facts(rng: Random, world: World) -> list[Fact]:
    """Everything of all lending platforms."""
    told: list[Fact] = []
    for platform in city.PLATFORMS:
        if platform.loans:
            told += _platform(rng, world, platform)
    return told


def _platform(rng: Random, world: World, platform: city.Platform) -> list[Fact]:
    clock = Clockwork(world.span.end)
    wallets = Wallets(rng, clock)
    wallets.open(world, world.investors[platform.id].members)
    desk = Desk(rng, platform.id, clock, wallets)
    borrowers = world.owners[platform.id]
    for n in range(min(world.count(platform.loans), len(borrowers))):
        borrower = borrowers[n]
        person = borrower.kind == "person"
        size = rng.randint(10, 120) if person else rng.randint(80, 300)
        term = rng.choice(TERMS)
        repayment = rng.choice(("equal_instalments", "interest_only", "bullet"))
        loan = Loan(f"L-{n:04d}", borrower, size * 1_000 * YUAN, rng.choice(RATES), term, repayment)
        at = world.span.at(2 + rng.uniform(0, (world.span.days - 4) * platform.listing / 90))
        desk.list_at(at, loan)
    return clock.run()
