"""How long the live rules take over a large market: one day on PostgreSQL and DuckDB, half a year of one rule.

The market is the simulator's, taken in directly; views are built and an archive is written first, which is not counted.
Each engine judges the same rules over the same cutoff; where the hashes differ the bench stops.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import psycopg

from ledger.intake import Intake
from ledger.kernel import clock
from ledger.store.appender import Appender
from ops.archive.write import archive
from ops.bench.copy_limit import SQL
from ops.bench.figures import Figure
from ops.bench.scratch import scratch_database
from ops.due import live
from ops.settings import Settings
from ops.simulator import market
from ops.simulator.model import CST
from projections.runner import run_until
from risk import document
from risk.backtest import Judge, backtest, on_engine, on_postgres
from risk.compile import days_since_epoch
from risk.document import Loaded
from risk.engines.archived import Manifest, read_manifest, table_in
from risk.engines.duckdb import DuckDB
from risk.evaluator import judged, standing_still
from risk.findings import result_hash

EVENTS: Final = 1_000_000
DAYS: Final = 200  # of the market, so that a backtest of half a year has days before it
PERIOD_DAYS: Final = 180
PER_RULES: Final = 30  # the bars are for so many rules
WINDOW_RULE: Final = "I03-structuring"
_EVENTS_PER_SCALE: Final = 77_000
_SECONDS: Final = {"PostgreSQL": (60.0, 15.0), "DuckDB": (10.0, 3.0)}  # first bar, goal
_PERIOD_SECONDS: Final = {"PostgreSQL": (60.0, 12.0), "DuckDB": (20.0, 3.0)}
_CHUNK: Final = 1_000
_SHOWN: Final = 5

Say = Callable[[str], None]


class Timed(NamedTuple):
    """One rule on one evaluation day."""

    rule: str
    seconds: tuple[float, float]  # on PostgreSQL and on DuckDB


def measure(dsn: str, settings: Settings, say: Say, events: int = EVENTS) -> list[Figure]:
    """Seconds for 30 rules, in a database of its own that has about `events` events."""
    with scratch_database(dsn) as scratch, TemporaryDirectory() as folder:
        last = (clock.now().astimezone(CST) - timedelta(days=1)).date()
        taken = _fill(scratch, settings, market.build(7, last, days=DAYS, scale=events / _EVENTS_PER_SCALE), say)
        say(f"{taken:,} events are in; views and archive ...")
        run_until(scratch, timeout_seconds=24 * 3600)
        with psycopg.connect(scratch, autocommit=True) as connection:
            connection.execute(SQL["analyze"])
        begun = time.perf_counter()
        archive(scratch, Path(folder), lambda *_: None)
        say(f"archive of every input written in {time.perf_counter() - begun:.0f} s")
        with psycopg.connect(scratch, autocommit=True) as connection, DuckDB() as duck:
            day = days_since_epoch(last)
            timed = [_time(connection, duck, Path(folder), each, day) for each in live(document.load_all())]
            _tell(timed, say)
            return [*_day_figures(timed, taken), *_period_figures(connection, duck, Path(folder), day, taken)]


def _fill(dsn: str, settings: Settings, played: market.Market, say: Say) -> int:
    say(f"a market of {len(played.deliveries):,} events ...")
    intake, taken = Intake(settings.secret("identity")), 0
    with Appender(dsn, settings.secret("vault")) as appender:
        for start in range(0, len(played.deliveries), _CHUNK):
            part, now = played.deliveries[start : start + _CHUNK], clock.now()
            answers = appender.submit(
                [intake.decode(dict(each.event), frozenset({each.key}), now) for each in part]
            ).result()
            taken += sum(answer.position is not None for answer in answers)
    return taken


def _time(connection: psycopg.Connection, duck: DuckDB, folder: Path, loaded: Loaded, day: int) -> Timed:
    """One rule, on both engines. The first day on or before `day` that the rule judges."""
    manifest = read_manifest(folder)
    days = [next(each for each in range(day, 0, -1) if judged(loaded.rule, [each]))]
    with standing_still(connection, loaded.rule):
        begun = time.perf_counter()
        here = on_postgres(connection, loaded, manifest.cutoff)(days, {})
        between = time.perf_counter()
    there = _on_duck(duck, folder, manifest, loaded)(days, {})
    ended = time.perf_counter()
    if result_hash(here) != result_hash(there):
        raise RuntimeError(f"{loaded.rule.id} finds {len(here)} on PostgreSQL and something else on DuckDB.")
    return Timed(loaded.rule.id, (between - begun, ended - between))


def _on_duck(duck: DuckDB, folder: Path, manifest: Manifest, loaded: Loaded) -> Judge:
    return on_engine(duck, loaded, table_in(folder, manifest, loaded.rule.input))


def _tell(timed: Sequence[Timed], say: Say) -> None:
    for place, engine in enumerate(_SECONDS):
        taken = sorted(((each.seconds[place], each.rule) for each in timed), reverse=True)
        shown = ", ".join(f"{rule} {seconds:.2f} s" for seconds, rule in taken[:_SHOWN])
        say(f"{engine}: {len(timed)} rules in {sum(seconds for seconds, _ in taken):.1f} s; slowest: {shown}")


def _day_figures(timed: Sequence[Timed], events: int) -> list[Figure]:
    sums = {engine: sum(each.seconds[place] for each in timed) for place, engine in enumerate(_SECONDS)}
    return [
        _figure(f"{PER_RULES} rules (mean of {len(timed)}), one day, {events:,} events, {engine}",
                total * PER_RULES / len(timed), *_SECONDS[engine])
        for engine, total in sums.items()
    ]  # fmt: skip


def _period_figures(connection: psycopg.Connection, duck: DuckDB, folder: Path, day: int, events: int) -> list[Figure]:
    loaded, manifest = document.load_all()[WINDOW_RULE], read_manifest(folder)
    days, found = range(day - PERIOD_DAYS + 1, day + 1), []
    with standing_still(connection, loaded.rule):
        ways = {"PostgreSQL": on_postgres(connection, loaded, manifest.cutoff),
                "DuckDB": _on_duck(duck, folder, manifest, loaded)}  # fmt: skip
        figures = []
        for engine, way in ways.items():
            begun = time.perf_counter()
            found.append(backtest(loaded, way, days, engine=engine, cutoff=manifest.cutoff).result_hash)
            name = f"{PERIOD_DAYS} days of {WINDOW_RULE}, {events:,} events, {engine}"
            figures.append(_figure(name, time.perf_counter() - begun, *_PERIOD_SECONDS[engine]))
    if len(set(found)) != 1:
        raise RuntimeError(f"{WINDOW_RULE} finds something else on DuckDB.")
    return figures


def _figure(name: str, seconds: float, bar: float, goal: float) -> Figure:
    return Figure(name, seconds, bar, "s", 1, goal / bar, higher_is_better=False)
