"""Detection on simulated markets: each is taken in directly, judged day by day, and held against what was planted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from rich.console import Console

from ledger.candidate import Answer
from ledger.intake import Intake
from ledger.kernel import clock
from ledger.store.appender import Appender
from ops.bench.scratch import scratch_database
from ops.due import live
from ops.scheduler import submitter
from ops.settings import Settings
from ops.simulator import detection, market
from ops.simulator.detection import Detection, Row
from ops.simulator.matching import Alert
from ops.simulator.model import CST
from projections import alerts
from projections.runner import run_until
from risk import document, runs
from risk.compile import days_since_epoch
from risk.document import LIFE_DAYS, Loaded

CHUNK = 1_000
PAGE = 1_000


@dataclass(frozen=True)
class Measured:
    """The detection on the market of each seed, and the rules that were live."""

    seeds: Sequence[int]
    markets: Sequence[Detection]
    live_rules: Sequence[str]

    @property
    def rows(self) -> list[Row]:
        """By typology, over all markets."""
        return detection.rows(self.markets, self.live_rules)

    def as_json(self) -> dict[str, Any]:
        """One plain object."""
        return {
            "seeds": list(self.seeds),
            "typologies": [detection.as_json(row) for row in self.rows],
            "markets": [_of_market(seed, each) for seed, each in zip(self.seeds, self.markets, strict=True)],
            "budget": detection.BUDGET,
        }

    def show(self, console: Console) -> None:
        """The tables for people."""
        console.print(detection.table(self.rows))
        for seed, each in zip(self.seeds, self.markets, strict=True):
            found = sum(verdict.found for verdict in each.verdicts)
            precision = "-" if each.precision is None else f"{each.precision:.2f}"
            console.print(f"seed {seed}: {found} of {len(each.verdicts)} planted frauds found.")
            console.print(
                f"  Of the {each.looked_at} most urgent alerts {each.hits} point at one (precision {precision}); "
                f"of all {each.alerts} alerts {each.others} point at none."
            )


def measure(dsn: str, settings: Settings, seeds: Iterable[int], scale: float, say: Callable[[str], None]) -> Measured:
    """Play and judge a market per seed, each in a database of its own."""
    rules, chosen = live(document.load_all()), list(seeds)
    markets = []
    for seed in chosen:
        say(f"seed {seed}: making the market")
        with scratch_database(dsn) as scratch:
            markets.append(_one(scratch, settings, seed, scale, rules))
    return Measured(chosen, markets, [each.rule.id for each in rules])


def _one(dsn: str, settings: Settings, seed: int, scale: float, rules: Sequence[Loaded]) -> Detection:
    last = (clock.now().astimezone(CST) - timedelta(days=1)).date()
    played = market.build(seed, last, scale=scale)
    intake = Intake(settings.secret("identity"))
    with Appender(dsn, settings.secret("vault")) as appender, psycopg.connect(dsn, autocommit=True) as connection:
        positions = _take_in(appender, intake, played)
        run_until(dsn)
        days = range(days_since_epoch(played.world.span.first), days_since_epoch(last) + 1)
        for each in rules:
            runs.run(connection, submitter(appender, intake), each, days, now=clock.now)
        run_until(dsn)
        widths = {each.rule.id: each.rule.window.width_days for each in rules}
        found = [seen(alert, widths) for alert in _all(connection)]
    of = {plant.name: frozenset(positions[event] for event in plant.events if event in positions)
          for plant in played.planted}  # fmt: skip
    return detection.measure(played.planted, played.decoys, found, of)


def _take_in(appender: Appender, intake: Intake, played: market.Market) -> dict[tuple[str, str], int]:
    """Append everything in the order of arrival; where each event stands."""
    positions: dict[tuple[str, str], int] = {}
    for start in range(0, len(played.deliveries), CHUNK):
        part, now = played.deliveries[start : start + CHUNK], clock.now()
        answers: list[Answer] = appender.submit(
            [intake.decode(dict(each.event), frozenset({each.key}), now) for each in part]
        ).result()
        for delivery, answer in zip(part, answers, strict=True):
            if answer.position is not None:
                positions[delivery.event["source"], delivery.event["id"]] = answer.position
    return positions


def _all(connection: psycopg.Connection) -> Iterable[alerts.Alert]:
    """Every alert of the ledger, page by page."""
    after = None
    while page := alerts.page(connection, alerts.Filters(), after, PAGE):
        yield from page
        after = alerts.after_of(page[-1])


def seen(alert: alerts.Alert, widths: dict[str, int]) -> Alert:
    """An alert with the day it was first known on: the last day of its first window, where windows have a width."""
    width = widths.get(alert.rule, LIFE_DAYS)
    first = alert.last_day if width == LIFE_DAYS else alert.first_day + timedelta(days=width - 1)
    return Alert(
        alert.id, alert.rule, frozenset(alert.subject), frozenset(alert.evidence), first, alert.last_day,
        alert.severity, alert.score,
    )  # fmt: skip


def _of_market(seed: int, each: Detection) -> dict[str, Any]:
    return {
        "seed": seed,
        "planted": len(each.verdicts),
        "found": sum(verdict.found for verdict in each.verdicts),
        "alerts": each.alerts,
        "other_alerts": each.others,
        "looked_at": each.looked_at,
        "hits": each.hits,
        "precision": each.precision,
        "missed": [verdict.planted.name for verdict in each.verdicts if not verdict.found],
    }
