"""The custodian's statements: every day or every week what a platform's account held at midnight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from ops.simulator import city
from ops.simulator.books import Books
from ops.simulator.model import CURRENCY, Fact, World

Statement = Callable[[str, date, int], int]  # (platform, day, truth) -> what is reported


def facts(world: World, told: Sequence[Fact], statement: Statement, banks: Mapping[str, datetime]) -> Iterator[Fact]:
    """Statements over `told`, which is in time order. Midnight's balance is reported half an hour later.

    `banks` says since when a platform has its money with another bank.
    """
    books, posted = Books(), 0
    for n in range(1 - max(each.known for each in city.PLATFORMS), world.span.days):
        midnight = world.span.at(n)
        while posted < len(told) and told[posted].at < midnight:
            books.post(told[posted])
            posted += 1
        day = world.span.first + timedelta(days=n - 1)
        for platform in city.PLATFORMS:
            if n > -platform.known and n % platform.custody == 0:
                moved_at = banks.get(platform.id, world.span.end)
                balances = [statement(platform.id, day, books.held[platform.source])]
                if midnight >= moved_at:
                    balances.insert(0, 0)
                for account, balance in enumerate(balances, start=1):
                    if balance or account == len(balances) or midnight - moved_at < timedelta(days=1):
                        yield _statement(midnight + timedelta(minutes=30), platform, account, balance, day)


def _statement(at: datetime, platform: city.Platform, account: int, balance: int, day: date) -> Fact:
    """One account's; an account that was left is reported empty once."""
    name = f"{platform.id}-custody-{account}"
    data = {"account": name, "balance": balance, "currency": CURRENCY, "as_of": day.isoformat()}
    return Fact(at, platform.source, "custody.reported", data)
