"""Failures: counted in every process together, and no way for strangers to keep anybody out."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import lockout
from api.entrance import Hashing, Passed, network_of
from api.lockout import Tally
from api.problems import Problem
from tests.api.door.parts import (
    HOME,
    PASSWORD,
    START,
    STRANGER,
    Process,
    must_wait,
)


def test_a_pause_holds_in_every_process_and_also_for_the_right_password(two: tuple[Process, Process], lin: str) -> None:
    one, other = two
    for _ in range(3):
        assert one.sign_in(lin, "wrong") is None
    for _ in range(2):
        assert other.sign_in(lin, "wrong") is None
    assert must_wait(lambda: one.sign_in(lin, "wrong")) == 60
    assert must_wait(lambda: other.sign_in(lin, PASSWORD)) == 60
    one.clock[0] += timedelta(seconds=61)
    assert isinstance(other.sign_in(lin), Passed)
    assert one.sign_in(lin, "wrong") is None, "success forgets the failures"


def test_pauses_double_up_to_a_quarter_of_an_hour(two: tuple[Process, Process], lin: str) -> None:
    one, other = two
    for _ in range(5):
        one.sign_in(lin, "wrong")
    for pause in (60, 120, 240, 480, 900, 900):
        one.clock[0] += timedelta(seconds=pause - 1)
        assert must_wait(lambda: other.sign_in(lin, "wrong")) == 1
        one.clock[0] += timedelta(seconds=1)
        assert one.sign_in(lin, "wrong") is None, pause
    one.clock[0] += lockout.FORGOTTEN_AFTER + timedelta(seconds=1)
    for _ in range(5):
        assert one.sign_in(lin, "wrong") is None, "after a long quiet it begins anew"


def test_of_many_guesses_at_once_no_more_get_through_than_one_after_the_other(
    two: tuple[Process, Process], lin: str
) -> None:
    ready = threading.Barrier(24)

    def guess(process: Process) -> str:
        ready.wait()
        try:
            return "tried" if process.sign_in(lin, "wrong") is None else "in"
        except Problem as problem:
            return problem.code

    with ThreadPoolExecutor(24) as threads:
        found = list(threads.map(guess, [*two] * 12))
    assert found.count("tried") == 5
    assert found.count("too_many_requests") == 19


def test_a_stranger_does_not_keep_an_officer_out(two: tuple[Process, Process], lin: str) -> None:
    one, other = two
    assert isinstance(one.sign_in(lin), Passed)
    for number in range(60):  # from everywhere, until everybody unknown has to wait
        try:
            other.sign_in(lin, "wrong", f"198.51.100.{number}")
        except Problem:
            break
    assert 1 <= must_wait(lambda: other.sign_in(lin, "wrong", STRANGER)) <= 300
    assert isinstance(one.sign_in(lin), Passed), "from where she has signed in before she comes in at once"
    assert one.sign_in(lin, host=STRANGER) is not None, "and her success ends the pause for all"


def test_the_pause_of_all_strangers_stays_short(two: tuple[Process, Process], lin: str) -> None:
    one, _ = two
    for number in range(200):
        try:
            one.sign_in(lin, "wrong", f"2001:db8:{number:x}::1")
        except Problem as problem:
            assert int(problem.headers["Retry-After"]) <= 300  # noqa: PT017
            one.clock[0] += timedelta(seconds=int(problem.headers["Retry-After"]))


@pytest.mark.parametrize("kind", ["known", "unknown"])
def test_known_and_unknown_names_are_slowed_alike(two: tuple[Process, Process], lin: str, kind: str) -> None:
    one, _ = two
    name = lin if kind == "known" else f"no {lin}"
    assert [one.sign_in(name, "wrong") for _ in range(5)] == [None] * 5
    assert must_wait(lambda: one.sign_in(name, "wrong")) == 60


def test_addresses_of_one_ipv6_subscriber_are_one_place() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:203.0.113.7") == network_of(HOME)
    assert network_of("fe80::1%eth0") == network_of("fe80::2")
    assert network_of("testclient") == "testclient"


def test_a_clock_that_was_set_back_locks_nobody_out(two: tuple[Process, Process], lin: str) -> None:
    one, _ = two
    for _ in range(9):
        with pytest.raises(Problem) if _ >= 5 else _nothing():
            one.sign_in(lin, "wrong")
    one.clock[0] -= timedelta(days=2)
    assert isinstance(one.sign_in(lin), Passed)


class _nothing:  # noqa: N801
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


@given(
    st.integers(0, 100), st.floats(0, 10_000), st.sampled_from([lockout.NAME, lockout.NAME_AT_NETWORK, lockout.CODE])
)
def test_a_pause_is_bounded_and_grows(failures: int, passed: float, policy: lockout.Policy) -> None:
    now = START + timedelta(seconds=passed)
    wait = lockout.wait_seconds(policy, Tally(failures, START), now)
    assert 0 <= wait <= policy.most_seconds
    assert lockout.pause_seconds(policy, failures) <= lockout.pause_seconds(policy, failures + 1)
    assert failures >= policy.free or wait == 0


def test_a_flood_of_sign_ins_waits_by_itself(two: tuple[Process, Process], lin: str) -> None:
    """Nobody's threads are taken; who comes when too many wait is asked to come again, and that counts for nothing."""
    one, _ = two
    busy: list[int] = []
    running = [0]

    def slow() -> bool:
        running[0] += 1
        busy.append(running[0])
        threading.Event().wait(0.005)
        running[0] -= 1
        return False

    async def flood() -> list[object]:
        hashing = Hashing()
        return await asyncio.gather(*(hashing._run(slow) for _ in range(40)), return_exceptions=True)

    assert asyncio.run(flood()) == [False] * 40
    assert max(busy) <= 2
    one.hashing._waiting = 64
    with pytest.raises(Problem, match="overloaded"):
        one.sign_in(lin, "wrong")
