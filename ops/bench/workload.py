"""Events for timing: a market that exists already, then pledges made and collected, as platforms send them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID

SOURCE = "platform:bench"
CAMPAIGNS = 60
INVESTORS = 4_000
EQUITY_INVESTORS = 40_000
_TIME = "2026-03-02T10:15:00+08:00"


def setting() -> list[dict[str, Any]]:
    """What must be known first: a licensed platform, issuers, investors, campaigns that stay open."""
    registry = [
        _event("registry", "bench-registered", "platform.registered",
               {"platform": "bench", "name": "Bench", "kinds": ["reward"], "jurisdiction": "CN"}),
        _event("registry", "bench-licensed", "platform.licensed", {"platform": "bench", "kinds": ["reward"]}),
    ]  # fmt: skip
    parties = [
        _event(SOURCE, f"party-{n}", "party.registered", {"party": f"U-{n}", "kind": "person", "country": "CN"})
        for n in range(INVESTORS)
    ]
    campaigns = [
        _event(SOURCE, f"campaign-{n}", "campaign.opened",
               {"campaign": f"C-{n}", "kind": "reward", "issuer": f"U-{n}", "title": f"Campaign {n}",
                "goal": 10_000_000, "currency": "CNY", "deadline": "2036-01-01", "funding": "keep_what_you_raise",
                "jurisdiction": "CN", "category": "design"})
        for n in range(CAMPAIGNS)
    ]  # fmt: skip
    return registry + parties + campaigns


def pledges(events: int, run: str, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Three pledges made, two of them collected, and so on: `events` in all. `run` keeps ids of runs apart."""
    rng = random.Random(f"{seed}/{run}")  # noqa: S311 - repeatable, not secret
    waiting: list[str] = []
    for n in range(events):
        identity = str(UUID(int=rng.getrandbits(128), version=4))
        if len(waiting) > 2 and n % 5 > 2:
            yield _event(SOURCE, identity, "pledge.collected", {"pledge": waiting.pop(0)})
            continue
        pledge = f"P-{run}-{n}"
        waiting.append(pledge)
        yield _event(SOURCE, identity, "pledge.made",
                     {"pledge": pledge, "campaign": f"C-{rng.randrange(CAMPAIGNS)}",
                      "investor": f"U-{rng.randrange(INVESTORS)}", "amount": rng.randrange(1_000, 500_000),
                      "currency": "CNY",
                      "channel": {"ip": f"{rng.getrandbits(64):016x}", "device": f"{n % 9973:x}"}})  # fmt: skip


def crowd(pledges: int) -> Iterator[dict[str, Any]]:
    """An all-or-nothing campaign with an open pledge from each of so many investors: the longest entry at its close."""
    yield _event(SOURCE, "campaign-crowd", "campaign.opened",
                 {"campaign": "crowd", "kind": "reward", "issuer": "U-0", "title": "For everybody", "goal": 10**12,
                  "currency": "CNY", "deadline": "2036-01-01", "funding": "all_or_nothing",
                  "jurisdiction": "CN"})  # fmt: skip
    for n in range(pledges):
        yield _event(SOURCE, f"party-W-{n}", "party.registered", {"party": f"W-{n}", "kind": "person"})
        yield _event(SOURCE, f"crowd-{n}", "pledge.made",
                     {"pledge": f"crowd-{n}", "campaign": "crowd", "investor": f"W-{n}", "amount": 1_000 + n % 500,
                      "currency": "CNY"})  # fmt: skip


def equity_book(events: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Offerings under limits: investors who are identified and have declared, then their pledges; `events` in all."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    yield _event("registry", "bench-registered", "platform.registered",
                 {"platform": "bench", "name": "Bench", "kinds": ["equity"], "jurisdiction": "US"})  # fmt: skip
    yield _event("registry", "bench-licensed", "platform.licensed", {"platform": "bench"})
    for n in range(EQUITY_INVESTORS):
        identity = {"scheme": "bench", "number": str(n)}
        yield _event(SOURCE, f"party-{n}", "party.registered",
                     {"party": f"E-{n}", "kind": "person", "identity": identity})  # fmt: skip
        yield _event(SOURCE, f"declared-{n}", "investor.declared",
                     {"investor": f"E-{n}", "jurisdiction": "US", "currency": "USD", "annual_income": 20_000_000,
                      "net_worth": 50_000_000})  # fmt: skip
    for n in range(CAMPAIGNS):
        yield _event(SOURCE, f"campaign-{n}", "campaign.opened",
                     {"campaign": f"E-{n}", "kind": "equity", "issuer": f"E-{n}", "title": f"Offering {n}",
                      "goal": 10_000_000, "currency": "USD", "deadline": "2036-01-01",
                      "funding": "keep_what_you_raise", "jurisdiction": "US"})  # fmt: skip
    for n in range(max(events - 2 - 2 * EQUITY_INVESTORS - CAMPAIGNS, 0)):
        yield _event(SOURCE, f"made-{n}", "pledge.made",
                     {"pledge": f"E-{n}", "campaign": f"E-{rng.randrange(CAMPAIGNS)}",
                      "investor": f"E-{rng.randrange(EQUITY_INVESTORS)}", "amount": rng.randrange(1_000, 50_000),
                      "currency": "USD"})  # fmt: skip


def close_of_crowd(outcome: str = "failed") -> dict[str, Any]:
    """What ends all of them at once."""
    return _event(SOURCE, "close-crowd", "campaign.closed", {"campaign": "crowd", "outcome": outcome})


def _event(source: str, name: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "id": name, "source": source, "type": kind, "time": _TIME, "data": data}
