"""The append: idempotency, parking, refusals, dry runs, two processes' worth of appenders, restarts."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from ledger.candidate import Answer
from ledger.identity import OneKey
from ledger.intake import Intake
from ledger.rulebook.enforcement import enforcement
from ledger.states.campaigns import Campaign
from ledger.store import reading, vault
from ledger.store.appender import Appender, Overloaded, StoreUnavailable
from tests.ledger.store.events import campaign, collected, event, party, pledge, setting

INTAKE = Intake(bytes(32))
NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Desk:
    """Sends dicts, gives answers."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.appender = Appender(dsn, bytes(32))

    def send(self, *events: dict[str, Any], dry_run: bool = False) -> list[Answer]:
        return self.start(*events, dry_run=dry_run).result(timeout=30)

    def start(self, *events: dict[str, Any], dry_run: bool = False) -> Future[list[Answer]]:
        return self.appender.submit([INTAKE.decode(e, None, NOW) for e in events], dry_run=dry_run)

    def state(self, key: str) -> Campaign:
        with psycopg.connect(self.dsn) as connection:
            state = reading.states(connection, [key])[key]
        assert isinstance(state, Campaign)
        return state


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    desk = Desk(database_url)
    assert {a.status for a in desk.send(*setting())} == {"accepted"}
    yield desk
    desk.appender.close()


def statuses(answers: list[Answer]) -> list[str]:
    return [answer.status for answer in answers]


def test_positions_are_gapless_and_in_order(desk: Desk) -> None:
    answers = desk.send(*(pledge(f"P-{n}") for n in range(50)))
    assert [answer.position for answer in answers] == list(range(6, 56))


def test_a_repeat_gets_the_first_position(desk: Desk) -> None:
    first = desk.send(pledge("P-1"))[0]
    again = desk.send(pledge("P-1"), pledge("P-1"))
    assert statuses(again) == ["duplicate", "duplicate"]
    assert {answer.position for answer in again} == {first.position}
    assert desk.state("campaign:huizhong/C-1").pledged == 50_000


def test_a_repeat_within_one_batch_counts_once(desk: Desk) -> None:
    assert statuses(desk.send(pledge("P-1"), pledge("P-1"))) == ["accepted", "duplicate"]


def test_same_id_with_other_content_is_refused(desk: Desk) -> None:
    desk.send(pledge("P-1"))
    assert desk.send(pledge("P-1", amount=60_000))[0].code == "id_reused"


def test_what_misses_its_reference_waits_and_applies_by_itself(desk: Desk) -> None:
    assert statuses(desk.send(collected("P-1"))) == ["parked"]
    assert statuses(desk.send(collected("P-1"))) == ["duplicate"]
    assert statuses(desk.send(pledge("P-1"))) == ["accepted"]
    campaign_state = desk.state("campaign:huizhong/C-1")
    assert (campaign_state.pledged, campaign_state.collected) == (50_000, 50_000)
    repeat = desk.send(collected("P-1"))[0]
    assert (repeat.status, repeat.position) == ("duplicate", 7)
    with psycopg.connect(desk.dsn) as connection:
        assert reading.parked(connection, None) == []


def test_parked_within_one_batch_is_applied_too(desk: Desk) -> None:
    assert statuses(desk.send(collected("P-1"), pledge("P-1"), pledge("P-2"))) == ["parked", "accepted", "accepted"]
    assert desk.state("campaign:huizhong/C-1").collected == 50_000


def test_a_chain_of_parked_events_unrolls(desk: Desk) -> None:
    late = [collected("P-9"), pledge("P-9", campaign="C-9", investor="U-9"), campaign("C-9", issuer="I-9")]
    assert statuses(desk.send(*late)) == ["parked"] * 3
    assert statuses(desk.send(party("U-9"))) == ["accepted"]
    assert statuses(desk.send(party("I-9"))) == ["accepted"]
    assert desk.state("campaign:huizhong/C-9").collected == 50_000


def test_a_parked_event_may_end_refused_and_is_kept(desk: Desk) -> None:
    desk.send(pledge("P-1", campaign="C-2", currency="USD"))
    desk.send(campaign("C-2"))
    with psycopg.connect(desk.dsn) as connection:
        (refusal,) = reading.refusals(connection, "platform:huizhong")
        assert (refusal.code, refusal.id) == ("currency_mismatch", "made-P-1")
        assert reading.parked(connection, None) == []
    # The owner mends it and sends it again under the same id.
    assert statuses(desk.send(pledge("P-1", campaign="C-2"))) == ["accepted"]


