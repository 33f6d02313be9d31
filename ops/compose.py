"""The composition root of the api: settings and a database in, `Services` out. The only place where parts are wired."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg_pool import ConnectionPool

from api.door_log import Note
from api.facts import AsOf, Read
from api.look import Look
from api.office import GoamlFiles
from api.readiness import Readiness, ViewStanding
from api.services import (
    EligibilityAnswer,
    EligibilityQuestion,
    Item,
    LimitUse,
    NoSuch,
    Reads,
    Services,
    StoredEvent,
)
from ledger.candidate import Answer
from ledger.identity import Keys
from ledger.intake import Intake
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ledger.store import proofs, reading, tree, vault
from ledger.store.appender import Appender
from ledger.tiles import Tile
from ops import (
    backtesting,
    case_files,
    concentration,
    deeds,
    door_log,
    evidence,
    flows,
    impact,
    index_kept,
    lists,
    log_health,
    metrics,
    mine,
    overview,
    own,
    people,
    platform_index,
    questions,
    saved_views,
    scorecards,
    sealing,
    then,
    way_in,
)
from ops.eligibility import ask, reserved, use
from ops.eligibility.gather import Calendar
from ops.keyring import keyring
from ops.meanings import problem_of
from ops.notify import desk as desk_of
from ops.questions import standing
from ops.settings import Settings
from ops.writer import open_appender
from projections import alert_groups, alerts, cases, platforms, reconciliation, sanctions, tallies
from projections.following import SQL as FOLLOWING
from projections.status import status
from risk import document, kept, shadow
from risk.backtest import Question, Tested

SQL = load(Path(__file__).parent / "sql" / "reads.sql")
READERS_MAX: Final = 8
DOORS_MAX: Final = 4
DESK_MAX: Final = 4
TESTS_MAX: Final = 2  # backtests at once; who comes third is asked to come again
RECORD_SECONDS_MAX: Final = 30.0
POOL_TIMEOUT_SECONDS: Final = 3.0
DESK_TIMEOUT_SECONDS: Final = 15.0  # reservations for one person wait for each other
CONNECT_TIMEOUT_SECONDS: Final = 5
P = ParamSpec("P")
T = TypeVar("T")
Reader = Callable[Concatenate[psycopg.Connection, P], T]


@contextmanager
def build(settings: Settings, dsn: str) -> Iterator[Services]:
    """Everything behind the api and the console, on a migrated database.

    When the block ends, what was taken in has been written.
    """
    with ExitStack() as stack:
        appender = stack.enter_context(open_appender(settings, dsn))
        readers = stack.enter_context(_pool(dsn, "readers", READERS_MAX, _read_only))
        desk = stack.enter_context(_pool(dsn, "desk", DESK_MAX, _one_snapshot, DESK_TIMEOUT_SECONDS))
        tests = stack.enter_context(_pool(dsn, "backtests", TESTS_MAX, _one_snapshot))
        doors = stack.enter_context(_pool(dsn, "access", DOORS_MAX, None))
        yield Services(
            submit_then=appender.submit_then,
            record=partial(_record, appender),
            decode=Intake(settings.secret("identity")).decode,
            **way_in.parts(settings, doors),
            notifications=desk_of.notifications(desk, settings.doors(), settings.secret("webhooks")),
            saved_views=saved_views.saved_views(desk),
            casework=case_files.casework(desk, keyring(settings)),
            vault=people.door(settings, dsn, readers),
            mine=mine.door(settings, readers),
            look=_look(readers, settings),
            complaints=mine.complaints.desk(settings, readers, desk),
            own=own.door(settings, readers, doors),
            now=clock.now,
            reads=_reads(readers, settings, dsn),
            rules=document.load_all(),
            backtest=partial(_tested, tests),
            run_rule=_asking(desk, backtesting.run_rule),
            officers=partial(_with, readers, questions.officers),
            note=partial(_note, doors),
            eligibility=_from_log(readers, partial(_eligible, settings)),
            reserve=partial(_reserve, desk, settings),
            give_back=partial(_give_back, desk),
            head_position=partial(_with, readers, _head),
            readiness=partial(_with, readers, _readiness),
            metrics=partial(metrics.text, readers, appender),
            problem_of=problem_of,
            goaml=GoamlFiles(*settings.goaml()),
            time_zone=settings.time_zone,
            bench=os.environ.get("CROWDLEDGER_BENCH") == "1",
        )


def _pool(
    dsn: str,
    name: str,
    size: int,
    configure: Callable[[psycopg.Connection], None] | None,
    timeout_seconds: float = POOL_TIMEOUT_SECONDS,
) -> ConnectionPool[psycopg.Connection]:
    return ConnectionPool(
        dsn,
        name=name,
        min_size=1,
        max_size=size,
        open=False,
        timeout=timeout_seconds,
        # Tested before each use: the first question after a crash of the server finds a fresh connection.
        check=ConnectionPool.check_connection,
        configure=configure,
        reconnect_timeout=30.0,
        kwargs={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "application_name": f"crowdledger {name}"},
    )


def _read_only(connection: psycopg.Connection) -> None:
    """One answer, one snapshot: the value and the position it stands on belong together."""
    with connection.transaction():
        connection.execute(FOLLOWING["take_role"])
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True


def _one_snapshot(connection: psycopg.Connection) -> None:
    """Statements commit by themselves; what is asked inside a transaction is asked of one snapshot."""
    connection.autocommit = True
    connection.execute(FOLLOWING["take_role"])
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ


def _eligible(
    settings: Settings,
    connection: psycopg.Connection,
    questions: Sequence[EligibilityQuestion],
    at: datetime | None,
) -> list[EligibilityAnswer | NoSuch]:
    return ask.answers(connection, questions, Calendar(at or clock.now(), ZoneInfo(settings.time_zone)))


def _tested(pool: ConnectionPool, question: Question) -> Read[Tested]:
    with pool.connection() as connection:
        return backtesting.judged(connection, question)


def _limits_used(settings: Settings, connection: psycopg.Connection, key: str) -> list[LimitUse]:
    return use.limits_used(connection, key, Calendar(clock.now(), ZoneInfo(settings.time_zone)))


def _reserve(
    pool: ConnectionPool, settings: Settings, question: EligibilityQuestion, seconds: int
) -> EligibilityAnswer:
    with pool.connection() as connection:
        return ask.reserve(connection, question, Calendar(clock.now(), ZoneInfo(settings.time_zone)), seconds)


def _give_back(pool: ConnectionPool, scope: str, reservation: UUID) -> bool:
    with pool.connection() as connection:
        return reserved.give_back(connection, scope, reservation, clock.now())


def _with(pool: ConnectionPool, reader: Callable[[psycopg.Connection], T]) -> T:
    with pool.connection() as connection:
        return reader(connection)


def _note(pool: ConnectionPool, note: Note) -> None:
    with pool.connection() as connection:
        door_log.write(connection, note)


def _from_log(pool: ConnectionPool, reader: Reader[P, T]) -> Callable[P, Read[T]]:
    """A question to the log and the states that are written with it: never behind."""

    def ask(*args: P.args, **kwargs: P.kwargs) -> Read[T]:
        with pool.connection() as connection:
            as_of = AsOf(_head(connection), 0.0)
            return Read(reader(connection, *args, **kwargs), as_of)

    return ask


def _from_tree(
    pool: ConnectionPool, reader: Callable[[psycopg.Connection, Tile, int], bytes]
) -> Callable[[Tile], Read[bytes | None]]:
    """A question to the signed tree; None where it is not that large."""

    def ask(tile: Tile) -> Read[bytes | None]:
        with pool.connection() as connection:
            sealed = tree.latest(connection)
            size = sealed.size if sealed else 0
            return Read(reader(connection, tile, size) if tile.within(size) else None, AsOf(size, 0.0))

    return ask


def _from_views(pool: ConnectionPool, views: tuple[str, ...], reader: Reader[P, T]) -> Callable[P, Read[T]]:
    """A question to views that follow the log, all as of one moment."""

    def ask(*args: P.args, **kwargs: P.kwargs) -> Read[T]:
        with pool.connection() as connection, standing(connection, *views) as as_of:
            return Read(reader(connection, *args, **kwargs), as_of)

    return ask


def _asking(pool: ConnectionPool, reader: Reader[P, T]) -> Callable[P, T]:
    """A question that says itself what it stands on."""

    def ask(*args: P.args, **kwargs: P.kwargs) -> T:
        with pool.connection() as connection:
            return reader(connection, *args, **kwargs)

    return ask


# tidy: allow long-function -- because it is a list: a line for each question
def _look(pool: ConnectionPool, settings: Settings) -> Look:
    return Look(
        flow=_asking(pool, flows.flow),
        campaigns=_from_views(pool, ("campaigns",), lists.campaigns),
        campaign_line=_from_views(pool, ("campaigns",), lists.campaign),
        loans=_from_views(pool, ("loans",), partial(lists.loans, ZoneInfo(settings.time_zone))),
        pledges=_from_views(pool, ("pledges",), lists.pledges),
        bids=_from_views(pool, ("loans",), lists.bids),
        filed=_from_views(pool, ("filings",), lists.filed),
        events_about=_from_log(pool, lists.events_about),
        find=_from_views(pool, ("platforms", "campaigns", "alerts", "cases"), lists.find),
    )


# tidy: allow long-function -- because it is a list, one read a line
def _reads(pool: ConnectionPool, settings: Settings, dsn: str) -> Reads:
    return Reads(
        event=_from_log(pool, _event),
        parked_one=_from_log(pool, reading.parked_one),
        parked=_from_log(pool, reading.parked),
        chain=_from_log(pool, reading.chain),
        corrections=_from_log(pool, reading.corrections),
        correction=_from_log(pool, questions.correction),
        last_refusal=_from_log(pool, reading.last_refusal),
        refusals=_from_vault(pool, partial(_refusals, keyring(settings))),
        states=_from_log(pool, reading.states),
        campaign=_from_log(pool, then.state),
        pledge=_from_log(pool, then.pledge),
        span=_from_log(pool, then.span),
        exposure=_asking(pool, then.exposure),
        concentration=_asking(pool, concentration.shared_out),
        limits_used=_from_log(pool, partial(_limits_used, settings)),
        impact=_asking(pool, impact.impact_of),
        checkpoint=partial(_with, pool, evidence.checkpoint),
        log_keys=_from_log(pool, tree.keys),
        inclusion=_from_log(pool, proofs.inclusion),
        consistency=_from_log(pool, proofs.consistency),
        tile=_from_tree(pool, tree.tile),
        bundle=_from_tree(pool, evidence.bundle),
        receipt=_from_log(pool, proofs.receipt_of),
        receipts=_from_log(pool, proofs.receipts_about),
        own_receipts=_from_views(pool, ("investors",), evidence.own_receipts),
        loan=_from_log(pool, then.loan),
        loan_book=_from_views(pool, ("loans",), questions.loan_book),
        balances=_from_views(pool, ("balances",), questions.balances_of),
        platforms=_from_views(pool, ("platforms",), questions.platforms),
        platform=_from_views(pool, ("platforms",), questions.platform),
        scorecard=_from_views(pool, scorecards.VIEWS, questions.scorecard),
        platform_index=_asking(pool, platform_index.history),
        platform_ranking=_asking(pool, platform_index.ranking),
        indexes=index_kept.over(pool).ask,
        platforms_listed=_from_views(pool, scorecards.VIEWS, scorecards.listed),
        register=_from_views(pool, ("platforms",), scorecards.registered),
        platform_history=_from_views(pool, scorecards.VIEWS, scorecards.history),
        platform_standings=_from_views(pool, ("platforms",), platforms.standings),
        platform_reports=_from_views(pool, ("platforms",), platforms.months),
        market_history=_from_views(pool, scorecards.PUBLIC_VIEWS, scorecards.market),
        sign_standing=partial(sealing.sign_standing, settings, dsn),
        reconciled=_from_views(pool, ("platforms",), reconciliation.days),
        reconciled_latest=_from_views(pool, ("platforms",), reconciliation.latest),
        reconciled_lines=_from_views(pool, ("platforms",), reconciliation.account),
        overview=_from_views(pool, overview.VIEWS, overview.overview),
        alerts=_from_views(pool, ("alerts",), alerts.page),
        alert=_from_views(pool, ("alerts",), _alert),
        alert_counts=_from_views(pool, ("alerts",), tallies.counts),
        alerts_found=_from_views(pool, ("alerts",), alerts.count),
        alert_groups=_from_views(pool, ("alerts",), alert_groups.groups),
        deeds=_from_log(pool, deeds.deeds),
        several_alerts=_from_views(pool, ("alerts",), alerts.several),
        similar_alerts=_from_views(pool, ("alerts",), alert_groups.similar),
        alerts_beside=_from_views(pool, ("alerts",), alert_groups.beside),
        rule_runs=_from_log(pool, kept.runs_of),
        rule_run=_from_log(pool, kept.run_of),
        newest_runs=_from_log(pool, kept.newest_runs),
        rule_versions=_from_log(pool, kept.versions_of),
        rule_weeks=_from_views(pool, ("alerts",), alerts.weeks),
        rule_shadow=_from_log(pool, shadow.beside),
        rule_statistics=_from_views(pool, ("alerts",), alerts.statistics),
        mutes=_from_views(pool, ("alerts",), alerts.muted),
        cases=_from_views(pool, ("cases", "alerts"), cases.page),
        cases_ended=_from_views(pool, ("cases", "alerts"), cases.ended),
        case_board=_from_views(pool, ("cases", "alerts"), cases.board),
        case=_from_views(pool, ("cases", "alerts", "sanctions"), questions.case),
        sanctions=_from_views(pool, ("sanctions",), sanctions.page),
        events_at=_from_log(pool, reading.at_positions),
        log_counts=_from_log(pool, reading.counts),
        door_log=_from_log(pool, door_log.page),
        log_health=_from_log(pool, log_health.health),
        refused=_from_vault(pool, partial(log_health.refused, keyring(settings))),
        refused_one=_from_vault(pool, partial(log_health.refused_one, keyring(settings))),
        parked_number=_from_log(pool, log_health.parked_one),
    )


def _from_vault(pool: ConnectionPool, reader: Reader[P, T]) -> Callable[P, Read[T]]:
    """As `_from_log`, for what needs the keys of sealed bodies."""

    def ask(*args: P.args, **kwargs: P.kwargs) -> Read[T]:
        with pool.connection() as connection:
            vault.hold(connection)
            as_of = AsOf(_head(connection), 0.0)
            return Read(reader(connection, *args, **kwargs), as_of)

    return ask


def _refusals(
    keys: Keys, connection: psycopg.Connection, source: str | None, after: int, limit: int
) -> list[reading.Refusal]:
    return vault.refusals(connection, keys, source, after, limit)


def _record(appender: Appender, item: Item) -> Answer:
    return appender.submit([item]).result(RECORD_SECONDS_MAX)[0]


def _alert(connection: psycopg.Connection, name: str) -> tuple[alerts.Alert, list[alerts.Step]] | None:
    found = alerts.one(connection, name)
    return None if found is None else (found, alerts.history(connection, name))


def _head(connection: psycopg.Connection) -> int:
    row = connection.execute(SQL["head"]).fetchone()
    assert row is not None, "an aggregate has one row"
    return int(row[0])


def _event(connection: psycopg.Connection, source: str, name: str) -> StoredEvent | None:
    row = reading.event_body(connection, source, name)
    return StoredEvent(*row) if row else None


def _readiness(connection: psycopg.Connection) -> Readiness:
    views = tuple(
        ViewStanding(each.name, each.position, each.lag_seconds, each.state, each.error) for each in status(connection)
    )
    return Readiness(_head(connection), views, evidence.standing(connection))
