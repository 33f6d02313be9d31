"""`/metrics`: figures read from the database when they are asked for, and the requests that the api has counted."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from psycopg_pool import ConnectionPool, PoolTimeout

from api.latency import BOUNDS_SECONDS, Latency
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ledger.store.appender import Appender
from ops.due import due_times, live
from projections.status import status
from risk import document
from risk.document import Loaded
from risk.near import types

SQL = load(Path(__file__).parent / "sql" / "metrics.sql")


class _Collector:
    """Made anew for each scrape: nothing is kept between two."""

    def __init__(self, pool: ConnectionPool, appender: Appender, latency: Latency) -> None:
        self._pool = pool
        self._appender = appender
        self._latency = latency

    def collect(self) -> Iterable[Metric]:
        """All families. Without a database those of this process remain, and `crowdledger_database_up` says why."""
        try:
            with self._pool.connection() as connection:
                found = [*_ledger(connection), *_views(connection), *_monitor(connection), *_sealing(connection)]
        except (psycopg.OperationalError, PoolTimeout):
            found = []
        yield _gauge("database_up", "1 where the database answers.", float(bool(found)))
        yield from found
        yield from self._process()
        yield _requests(self._latency)

    def _process(self) -> Iterable[Metric]:
        yield _gauge("append_queue_items", "Items that wait for the next group.", self._appender.queued)
        yield _counter("append_groups", "Groups that this process has committed.", self._appender.groups)
        yield _counter("append_events", "Events that this process has recorded.", self._appender.events)
        unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        yield _gauge("memory_peak_bytes", "The most memory that this process has held.", peak)


def text(pool: ConnectionPool, appender: Appender, latency: Latency) -> tuple[bytes, str]:
    """The figures in the text form of Prometheus, and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(pool, appender, latency))
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _ledger(connection: psycopg.Connection) -> Iterable[Metric]:
    row = connection.execute(SQL["figures"]).fetchone()
    assert row is not None, "a SELECT without FROM has one row"
    position, parked, oldest, sealed = row
    yield _gauge("position", "Last position of the log.", position)
    yield _gauge("parked_events", "Events that wait for what they name.", parked)
    yield _gauge("parked_oldest_seconds", "For how long the oldest of them has waited.", oldest)
    yield _gauge("checkpoint_position", "How much of the log the newest signed tree head covers.", sealed)
    refusals = CounterMetricFamily("crowdledger_refusals", "Items refused, by code.", labels=["code"])
    for code, count in connection.execute(SQL["refusals"]):
        refusals.add_metric([code], count)
    yield refusals


def _views(connection: psycopg.Connection) -> Iterable[Metric]:
    position = GaugeMetricFamily("crowdledger_view_position", "How far each view has come.", labels=["view"])
    lag = GaugeMetricFamily(
        "crowdledger_view_lag_seconds", "How old the first event is that it lacks.", labels=["view"]
    )
    parked = GaugeMetricFamily("crowdledger_view_parked", "1 where an event stopped the view.", labels=["view"])
    for each in status(connection):
        position.add_metric([each.name], each.position)
        lag.add_metric([each.name], each.lag_seconds)
        parked.add_metric([each.name], float(each.state == "parked"))
    return [position, lag, parked]


def _monitor(connection: psycopg.Connection) -> Iterable[Metric]:
    row = connection.execute(SQL["monitor"]).fetchone()
    assert row is not None, "a SELECT without FROM has one row"
    beat, failed, unanswered = row
    yield _gauge("scheduler_running", "1 where a scheduler of rules has given a sign of life.", float(beat is not None))
    yield _gauge("scheduler_beat_age_seconds", "How long ago that was; above 60 it hangs or was killed.", beat or 0.0)
    yield _gauge("rules_failed", "Rules whose last run failed.", failed)
    yield _gauge("rules_inconclusive", "Rules whose last run could not give an answer.", unanswered)
    yield _lags(connection)
    waiting, dead = connection.execute(SQL["notifications"]).fetchone() or (0, 0)
    yield _gauge("notifications_waiting", "Messages that gather or are to be sent.", waiting)
    yield _gauge("notifications_dead", "Messages that were given up: GET /v1/notifications/dead.", dead)


def _lags(connection: psycopg.Connection) -> Metric:
    """Nightly rules: since the first due time that was missed. Near real time: since the first event not looked at."""
    family = GaugeMetricFamily(
        "crowdledger_rule_run_lag_seconds", "For how long a rule has been late; 0: it is not.", labels=["rule", "runs"]
    )
    last = {rule: rest for rule, *rest in connection.execute(SQL["last_due"])}
    now = clock.now()
    for each in _live():
        judged, since = last.get(each.rule.id, (None, None))
        missed = due_times(each, judged, now) if judged else []
        late = (now - missed[0]).total_seconds() if missed else 0.0
        family.add_metric([each.rule.id, "scheduled"], max(late, 0.0))
        if each.rule.schedule.every and since is not None:
            row = connection.execute(SQL["unjudged"], {"since": since, "types": types(each.rule)}).fetchone()
            family.add_metric([each.rule.id, "near"], row[0] if row else 0.0)
    return family


@cache
def _live() -> list[Loaded]:
    return live(document.load_all())


def _sealing(connection: psycopg.Connection) -> Iterable[Metric]:
    row = connection.execute(SQL["witnesses"]).fetchone()
    assert row is not None, "a SELECT without FROM has one row"
    yield _gauge("sealing_stopped", "1 where no tree heads are signed until somebody resumes.", float(row[0]))
    reach = GaugeMetricFamily(
        "crowdledger_witness_position", "How much of the log each witness's key has signed.", labels=["witness"]
    )
    for name, size in row[1].items():
        reach.add_metric([name], size)
    yield reach


def _requests(latency: Latency) -> Metric:
    family = HistogramMetricFamily(
        "crowdledger_request_seconds", "Requests by route and status.", labels=["route", "status"]
    )
    for series in latency.series():
        buckets: list[tuple[str, Any]] = []
        total = 0
        for bound, count in zip((*map(str, BOUNDS_SECONDS), "+Inf"), series.buckets, strict=True):
            total += count
            buckets.append((bound, total))
        family.add_metric([series.route, str(series.status)], buckets, series.seconds)
    return family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"crowdledger_{name}", text, value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"crowdledger_{name}", text, value)