@pytest.mark.parametrize("seed", range(20))
def test_order_of_arrival_does_not_matter(database_url: str, seed: int) -> None:
    desk = Desk(database_url)
    desk.send(*setting()[:2])
    events = [
        *setting()[2:],
        *(pledge(f"P-{n}", amount=1000 + n) for n in range(8)),
        *(collected(f"P-{n}") for n in range(8)),
    ]
    random.Random(seed).shuffle(events)
    rng = random.Random(seed)
    while events:
        size = rng.randrange(1, 6)
        desk.send(*events[:size])
        del events[:size]
    state = desk.state("campaign:huizhong/C-1")
    desk.appender.close()
    assert state.pledged == state.collected == sum(range(1000, 1008))
    assert state.pledges == 8


def test_a_dry_run_decides_and_records_nothing(desk: Desk) -> None:
    answers = desk.send(pledge("P-1"), collected("P-1"), pledge("P-2", currency="USD"), dry_run=True)
    assert statuses(answers) == ["accepted", "accepted", "refused"]
    with psycopg.connect(desk.dsn) as connection:
        assert reading.head(connection).position == 5
        assert reading.refusals(connection, None) == []
    assert statuses(desk.send(pledge("P-1"))) == ["accepted"]


def test_refused_items_are_kept_as_sent(desk: Desk) -> None:
    raw = b'{"specversion":"1.0", "id":"x", nonsense'
    item = INTAKE.decode(raw, frozenset({"platform:huizhong"}), NOW)
    assert desk.appender.submit([item]).result()[0].code == "malformed"
    with psycopg.connect(desk.dsn) as connection:
        (sealed,) = reading.refusals(connection, "platform:huizhong")
        (refusal,) = vault.refusals(connection, OneKey(bytes(32)), "platform:huizhong")
    assert sealed.body is not None
    assert b"nonsense" not in sealed.body
    assert refusal.body == raw
    assert refusal.body_bytes == len(raw)


def test_names_and_numbers_never_reach_the_log(desk: Desk) -> None:
    sent = event("party-X", "party.registered", party="X", kind="person", name="王小明",
                 identity={"scheme": "cn-id", "number": "110101199003070000"})  # fmt: skip
    assert statuses(desk.send(sent, sent)) == ["accepted", "duplicate"]
    with psycopg.connect(desk.dsn) as connection:
        row = reading.event_body(connection, "platform:huizhong", "party-X")
        assert row is not None
        assert "王小明".encode() not in row[6]
        assert b"110101199003070000" not in row[6]
        assert b'"person":' in row[6]
        assert connection.execute("SELECT count(*) FROM vault").fetchone() == (1,)


def test_two_appenders_never_decide_on_stale_state(database_url: str) -> None:
    """Two writers, one cap: what is accepted never exceeds it, and the positions stay gapless."""
    one, two = Desk(database_url), Desk(database_url)
    one.send(*setting()[:4], campaign("C-1", goal=100_000, cap=100_000))
    accepted: list[Answer] = []

    def hammer(desk: Desk, name: str) -> None:
        for n in range(60):
            accepted.extend(a for a in desk.send(pledge(f"{name}-{n}", amount=1_000)) if a.status == "accepted")

    threads = [threading.Thread(target=hammer, args=(desk, name)) for desk, name in ((one, "a"), (two, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = one.state("campaign:huizhong/C-1")
    assert state.pledged == 100_000
    assert sorted(a.position or 0 for a in accepted) == list(range(6, 106))
    one.appender.close()
    two.appender.close()


def test_overload_is_said_at_once_and_nothing_is_taken(database_url: str) -> None:
    appender = Appender(database_url, bytes(32), queue_items_max=10)
    items = [INTAKE.decode(e, None, NOW) for e in setting()]
    futures: list[Future[list[Answer]]] = []
    with pytest.raises(Overloaded):
        futures.extend(appender.submit(items) for _ in range(1000))
    assert all(len(future.result()) == len(items) for future in futures)
    appender.close()


def test_a_lost_database_is_said_and_recovered_from(desk: Desk) -> None:
    with psycopg.connect(desk.dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(StoreUnavailable):
        desk.send(pledge("P-1"))
    assert statuses(desk.send(pledge("P-1"))) == ["accepted"]


def test_a_limit_in_enforce_mode_refuses(database_url: str) -> None:
    enforced = enforcement('[enforce]\nhuizhong = ["cn.p2p.cap.natural.platform"]')
    with Appender(database_url, bytes(32), enforcement=enforced) as appender:
        loans = [
            event(f"loan-{n}", "loan.listed", time="2017-03-02T10:15:00+08:00", loan=f"L-{n}", borrower="U-1",
                  amount=12_000_000, currency="CNY", annual_rate="0.1", term_months=12, repayment="bullet",
                  raise_until="2017-04-01", jurisdiction="CN")
            for n in range(2)
        ]  # fmt: skip
        answers = appender.submit([INTAKE.decode(e, None, NOW) for e in [*setting()[:4], *loans]]).result()
    assert [answer.code for answer in answers[4:]] == [None, "limit_exceeded"]
