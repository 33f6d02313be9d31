"""Second factors, by who tries to get round them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pyotp
import pytest
from psycopg_pool import ConnectionPool

from api.account import Wrong
from api.entrance import HalfWay, Passed
from api.problems import Problem
from ops.door_log import page as door_log
from tests.api.door.parts import (
    HOME,
    PASSWORD,
    Process,
    enrol,
    forget_failures,
    must_wait,
)


def test_enrolling_ends_other_sessions_and_rotates_ones_own(two: tuple[Process, Process], lin: str) -> None:
    one, other = two
    mine, elsewhere = one.passed(lin), other.passed(lin)
    secret = asyncio.run(one.accounts.begin(mine.principal))
    assert asyncio.run(other.accounts.begin(mine.principal)) == secret, "the same until it is proved"
    with pytest.raises(Wrong):
        asyncio.run(one.accounts.confirm(mine.principal, "000000", mine.token))
    enrolled = asyncio.run(one.accounts.confirm(mine.principal, pyotp.TOTP(secret).at(one.now()), mine.token))
    assert len(set(enrolled.codes)) == 10
    one.clock[0] += timedelta(seconds=6)
    assert [one.who(each) for each in (enrolled.token, mine.token, elsewhere.token)] == [lin, None, None]
    with pytest.raises(Problem, match="switched on already"):
        asyncio.run(one.accounts.begin(mine.principal))


def test_a_code_is_taken_once_and_a_step_aside_at_most(two: tuple[Process, Process], lin: str) -> None:
    one, other = two
    totp = pyotp.TOTP(enrol(one, lin))
    one.clock[0] += timedelta(minutes=5)
    halves = [one.sign_in(lin) for _ in range(2)]
    assert all(isinstance(each, HalfWay) for each in halves)
    for aside in (-90, -60, 60, 90):
        assert one.code(halves[0], totp.at(one.now() + timedelta(seconds=aside))) is None, aside
    forget_failures(one, lin)
    code = totp.at(one.now())
    assert isinstance(one.code(halves[0], code), Passed)
    assert other.code(halves[1], code) is None, "the same code again"
    assert other.code(halves[1], totp.at(one.now() - timedelta(seconds=30))) is None, "nor an earlier one"
    assert isinstance(other.code(halves[1], totp.at(one.now() + timedelta(seconds=30))), Passed)


def test_of_two_who_use_one_code_at_once_one_comes_in(two: tuple[Process, Process], lin: str) -> None:
    one, _ = two
    totp = pyotp.TOTP(enrol(one, lin))
    halves = [one.sign_in(lin) for _ in range(4)]
    code, ready = totp.at(one.now()), threading.Barrier(4)

    def use(numbered: tuple[int, HalfWay]) -> bool:
        ready.wait()
        return two[numbered[0] % 2].code(numbered[1], code) is not None

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(use, enumerate(halves))) == 1


def test_the_second_step_belongs_to_its_browser_and_lasts_five_minutes(two: tuple[Process, Process], lin: str) -> None:
    one, _ = two
    totp = pyotp.TOTP(enrol(one, lin))
    half = one.sign_in(lin, visit="mine")
    with pytest.raises(Problem, match="unauthenticated"):
        one.code(half, totp.at(one.now()), visit="another's")
    with pytest.raises(Problem, match="unauthenticated"):
        one.code(HalfWay("made up"), totp.at(one.now()), visit="mine")
    one.clock[0] += timedelta(minutes=5)
    with pytest.raises(Problem, match="unauthenticated"):
        one.code(half, totp.at(one.now()), visit="mine")


def test_who_knows_the_password_can_not_guess_codes_for_long(two: tuple[Process, Process], lin: str) -> None:
    """Each right password would make room for five more guesses, if those were counted with passwords."""
    one, other = two
    totp = pyotp.TOTP(enrol(one, lin))
    for number in range(5):
        half = one.sign_in(lin, host=f"198.51.100.{number}")
        assert isinstance(half, HalfWay)
        assert one.code(half, "000000", host=f"198.51.100.{number}") is None
    half = other.sign_in(lin)
    assert must_wait(lambda: other.code(half, totp.at(one.now()))) == 60


def test_a_recovery_code_is_used_once(two: tuple[Process, Process], lin: str) -> None:
    one, other = two
    mine = one.passed(lin)
    secret = asyncio.run(one.accounts.begin(mine.principal))
    enrolled = asyncio.run(one.accounts.confirm(mine.principal, pyotp.TOTP(secret).at(one.now()), mine.token))
    typed = enrolled.codes[3].upper().replace("-", " ")
    assert isinstance(one.code(one.sign_in(lin), typed), Passed)
    assert other.code(other.sign_in(lin), typed) is None
    assert asyncio.run(one.accounts.account(mine.principal)).codes_left == 9
    one.clock[0] += timedelta(seconds=60)
    renewed = asyncio.run(one.accounts.renew_codes(mine.principal, pyotp.TOTP(secret).at(one.now())))
    assert one.code(one.sign_in(lin), enrolled.codes[4]) is None, "new ones replace the old"
    assert isinstance(one.code(one.sign_in(lin), renewed[0]), Passed)


def test_switching_off_needs_password_and_code(two: tuple[Process, Process], lin: str) -> None:
    one, _ = two
    totp = pyotp.TOTP(enrol(one, lin))
    mine = one.code(one.sign_in(lin), totp.at(one.now()))
    where = one.entrance.where(HOME, "", "")
    later = totp.at(one.now() + timedelta(seconds=30))
    with pytest.raises(Wrong, match="password"):
        asyncio.run(one.accounts.remove(mine.principal, "no", later, where))
    with pytest.raises(Wrong, match="code"):
        asyncio.run(one.accounts.remove(mine.principal, PASSWORD, "000000", where))
    asyncio.run(one.accounts.remove(mine.principal, PASSWORD, later, where))
    assert isinstance(one.sign_in(lin), Passed)


def test_who_needs_a_second_factor_and_has_none_may_only_enrol(
    pools: list[ConnectionPool[Any]], clock: list[datetime], lin: str
) -> None:
    strict = Process(pools[0], clock, frozenset({"regulator"}))
    mine = strict.passed(lin)
    assert asyncio.run(strict.gate.session(mine.token)).must_enrol
    secret = asyncio.run(strict.accounts.begin(mine.principal))
    code = pyotp.TOTP(secret).at(strict.now())
    fresh = asyncio.run(strict.accounts.confirm(mine.principal, code, mine.token)).token
    assert not asyncio.run(strict.gate.session(fresh)).must_enrol
    clock[0] += timedelta(seconds=60)
    where = strict.entrance.where(HOME, "", "")
    asyncio.run(strict.accounts.remove(mine.principal, PASSWORD, pyotp.TOTP(secret).at(strict.now()), where))
    clock[0] += timedelta(seconds=6)
    assert asyncio.run(strict.gate.session(fresh)).must_enrol, "switched off is as if never switched on"


def test_the_database_tells_no_secret_name_or_address(
    two: tuple[Process, Process], lin: str, module_database: str
) -> None:
    one, _ = two
    secret = enrol(one, lin)
    one.sign_in(lin, "wrong", HOME)
    one.sign_in("secretly typed password", "wrong", HOME)
    with psycopg.connect(module_database) as connection:
        for table in ("second_factors", "recovery_codes", "sign_in_failures", "known_networks", "door_log", "sessions"):
            text = str(connection.execute(f"SELECT * FROM {table}").fetchall())
            assert secret not in text
            assert HOME not in text
            assert "secretly" not in text
            assert lin not in text


def test_the_log_tells_who_came_in_and_who_did_not(
    two: tuple[Process, Process], lin: str, module_database: str
) -> None:
    one, _ = two
    one.passed(lin)
    for _ in range(5):
        one.sign_in(lin, "wrong")
    for number in range(120):
        one.sign_in(f"made up {lin} {number}", "x", "192.0.2.1")
    with psycopg.connect(module_database) as connection:
        mine = [each.what for each in door_log(connection, None, 100, lin)]
        unknown = [each.about["unknown_names"] for each in door_log(connection, None, 100) if each.who is None]
    assert mine == ["locked", *["refused"] * 4, "signed_in"]
    assert unknown[:3] == [100, 10, 1], "a flood of made-up names leaves a few lines"
