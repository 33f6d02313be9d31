"""One need, three loans: a person owes 270,000 yuan on one platform, where 200,000 is the most (2016 measures)."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from ops.simulator import people
from ops.simulator.clockwork import Clockwork
from ops.simulator.frauds import stage
from ops.simulator.lending import Desk, Loan
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World
from ops.simulator.wallets import Wallets

EACH, LOANS, LENDERS = 90_000 * YUAN, 3, 24


def plant(rng: Random, world: World) -> Plant:
    """Three listings within three weeks, each far below the cap."""
    begin = stage.moment(world, 35, 9)
    borrower, modest = stage.newcomers(rng, "rongda", 2, "OC", begin)
    lenders = stage.newcomers(rng, "rongda", LENDERS, "OC-L", begin)
    clock = Clockwork(world.span.end)
    wallets = Wallets(rng, clock, "OC-")
    desk = Desk(rng, "rongda", clock, wallets)
    for each in lenders:
        wallets.deposit_at(each.joined + timedelta(hours=1), each, 24_000 * YUAN)
    loans = [Loan(f"OC-{n:04d}", borrower, EACH, "0.12", 6, "interest_only", sure=True) for n in range(LOANS)]
    for n, loan in enumerate(loans):
        desk.list_at(begin + timedelta(days=2 + 7 * n), loan)
    small = [Loan(f"OCD-{n:04d}", modest, 40_000 * YUAN, "0.09", 6, "interest_only", sure=True) for n in range(3)]
    for n, loan in enumerate(small):
        desk.list_at(begin + timedelta(days=5 + 8 * n), loan)
    facts = [*people.registrations([borrower, modest, *lenders]), *clock.run()]
    record = Planted(
        "borrower_over_cap",
        "P07 amount splitting of one need",
        "limits",
        (borrower.key, *(loan.key for loan in loans)),
        "自然人在同一平台借款余额 27 万元，超过 20 万元上限",
        "a natural person owes CNY 270,000 on one platform; the cap is CNY 200,000",
        begin.date(),
        world.span.last,
    )
    zh, en = "三笔小额借款合计低于上限", "three small loans, together below the cap"
    return Plant(record, facts, [Decoy("P07", (modest.key,), zh, en)])
