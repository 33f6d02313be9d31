"""The life of any campaign: opened, pledged to, closed, paid out or refunded. Kinds differ only in their plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from ops.simulator.model import CURRENCY, Data, Fact, Party, World


@dataclass(frozen=True)
class Plan:
    """What a campaign sets out to do. Money in fen."""

    platform: str
    id: str
    kind: str
    issuer: Party
    title: str
    goal: int
    opened: datetime
    deadline: datetime
    funding: str = "all_or_nothing"
    minimum: int = 0
    cap: int | None = None
    fee_bp: int = 500
    topic: Mapping[str, str] = field(default_factory=dict)  # category, industry
    delivers: bool = False
    collect_after: tuple[int, int] = (15, 180)  # seconds from pledge to money in escrow
    called_off: datetime | None = None

    @property
    def source(self) -> str:
        """The source of its events."""
        return f"platform:{self.platform}"

    @property
    def key(self) -> str:
        """Its key in the ledger."""
        return f"campaign:{self.platform}/{self.id}"

    @property
    def end(self) -> datetime:
        """When it takes no more pledges."""
        return self.called_off or self.deadline

    @property
    def length(self) -> timedelta:
        """From opening to deadline."""
        return self.deadline - self.opened

    def fact(self, at: datetime, kind: str, **data: object) -> Fact:
        """A fact of this campaign's platform."""
        return Fact(at, self.source, kind, data)


RETRIED = 0.02  # of the pledges that are paid: the first attempt to collect fails


@dataclass(frozen=True)
class Backing:
    """One intended pledge. `fate` is collected, cancelled, unpaid (collection fails) or regretted (refunded)."""

    at: datetime
    investor: Party
    amount: int
    fate: str = "collected"


@dataclass(frozen=True)
class Collected:
    """A pledge whose money lies in escrow."""

    id: str
    at: datetime
    amount: int


def arrivals(rng: Random, plan: Plan, number: int) -> list[datetime]:
    """Moments of pledges: many at the start, many before the deadline, few between, as real campaigns show."""
    shares = []
    for _ in range(number):
        kind = rng.random()
        if kind < 0.4:
            share = min(rng.expovariate(8), 0.99)
        elif kind < 0.65:
            share = 1 - min(rng.expovariate(10), 0.99)
        else:
            share = rng.random()
        shares.append(share)
    moments = (plan.opened + plan.length * share for share in shares)
    return sorted(_awake(rng, moment, plan) for moment in moments)


def _awake(rng: Random, moment: datetime, plan: Plan) -> datetime:
    """Few people pledge between one and seven at night: most of those wait for the day."""
    if 1 <= moment.hour < 7 and rng.random() < 0.8:
        moment = moment.replace(hour=rng.randint(8, 23))
    latest = plan.deadline - timedelta(minutes=15)
    return min(max(moment, plan.opened + timedelta(seconds=30)), latest).replace(microsecond=0)


def fate(rng: Random) -> str:
    """What becomes of an honest pledge."""
    return rng.choices(("collected", "cancelled", "unpaid", "regretted"), (93, 3, 2, 2))[0]


def backings(rng: Random, world: World, plan: Plan, number: int, tiers: Sequence[int]) -> list[Backing]:
    """Honest pledges: investors who have joined by then, amounts from the campaign's tiers, the cheap ones oftenest."""
    weights = [1 / (n + 1) for n in range(len(tiers))]
    crowd = world.investors[plan.platform]
    made = []
    for moment in arrivals(rng, plan, number):
        investor = crowd.pick(rng, moment)
        at = max(moment, investor.joined + timedelta(minutes=2))
        if at < plan.deadline - timedelta(minutes=10):
            made.append(Backing(at, investor, rng.choices(tiers, weights)[0], fate(rng)))
    return made


def life(rng: Random, plan: Plan, backers: Iterable[Backing]) -> Iterator[Fact]:
    """All facts of one campaign, whether or not the simulated days last that long."""
    yield _opened(plan)
    in_escrow: list[Collected] = []
    unpaid: list[str] = []
    pledged = 0
    for number, backing in enumerate(sorted(backers, key=lambda each: each.at)):
        if backing.at >= plan.end - timedelta(minutes=5) or (plan.cap and pledged + backing.amount > plan.cap):
            continue
        pledged += backing.amount
        pledge = f"{plan.id}-P{number:04d}"
        if backing.fate == "unpaid":
            unpaid.append(pledge)
        yield from _pledge(rng, plan, pledge, backing, in_escrow)
    yield from _closing(rng, plan, in_escrow, unpaid)


