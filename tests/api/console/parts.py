"""Services over a world in memory: real events and decisions, the real fold of alerts, made-up users, no database."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from api.access import AccessSecrets
from api.account import Accounts
from api.desk import Overview
from api.door_store import DoorStore
from api.entrance import Entrance
from api.facts import AsOf, Read
from api.gate import Gate
from api.logged import Head, Health, Waiting
from api.look import Look
from api.money_flow import MoneyFlow
from api.readiness import Readiness, ViewStanding
from api.scorecards import SEVERITIES, Held, Listed, PlatformHistory, Registered
from api.services import Reads, Scorecard, Services
from ledger.candidate import Answer, Candidate, Rejected
from ledger.events.platforms import PlatformRegistered
from ledger.kernel.refusals import Refused
from ledger.recorded import Recorded
from ledger.store.reading import ParkedEvent, Refusal
from ledger.store.tree import KnownKey
from projections import alerts as view
from projections import tallies
from tests.api.console.rulebook import RULES
from tests.api.console.users import Users
from tests.ledger.given import INTAKE, Event, World
from tests.ledger.receipts import LOG_KEYS

ROOT = base64.b64encode(b"the root of a tree of hashes  ..").decode()
NOW = datetime(2026, 9, 14, 4, 30, tzinfo=UTC)


HEALTH = Health([], [], [Head(1, NOW)], [], Waiting(0, False, [], [], []), [], [])


@dataclass
class City:
    """What the console is given, and what a test may change behind its back."""

    world: World
    custody: dict[str, list[Held]]
    parked: list[ParkedEvent] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def alerts(self) -> list[view.Alert]:
        """As they stand, in the order of the queue."""
        return sorted(self._fold()[0], key=lambda each: (-each.severity_rank, -each.score, each.id))

    def alerts_in_turn(self) -> list[view.Alert]:
        """As they stand, in the order in which they were found."""
        return sorted(self._fold()[0], key=lambda each: each.found_position)

    def found(self, filters: view.Filters) -> list[view.Alert]:
        return [each for each in self.alerts() if _fits(each, filters)]

    def alert(self, name: str) -> tuple[view.Alert, list[view.Step]] | None:
        alerts, steps = self._fold()
        found = next((each for each in alerts if each.id == name), None)
        return None if found is None else (found, [step for owner, step in steps if owner == name])

    def record(self, item: Candidate | Rejected) -> Answer:
        assert isinstance(item, Candidate), item
        try:
            self.world.send(_event(item))
        except Refused as refused:
            return Answer(item.id, "refused", code=refused.code, detail=refused.detail)
        return Answer(item.id, "accepted", len(self.world.events))

    def platforms(self) -> list[Registered]:
        found = [each for each in self.world.events.values() if isinstance(each.data, PlatformRegistered)]
        return sorted(map(self._platform, found))

    def scorecard(self, name: str) -> Scorecard:
        unsettled = [each for each in self.alerts() if each.platform == name and each.status != "closed"]
        return Scorecard(self.custody.get(name, []), len(unsettled), 2, 5, None, None)

    def listed(self) -> list[Listed]:
        """As the office lists them: those with the most severe open alerts first."""
        found = []
        for each in self.platforms():
            own = [alert.severity for alert in self.alerts() if alert.platform == each.id and alert.status != "closed"]
            found.append(Listed(each, {code: own.count(code) for code in SEVERITIES}, self.custody.get(each.id, [])))
        return sorted(found, key=lambda each: [-count for count in each.place[:5]])

    def _platform(self, registered: Recorded) -> Registered:
        data = cast("PlatformRegistered", registered.data)
        own = [each for each in self.world.events.values() if each.scope == data.platform]
        last = own[-1] if own else None
        return Registered(
            data.platform, data.name, list(data.kinds), "licensed", "CN", "滨江区", "众监许字〔2025〕12 号", None,
            registered.happened_at, len(own), last and last.happened_at, last and last.recorded_at,
        )  # fmt: skip

    def _fold(self) -> tuple[list[view.Alert], list[tuple[str, view.Step]]]:
        fold = view._Fold(cast("Any", _NoRows()), [])
        steps = [step for each in self.world.events.values() if each.type in view.TYPES for step in fold.take(each)]
        return list(fold.alerts.values()), [(step[1], view.Step(step[0], *step[2:])) for step in steps]


def services(city: City, now: datetime = NOW) -> Services:
    """Only what the console itself uses; the rest fails loudly."""

    def read(value: Any) -> Read[Any]:
        return Read(value, AsOf(len(city.world.events), 0.24))

    reads = {
        "alerts": lambda filters, after, limit: read(_page(city.found(filters), after, limit)),
        "alert": lambda name: read(city.alert(name)),
        "overview": lambda *_: read(Overview(_waiting(city.alerts()), [], [], [], 0, 0)),
        "alerts_found": lambda filters, after: read(sum(e.found_position > after for e in city.found(filters))),
        "rule_statistics": lambda rule: read(_statistics(city.alerts(), rule)),
        "alert_counts": lambda: read([tallies.Count(e.rule, e.severity, e.status, 1) for e in city.alerts()]),
        "alert_groups": lambda filters: read(
            [tallies.Group(e.rule, e.platform, e.severity, 1) for e in city.found(filters)]
        ),
        "similar_alerts": lambda _alert: read([]),
        "alerts_beside": lambda _alert: read([]),
        "several_alerts": lambda names: read([each for each in city.alerts() if each.id in names]),
        "mutes": lambda _asked, _before, _limit: read([]),
        "cases": lambda _filters, _after, _limit: read([]),
        "events_at": lambda positions: read([e for e in city.world.events.values() if e.position in {*positions}]),
        "log_counts": lambda: read((3, 12)),
        "parked": lambda source, after, limit: read(_held(city.parked, source, after, limit)),
        "refused": lambda source, code, before, limit: read(_refused(city.refused, source, code, before, limit)),
        "refused_one": lambda number: read(next((e for e in city.refused if e.number == number), None)),
        "log_health": lambda _now: read(HEALTH),
        "newest_runs": lambda _rules: read({}),
        "platforms": lambda after, limit: read([e for e in city.platforms() if e.id > after][:limit]),
        "platform": lambda name: read(next((e for e in city.platforms() if e.id == name), None)),
        "scorecard": lambda name: read(city.scorecard(name)),
        "platforms_listed": lambda _wanted, _after, _limit: read(city.listed()),
        "register": lambda _wanted, _after, _limit: read(city.platforms()),
        "indexes": lambda: None,
        "platform_history": lambda _name, first, last: read(PlatformHistory(first, last, [], [], [])),
        "platform_standings": lambda _name: read([]),
        "sanctions": lambda _asked, _before, _limit: read([]),
        "states": lambda keys: read({key: state for key in keys if (state := city.world.get(key))}),
        "log_keys": lambda: read([KnownKey(each, 0, now) for each in LOG_KEYS]),
        "checkpoint": lambda: read(f"crowdledger.test\n{len(city.world.events)}\n{ROOT}\n\n— crowdledger.test abcd\n"),
    }
    given = {
        **_door(now),
        "now": lambda: now,
        "decode": INTAKE.decode,
        "record": city.record,
        "reads": _filled(Reads, reads),
        "look": _filled(Look, {"flow": lambda _question: read(MoneyFlow([], [], [], []))}),
        "rules": RULES,
        "readiness": lambda: Readiness(len(city.world.events), (ViewStanding("alerts", 1, 0.24, "live", None),)),
        "head_position": lambda: len(city.world.events),
        "officers": lambda: ["li.wei", "zhang.min"],
        "saved_views": SimpleNamespace(seen_by=lambda _user: [], at_start=lambda _user: None),
        "notifications": SimpleNamespace(dead=lambda *_: []),
        "problem_of": lambda _error: None,
    }
    return cast("Services", _filled(Services, given))


def _waiting(found: Sequence[view.Alert]) -> list[tallies.Waiting]:
    return [tallies.Waiting(each.severity, each.status, 0, 1) for each in found if each.status != "closed"]


def _door(now: datetime) -> dict[str, Any]:
    users, secrets = Users(), AccessSecrets(b"k" * 32, b"s" * 32, b"c" * 32, b"d" * 32)
    gate = Gate(users, secrets, lambda: now)
    entrance = Entrance(cast("DoorStore", users), secrets, lambda: now)
    accounts = Accounts(cast("DoorStore", users), entrance, gate, lambda: now)
    return {"gate": gate, "entrance": entrance, "accounts": accounts}


def _filled(kind: type[Any], given: dict[str, Any]) -> Any:
    assert given.keys() <= {field.name for field in fields(kind)}, given.keys()
    needed = {field.name for field in fields(kind)} - {
        "draining",
        "bench",
        "time_zone",
        "settle_seconds",
        "provider",
        "require_totp",
        "public_url",
    }
    return kind(**{name: given.get(name, _unused) for name in needed})


def _unused(*_given: object, **_named: object) -> Any:
    raise AssertionError("the console has no use for this part")


def _statistics(found: Sequence[view.Alert], rule: str | None) -> dict[str, view.Statistics]:
    counted = {}
    for name in {each.rule for each in found if rule in {None, each.rule}}:
        own = [each for each in found if each.rule == name]
        good, look, false = (
            sum(each.outcome == end for each in own) for end in ("confirmed", "justified_look", "false_positive")
        )
        unsettled = sum(each.status != "closed" for each in own)
        counted[name] = view.Statistics(name, len(own), unsettled, good, look, false, None, None, {})
    return counted


def _held(rows: Sequence[Any], source: str | None, after: int, limit: int) -> list[Any]:
    return [row for row in rows if row.number > after and source in {None, row.source}][:limit]


def _refused(
    rows: Sequence[Refusal], source: str | None, code: str | None, before: int | None, limit: int
) -> list[Refusal]:
    fits = [row for row in rows if source in {None, row.source} and code in {None, row.code}]
    return sorted((row for row in fits if before is None or row.number < before), key=lambda row: -row.number)[:limit]


class _NoRows:
    """The cursor of an empty view."""

    def execute(self, *_given: object) -> _NoRows:
        return self

    def fetchall(self) -> list[Any]:
        return []


def _page(found: Sequence[view.Alert], after: view.After | None, limit: int) -> list[view.Alert]:
    if after is None:
        return list(found[:limit])
    place = (-after.severity_rank, -after.score, after.id)
    return [each for each in found if (-each.severity_rank, -each.score, each.id) > place][:limit]


def _fits(alert: view.Alert, filters: view.Filters) -> bool:
    said = " ".join((alert.id, *alert.subject, alert.reason_zh, alert.reason_en)).lower()
    return (
        (filters.statuses is None or alert.status in filters.statuses)
        and filters.severity in {None, alert.severity}
        and filters.rule in {None, alert.rule}
        and filters.platform in {None, alert.platform}
        and filters.assignee in {None, alert.assignee}
        and (filters.found_since is None or alert.found_at >= filters.found_since)
        and (filters.found_upto is None or alert.found_position <= filters.found_upto)
        and (filters.text is None or filters.text.lower() in said)
    )


def _event(item: Candidate) -> Event:
    """A candidate as it was sent."""
    sent = json.loads(item.body)
    return Event(item.type, sent["data"], item.source, sent["time"], item.id)
