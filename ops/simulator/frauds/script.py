"""What a fraud, or its innocent look-alike, does on one platform, told act by act in terms of the ledger's events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from ops.simulator import people
from ops.simulator.city import PAYMENTS
from ops.simulator.model import CURRENCY, YUAN, Data, Fact, Party, World

STEP = 100 * YUAN
HOUR, DAY, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=30)


@dataclass
class Lent:
    """A loan that was paid out, money in fen. `bids` is what each lender put in, by id."""

    id: str
    borrower: Party
    amount: int
    rate: float
    began: datetime
    bids: dict[str, int]
    left: int

    @property
    def key(self) -> str:
        """Its key in the ledger."""
        return f"loan:{self.borrower.platform}/{self.id}"

    def interest(self, months: int = 1) -> int:
        """Of some months on what is left."""
        return round(self.left * self.rate * months / 12)


class Script:
    """The acts on one platform. Ids begin with `prefix`, which nobody else has; parties are registered as they come."""

    def __init__(self, rng: Random, world: World, platform: str, prefix: str) -> None:
        self.rng = rng
        self.world = world
        self.platform = platform
        self.prefix = prefix
        self.facts: list[Fact] = []
        self._numbers: Counter[str] = Counter()
        self._accounts: dict[str, Party] = {}  # at the payment firm, by identity number

    @property
    def source(self) -> str:
        """The source of its events."""
        return f"platform:{self.platform}"

    def say(self, at: datetime, kind: str, **data: object) -> None:
        """Any event of this platform."""
        self.facts.append(Fact(at.replace(microsecond=0), self.source, kind, data))

    def number(self, kind: str) -> str:
        """The next id of a kind."""
        self._numbers[kind] += 1
        return f"{self.prefix}-{kind}{self._numbers[kind]:03d}"

    # -- people

    def register(self, party: Party) -> Party:
        """Whoever joins: a registration, and who it is."""
        self.facts.append(people.registered(party))
        return party

    def person(self, joined: datetime, channel: Mapping[str, str] | None = None) -> Party:
        """A person; `channel` has what she shares with others (device, ip, payment)."""
        self._numbers["person"] += 1
        made = people.person(
            self.rng, self._numbers["person"], joined.replace(microsecond=0), self.prefix, self.platform
        )
        return self.register(replace(made, channel={**made.channel, **(channel or {})}))

    def persons(self, number: int, joined: datetime, channel: Mapping[str, str] | None = None) -> list[Party]:
        """Several, minutes apart."""
        return [self.person(joined + timedelta(minutes=7 * n, seconds=self.rng.randint(1, 300)), channel)
                for n in range(number)]  # fmt: skip

    def firm(self, joined: datetime) -> Party:
        """An organisation."""
        self._numbers["firm"] += 1
        joined = joined.replace(microsecond=0)
        return self.register(people.firm(self.rng, self._numbers["firm"], self.platform, joined, f"{self.prefix}-E"))

    def join(self, party: Party, joined: datetime) -> Party:
        """Somebody of another platform opens an account here, under the same identity."""
        return self.register(party.on(self.platform, joined.replace(microsecond=0)))

    def relate(self, at: datetime, party: Party, to: Party, relation: str, share: str | None = None) -> None:
        """Who is what to whom."""
        data: Data = {"party": party.id, "to": to.id, "relation": relation}
        self.say(at, "party.related", **data, **({"share": share} if share else {}))

    # -- money that waits

    def deposit(self, at: datetime, who: Party, amount: int) -> None:
        """Money comes in."""
        paid = {"investor": who.id, "amount": amount, "currency": CURRENCY, "channel": dict(who.channel)}
        self.say(at, "deposit.received", deposit=self.number("T"), **paid)

    def withdraw(self, at: datetime, who: Party, amount: int, hours: float = 20, refused: str = "") -> str:
        """Money is asked for, and paid or `refused` (a reason) some hours later."""
        asked = self.number("W")
        self.say(at, "withdrawal.requested", withdrawal=asked, investor=who.id, amount=amount, currency=CURRENCY)
        after = at + timedelta(hours=hours)
        if refused:
            self.say(after, "withdrawal.rejected", withdrawal=asked, reason=refused)
        else:
            self.say(after, "withdrawal.paid", withdrawal=asked)
        return asked

    # -- loans

    def lend(
        self,
        at: datetime,
        borrower: Party,
        amount: int,
        lenders: Sequence[Party],
        *,
        rate: str = "0.09",
        months: int = 3,
        fund: bool = True,
        fills_in: float = 600,
        **more: object,
    ) -> Lent:
        """List a loan, let `lenders` bid equal parts within `fills_in` minutes, pay it out hours later.

        With `fund` each of them pays in what it bids; without, the money must be there already.
        """
        name = self.number("L")
        terms: Data = {"annual_rate": rate, "term_months": months, "repayment": "interest_only", "purpose": "流动资金"}
        until = (at + timedelta(minutes=fills_in) + 3 * DAY).replace(microsecond=0).isoformat()
        about = {"borrower": borrower.id, "amount": amount, "currency": CURRENCY, "region": borrower.district}
        self.say(at, "loan.listed", loan=name, **about, raise_until=until, jurisdiction="CN", **{**terms, **more})
        bids = _parts(amount, lenders)
        moments = sorted(self.rng.uniform(0.2, fills_in) for _ in bids)
        for (who, part), minutes in zip(bids, moments, strict=True):
            if fund:
                self.deposit(at - timedelta(minutes=self.rng.randint(10, 90)), who, part)
            bid_at = at + timedelta(minutes=minutes)
            self.say(bid_at, "bid.placed", bid=self.number("G"), loan=name, investor=who.id, amount=part)
        began = (at + timedelta(minutes=moments[-1]) + HOUR * self.rng.uniform(1, 9)).replace(microsecond=0)
        self.say(began, "loan.disbursed", loan=name)
        return Lent(name, borrower, amount, float(rate), began, {who.id: part for who, part in bids}, amount)

    def repay(
        self,
        at: datetime,
        loan: Lent,
        principal: int,
        interest: int | None = None,
        payer: Party | None = None,
        channel: Mapping[str, str] | None = None,
    ) -> None:
        """The borrower pays, or somebody in his place; a month's interest where none is said."""
        paid: Data = {
            "loan": loan.id,
            "principal": principal,
            "interest": loan.interest() if interest is None else interest,
        }
        if payer is not None:
            paid["payer"] = payer.id
        paid["channel"] = dict(channel or (payer or loan.borrower).channel)
        self.say(at, "repayment.received", repayment=self.number("H"), **paid)
        loan.left -= principal
        if loan.left == 0:
            self.say(at + timedelta(seconds=40), "loan.settled", loan=loan.id)

    def repay_on_time(self, loan: Lent, months: int, payer: Party | None = None) -> None:
        """Interest every month, hours before it is due, and the whole principal with the last."""
        for month in range(1, months + 1):
            at = loan.began + MONTH * month - HOUR * self.rng.randint(2, 30)
            self.repay(at, loan, loan.left if month == months else 0, payer=payer)

    def sell(self, at: datetime, loan: Lent, seller: Party, buyer: Party, principal: int, price: str = "1") -> None:
        """A part of a claim changes hands; the price is per unit."""
        sold = {"seller": seller.id, "buyer": buyer.id, "principal": principal, "price": price}
        self.say(at, "claim.transferred", loan=loan.id, **sold)

    # -- the payment firm

    def account(self, who: Party, at: datetime) -> Party:
        """Somebody's account at the payment firm, opened where there is none."""
        if who.number not in self._accounts:
            made = who.on(PAYMENTS.id, at.replace(microsecond=0))
            made = replace(made, id=f"{self.prefix}-{who.platform}-{who.id}" if who.platform != PAYMENTS.id else who.id)
            self._accounts[who.number] = self.register(made)
        return self._accounts[who.number]

    def transfer(self, at: datetime, payer: Party, payee: Party, amount: int) -> None:
        """Money moves between two accounts at the payment firm."""
        data: Data = {"transfer": self.number("X"), "payer": payer.id, "payee": payee.id, "amount": amount}
        data |= {"currency": CURRENCY, "channel": dict(payer.channel)}
        self.facts.append(Fact(at.replace(microsecond=0), PAYMENTS.source, "transfer.reported", data))


def _parts(amount: int, lenders: Sequence[Party]) -> list[tuple[Party, int]]:
    """Equal parts in whole hundreds of yuan; the first one takes the rest."""
    part = amount // len(lenders) // STEP * STEP
    return [(who, part if n else amount - part * (len(lenders) - 1)) for n, who in enumerate(lenders)]
