"""The close of a campaign through the real append: what is in the log, in the group, parked, sent twice, rehearsed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import psycopg
import pytest

from ledger.accounts import trial_balance
from ledger.candidate import Answer
from ledger.states.campaigns import Pledge
from ledger.states.promises import status_of
from ledger.store import reading
from tests.ledger.store.events import collected, event, party, pledge, setting
from tests.ledger.store.test_appender import Desk, statuses

OWN = "campaign:huizhong/C-1"
LATER = "2026-03-20T10:00:00+08:00"


def closed(outcome: str = "failed", name: str = "close") -> dict[str, Any]:
    return event(name, "campaign.closed", time=LATER, campaign="C-1", outcome=outcome)


def corrected(name: str) -> dict[str, Any]:
    return event(f"undo-{name}", "event.corrected", time=LATER, corrects=name, reason="x")


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    desk = Desk(database_url)
    assert {answer.status for answer in desk.send(*setting(), party("U-2"))} == {"accepted"}
    yield desk
    desk.appender.close()


def lines(desk: Desk, name: str = "close") -> dict[str, int]:
    """The entry of an event, by account."""
    with psycopg.connect(desk.dsn) as connection:
        found = reading.event(connection, "platform:huizhong", name)
    assert found is not None
    assert not any(trial_balance(found.postings).values())
    return {line.account: line.amount for line in found.postings}


def status(desk: Desk, name: str) -> str:
    key = f"pledge:huizhong/{name}"
    with psycopg.connect(desk.dsn) as connection:
        found = reading.states(connection, [key])[key]
    assert isinstance(found, Pledge)
    return status_of(found, desk.state(OWN))


def test_pledges_in_the_log_and_in_the_same_batch_end_alike(desk: Desk) -> None:
    desk.send(pledge("A", 100), pledge("B", 200, investor="U-2"), pledge("C", 400))
    batch = pledge("D", 800), collected("C"), event("x", "pledge.cancelled", pledge="B"), closed(), pledge("E", 1_600)
    assert statuses(desk.send(*batch)) == ["accepted"] * 5
    assert lines(desk) == {"pledged/huizhong/C-1": 900, "receivable/huizhong/U-1": -900}
    assert [status(desk, name) for name in "ABCDE"] == ["void", "cancelled", "collected", "void", "void"]
    state = desk.state(OWN)
    assert (state.pledged, state.voided, state.due) == (400, 2_500, 400)


def test_everything_in_one_batch(desk: Desk) -> None:
    assert statuses(desk.send(*(pledge(f"P-{n}", 7) for n in range(300)), closed())) == ["accepted"] * 301
    assert lines(desk) == {"pledged/huizhong/C-1": 2_100, "receivable/huizhong/U-1": -2_100}


def test_a_close_of_nothing(desk: Desk) -> None:
    assert statuses(desk.send(closed())) == ["accepted"]
    assert lines(desk) == {}


def test_a_pledge_that_was_parked_is_void_when_it_is_woken(desk: Desk) -> None:
    assert statuses(desk.send(pledge("P", investor="U-9"))) == ["parked"]
    assert statuses(desk.send(closed())) == ["accepted"]
    assert statuses(desk.send(party("U-9"))) == ["accepted"]
    assert status(desk, "P") == "void"
    assert lines(desk, "made-P") == {}
    assert statuses(desk.send(event("p2", "pledge.collected", pledge="P"))) == ["accepted"], (
        "before the close, told late"
    )
    assert desk.state(OWN).due == 50_000


def test_two_closes_at_once(desk: Desk, database_url: str) -> None:
    desk.send(*(pledge(f"P-{n}") for n in range(50)))
    other = Desk(database_url)
    futures: list[Future[list[Answer]]] = [desk.start(closed()), other.start(closed("cancelled", "other"))]
    found = sorted(statuses(future.result(timeout=30))[0] for future in futures)
    other.appender.close()
    assert found == ["accepted", "refused"]
    assert desk.state(OWN).voided == 50 * 50_000


def test_two_processes_see_each_others_ends(desk: Desk, database_url: str) -> None:
    other = Desk(database_url)
    other.send(pledge("P"))
    other.send(pledge("Q"))
    desk.send(closed())
    late = event("late", "pledge.collected", pledge="P"), event("c", "pledge.cancelled", pledge="Q")
    assert statuses(other.send(*late)) == ["accepted"] * 2
    assert lines(other, "late") == {"investor/huizhong/U-1": -50_000, "escrow/huizhong/C-1": 50_000}
    assert lines(other, "c") == {}
    other.appender.close()


def test_a_rehearsal_records_nothing(desk: Desk) -> None:
    desk.send(pledge("P"))
    (answer,) = desk.send(closed(), dry_run=True)
    assert answer.status == "accepted"
    assert desk.state(OWN).status == "open"
    assert statuses(desk.send(closed())) == ["accepted"]


def test_an_id_that_was_pledged_anew_counts_once(desk: Desk) -> None:
    desk.send(pledge("P", 100), corrected("made-P"))
    again = {**pledge("P", 300), "id": "again"}
    desk.send(again)
    desk.send(closed())
    assert lines(desk) == {"pledged/huizhong/C-1": 300, "receivable/huizhong/U-1": -300}


def test_a_close_is_taken_back_exactly(desk: Desk) -> None:
    chance = random.Random(7)
    amounts = {f"P-{n}": chance.randint(1, 10_000) for n in range(400)}
    desk.send(*(pledge(name, amount) for name, amount in amounts.items()))
    before = desk.state(OWN)
    assert statuses(desk.send(closed(), corrected("close"))) == ["accepted"] * 2
    assert desk.state(OWN) == before
    assert lines(desk, "undo-close") == {account: -amount for account, amount in lines(desk).items()}


def test_a_close_has_more_lines_than_a_statement_carries(desk: Desk) -> None:
    """Beyond a megabyte of postings the row goes by COPY; a pipeline would stall for good on ten."""
    names = [f"{'W' * 100}-{n}" for n in range(12_000)]
    for start in range(0, len(names), 2_000):
        part = names[start : start + 2_000]
        desk.send(*(party(name) for name in part))
        desk.send(*(pledge(f"P-{name[-9:]}", 100, investor=name) for name in part))
    assert statuses(desk.send(closed(), party("Z"))) == ["accepted"] * 2
    assert len(lines(desk)) == len(names) + 1
