"""A large book for the console: a simulated market, and as many alerts as asked for, three in ten of them closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, Final, NamedTuple

import psycopg

from api.access import REGISTRY, Role
from ledger import identity
from ledger.intake import Intake
from ledger.kernel import clock
from ledger.store import sealer
from ledger.store.appender import Appender
from ops import access_store, sealing
from ops.bench.console.crawl import Person
from ops.bench.copy_limit import SQL
from ops.due import live
from ops.settings import Settings
from ops.simulator import market
from ops.simulator.model import CST
from projections import alerts
from projections.runner import run_until
from risk import document

DAYS: Final = 200
PASSWORD: Final = "a password for the bench only"  # noqa: S105 - of a scratch database
_EVENTS_PER_SCALE: Final = 59_000
_CHUNK: Final = 1_000
_EVERY: Final = 20  # of the events that name an investor, one in so many is kept to be found suspicious
_SEVERITIES: Final = ("critical", "high", "medium", "medium", "low", "low", "low", "info")
_SYSTEM: Final = frozenset({"system"})

Say = Callable[[str], None]


class Sighting(NamedTuple):
    """An event that an alert may be about."""

    position: int
    platform: str
    data: Mapping[str, Any]


def fill(dsn: str, settings: Settings, events: int, found: int, say: Say) -> dict[Role, Person]:
    """Make the book, its views and somebody to sign in for each role."""
    last = (clock.now().astimezone(CST) - timedelta(days=1)).date()
    played = market.build(7, last, days=DAYS, scale=events / _EVENTS_PER_SCALE)
    intake = Intake(settings.secret("identity"))
    with Appender(dsn, settings.secret("vault")) as appender:
        say(f"a market of {len(played.deliveries):,} events ...")
        seen = _take_in(appender, intake, played)
        say(f"{found:,} alerts ...")
        _submit(appender, intake, _findings(seen, found, last), _SYSTEM)
        say("views ...")
        run_until(dsn, timeout_seconds=24 * 3600)
        with psycopg.connect(dsn, autocommit=True) as connection:
            closed = list(_closings(connection))
        _submit(appender, intake, closed, frozenset({REGISTRY}))
    run_until(dsn, timeout_seconds=24 * 3600)
    with psycopg.connect(dsn, autocommit=True) as connection:
        # No worker serves here, and pages lead to receipts, which need a head over their entry.
        sealer.seal(connection, sealing.signers(settings, dsn))
        connection.execute(SQL["analyze"])
        return _users(connection, played, settings)


def _take_in(appender: Appender, intake: Intake, played: market.Market) -> list[Sighting]:
    seen: list[Sighting] = []
    for start in range(0, len(played.deliveries), _CHUNK):
        part, now = played.deliveries[start : start + _CHUNK], clock.now()
        answers = appender.submit(
            [intake.decode(dict(each.event), frozenset({each.key}), now) for each in part]
        ).result()
        for number, (delivery, answer) in enumerate(zip(part, answers, strict=True)):
            data = delivery.event["data"]
            if number % _EVERY == 0 and answer.position is not None and "investor" in data:
                seen.append(Sighting(answer.position, delivery.key.partition(":")[2], data))
    return seen


def _submit(appender: Appender, intake: Intake, events: Sequence[dict[str, Any]], sources: frozenset[str]) -> None:
    now = clock.now()
    for start in range(0, len(events), _CHUNK):
        part = events[start : start + _CHUNK]
        answers = appender.submit([intake.decode(each, sources, now) for each in part]).result()
        bad = [each for each in answers if each.status != "accepted"]
        if bad:
            raise RuntimeError(f"{len(bad)} of {len(part)} events of the book were not accepted: {bad[0]}")


def _findings(seen: Sequence[Sighting], number: int, last: Any) -> list[dict[str, Any]]:
    rng = Random(7)  # noqa: S311 - the same book each time
    rules = live(document.load_all())
    made = []
    for place in range(number):
        rule, sight = rules[min(int(rng.expovariate(0.1)), len(rules) - 1)].rule, rng.choice(seen)
        day = last - timedelta(days=rng.randrange(DAYS))
        about = [f"party:{sight.platform}/{sight.data['investor']}"]
        about += [f"{kind}:{sight.platform}/{sight.data[kind]}" for kind in ("campaign", "loan") if kind in sight.data]
        data = {
            "rule": rule.id, "version": rule.version, "key": {"matter": str(place)}, "platform": sight.platform,
            "severity": rng.choice(_SEVERITIES), "score": rng.randrange(1001), "subject": about,
            "window": {"first_day": (day - timedelta(days=27)).isoformat(), "last_day": day.isoformat()},
            "figures": {"events": 1}, "params": {}, "evidence": [sight.position], "evidence_count": 1,
            "reason": {"zh": f"第 {place} 件事项", "en": f"Matter {place}"}, "shareable": place % 3 == 0,
        }  # fmt: skip
        made.append(_event(f"matter-{place}", "system", "alert.found", data))
    return made


def _closings(connection: psycopg.Connection) -> Iterator[dict[str, Any]]:
    after = None
    while page := alerts.page(connection, alerts.Filters(), after, _CHUNK):
        for number, each in enumerate(page):
            if number % 10 < 3 and each.severity != "critical":
                data = {"alert": each.id, "by": "wang", "outcome": "confirmed" if number % 10 else "justified_look"}
                yield _event(f"close-{each.id}", REGISTRY, "alert.closed", data)
        after = alerts.after_of(page[-1])


def _event(name: str, source: str, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": name, "source": source, "type": kind, "time": clock.now().isoformat(),
        "data": dict(data),
    }  # fmt: skip


def _users(connection: psycopg.Connection, played: market.Market, settings: Settings) -> dict[Role, Person]:
    """A regulator, the people of the platform that reports most, and the investor who pledges most."""
    platform = Counter(each.key for each in played.deliveries if each.key != REGISTRY).most_common(1)[0][0]
    who: dict[Role, tuple[str | None, str | None]] = {
        "regulator": (REGISTRY, None),
        "platform": (platform, None),
        "investor": (None, _busiest(played, settings)),
    }
    for role, (source, person) in who.items():
        access_store.create_user(
            connection, role=role, name=f"bench-{role}", password=PASSWORD, source=source, person=person
        )
    return {role: Person(f"bench-{role}", PASSWORD) for role in who}


def _busiest(played: market.Market, settings: Settings) -> str:
    numbers: dict[tuple[str, str], Mapping[str, str]] = {}
    pledges: Counter[tuple[str, str]] = Counter()
    for each in played.deliveries:
        kind, data = each.event["type"], each.event["data"]
        if kind == "party.registered" and "identity" in data:
            numbers[each.key, data["party"]] = data["identity"]
        elif kind in {"pledge.made", "bid.placed"}:
            pledges[each.key, data["investor"]] += 1
    known = next(numbers[who] for who, _ in pledges.most_common() if who in numbers)
    return identity.person(settings.secret("identity"), known["scheme"], known["number"])