def _opened(plan: Plan) -> Fact:
    data: Data = {
        "campaign": plan.id,
        "kind": plan.kind,
        "issuer": plan.issuer.id,
        "title": plan.title,
        "goal": plan.goal,
        "currency": CURRENCY,
        "deadline": plan.deadline.isoformat(),
        "funding": plan.funding,
        "jurisdiction": "CN",
        "region": plan.issuer.district,
        **plan.topic,
    }
    if plan.minimum:
        data["minimum"] = plan.minimum
    if plan.cap:
        data["cap"] = plan.cap
    return Fact(plan.opened, plan.source, "campaign.opened", data)


def _pledge(rng: Random, plan: Plan, pledge: str, backing: Backing, in_escrow: list[Collected]) -> Iterator[Fact]:
    """One pledge and its fate; what is collected and stays is added to `in_escrow`."""
    made = {"pledge": pledge, "campaign": plan.id, "investor": backing.investor.id, "amount": backing.amount}
    channel = {"channel": dict(backing.investor.channel)} if backing.investor.channel else {}
    yield plan.fact(backing.at, "pledge.made", **made, currency=CURRENCY, **channel)
    latest = plan.end - timedelta(minutes=1)
    if backing.fate == "unpaid":
        yield from _attempts(plan, pledge, backing.at, min(backing.at + timedelta(days=2), latest))
        return
    if backing.fate == "cancelled":
        at = min(backing.at + timedelta(minutes=rng.randint(3, 1_500)), latest)
        yield plan.fact(at, "pledge.cancelled", pledge=pledge, reason="investor")
        return
    at = min(backing.at + timedelta(seconds=rng.randint(*plan.collect_after)), latest)
    if Random(pledge).random() < RETRIED:
        yield from _attempts(plan, pledge, backing.at, at)
    yield plan.fact(at, "pledge.collected", pledge=pledge)
    if backing.fate == "regretted":
        back = min(at + timedelta(hours=rng.randint(2, 120)), latest)
        yield plan.fact(max(back, at), "pledge.refunded", pledge=pledge, amount=backing.amount)
        return
    in_escrow.append(Collected(pledge, at, backing.amount))


def _attempts(plan: Plan, pledge: str, made: datetime, until: datetime) -> Iterator[Fact]:
    """The collection fails half way, and is tried again at the end."""
    at = (made + (until - made) / 2).replace(microsecond=0)
    if made < at < until:
        yield plan.fact(
            at, "pledge.collection_failed", pledge=pledge, reason="card declined", retry_at=until.isoformat()
        )


def _closing(rng: Random, plan: Plan, in_escrow: Sequence[Collected], unpaid: Sequence[str]) -> Iterator[Fact]:
    """The end. What was never paid is dropped after a success; a failure ends it by itself, with all that is open."""
    raised = sum(each.amount for each in in_escrow)
    enough = raised >= plan.goal or (plan.funding == "keep_what_you_raise" and raised > 0)
    outcome = "cancelled" if plan.called_off else "succeeded" if enough else "failed"
    closed = plan.end + timedelta(minutes=rng.randint(2, 30))
    yield plan.fact(closed, "campaign.closed", campaign=plan.id, outcome=outcome)
    if outcome == "succeeded":
        for pledge in unpaid:
            yield plan.fact(closed + timedelta(seconds=30), "pledge.cancelled", pledge=pledge, reason="unpaid")
        yield from _paid_out(rng, plan, raised, closed)
        return
    for each in in_escrow:
        at = closed + timedelta(minutes=rng.randint(30, 3 * 24 * 60))
        yield plan.fact(at, "pledge.refunded", pledge=each.id, amount=each.amount)


def _paid_out(rng: Random, plan: Plan, raised: int, closed: datetime) -> Iterator[Fact]:
    """The fee, then the rest in one to three tranches; a reward campaign delivers in steps after that."""
    fee = raised * plan.fee_bp // 10_000
    at = closed + timedelta(hours=rng.randint(2, 30))
    if fee:
        yield plan.fact(at, "fee.charged", campaign=plan.id, amount=fee, payer="issuer")
    left = raised - fee
    tranches = rng.choice((1, 1, 2, 3))
    for n in range(tranches):
        at += timedelta(hours=rng.randint(3, 60))
        amount = left if n == tranches - 1 else left // 2
        left -= amount
        if amount:
            yield plan.fact(at, "funds.released", campaign=plan.id, amount=amount)
    if plan.delivers:
        for share in rng.choice((("1",), ("0.4", "1"), ("0.25", "0.6", "0.95"))):
            at += timedelta(days=rng.randint(4, 20))
            yield plan.fact(at, "campaign.delivered", campaign=plan.id, share=share)
