"""Corrections under fire: the same one from several processes at once, and approvals while they are killed."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.accounts import Posting, trial_balance
from ledger.candidate import Answer
from ledger.states.campaigns import Campaign
from ledger.states.corrections import Approval
from ledger.store import reading
from ledger.store.appender import Appender
from tests.ledger.store.approver import INTAKE, NOW
from tests.ledger.store.events import collected, event, pledge, setting

ROOT = Path(__file__).parents[3]
SEED = random.randrange(10**6)
RELEASES = 24


def correction(name: str, corrects: str) -> dict[str, Any]:
    return event(name, "event.corrected", corrects=corrects, reason="typed twice")


def send(appender: Appender, *events: dict[str, Any]) -> list[Answer]:
    return appender.submit([INTAKE.decode(each, None, NOW, "asker") for each in events]).result(30)


def released(number: int) -> dict[str, Any]:
    return event(f"r{number}", "funds.released", campaign="C-1", amount=10)


def campaign(connection: Any) -> Campaign:
    state = reading.states(connection, ["campaign:huizhong/C-1"])["campaign:huizhong/C-1"]
    assert isinstance(state, Campaign)
    return state


def test_the_same_event_corrected_by_many_at_once(database_url: str) -> None:
    """Four writers with caches of their own: of all corrections of one event, one is recorded."""
    writers = [Appender(database_url, bytes(32)) for _ in range(4)]
    try:
        names = [f"P-{number}" for number in range(30)]
        send(writers[0], *setting(), *(pledge(name) for name in names))
        futures = [
            writer.submit([INTAKE.decode(correction(f"x{number}-{name}", f"made-{name}"), None, NOW)])
            for name in names
            for number, writer in enumerate(writers)
        ]
        answers = [answer for future in futures for answer in future.result(30)]
        codes = Counter(answer.code or answer.status for answer in answers)
        assert codes == {"accepted": len(names), "already_corrected": 3 * len(names)}
        with psycopg.connect(database_url) as connection:
            assert (campaign(connection).pledged, campaign(connection).pledges) == (0, 0)
    finally:
        for writer in writers:
            writer.close()


def test_all_in_one_group(database_url: str) -> None:
    """Story, corrections that wait, an approval and a rejection, what comes after them: one transaction, in order."""
    with Appender(database_url, bytes(32)) as appender:
        said = {"corrects": "r1", "by": "second", "asked_by": "asker"}
        approval = event("a", "correction.approved", source="registry", correction="huizhong/x1", **said)
        said["corrects"] = "r2"
        rejection = event("b", "correction.rejected", source="registry", correction="huizhong/x2", reason="no", **said)
        answers = send(
            appender, *setting(), pledge("P-1"), collected("P-1"), correction("x1", "r1"), released(1), released(2),
            correction("x2", "r2"), approval, rejection, pledge("P-2"), correction("x3", "made-P-2"),
        )  # fmt: skip
        parked = {answer.id for answer in answers if answer.status == "parked"}
        assert parked == {"x1", "x2", "x3"}  # the first one for its event first, then for a second person
        with psycopg.connect(database_url) as connection:
            assert (campaign(connection).released, campaign(connection).pledged) == (10, 100_000)
            assert [each.id for each in reading.corrections(connection, None, "waiting")] == ["x3"]
            waiting = reading.parked(connection, None)
            assert [(each.id, each.missing) for each in waiting] == [("x3", ["approval:huizhong/x3"])]


@pytest.mark.slow
def test_approvals_while_they_are_killed(database_url: str) -> None:
    """Three processes settle what waits, one of them killed again and again: every correction is settled once."""
    sys.stderr.write(f"seed {SEED}\n")
    rng = random.Random(SEED)
    with Appender(database_url, bytes(32)) as appender:
        send(appender, *setting(), pledge("P-1"), collected("P-1"), *map(released, range(RELEASES)))
        answers = send(appender, *(correction(f"x{number}", f"r{number}") for number in range(RELEASES)))
        assert {answer.status for answer in answers} == {"parked"}
    steady = [_start(database_url, name) for name in ("second", "third")]
    for life in range(4):
        doomed = _start(database_url, f"doomed{life}")
        assert doomed.stdout is not None
        for _ in range(rng.randrange(1, 3)):
            doomed.stdout.readline()
        doomed.kill()
        doomed.communicate()
    for process in steady:
        process.communicate(timeout=120)
        assert process.returncode == 0
    _check(database_url)


def _start(dsn: str, who: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.ledger.store.approver", dsn, str(SEED), who]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _check(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        settled = reading.corrections(connection, None, None)
        assert len(settled) == RELEASES
        keys = [f"approval:huizhong/x{number}" for number in range(RELEASES)]
        approvals = reading.states(connection, keys)
        granted = {key for key, state in approvals.items() if isinstance(state, Approval) and state.granted}
        assert len(approvals) == RELEASES
        assert {f"approval:huizhong/{each.id}" for each in settled if each.outcome == "accepted"} == granted
        assert campaign(connection).released == 10 * (RELEASES - len(granted))
        (said,) = connection.execute(
            "SELECT count(*) FROM events WHERE type IN ('correction.approved', 'correction.rejected')"
        ).fetchone() or (0,)
        assert said == RELEASES
        sums: Counter[tuple[str, str]] = Counter()
        for event_ in reading.read_batch(connection, 0, 1_000):
            for account, currency, amount in event_.postings:
                sums[account, currency] += amount
        assert not any(trial_balance(Posting(*of, amount) for of, amount in sums.items()).values())
        assert sums["escrow/huizhong/C-1", "CNY"] == campaign(connection).escrow
