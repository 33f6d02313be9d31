"""Sessions: when they end, and by whom."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import pyotp
import pytest

from api.account import Wrong
from api.entrance import HalfWay, Passed
from api.problems import Problem
from ops import access_store
from tests.api.door.parts import (
    HOME,
    PASSWORD,
    Process,
    enrol,
    must_wait,
    new_user,
)


def test_a_session_ends_after_twelve_hours_at_the_latest(two: tuple[Process, Process], lin: str) -> None:
    one, other = two
    token = one.passed(lin).token
    for _ in range(23):
        one.clock[0] += timedelta(minutes=31)
        assert other.who(token) == lin
    one.clock[0] += timedelta(minutes=8)
    assert other.who(token) is None


def test_a_session_ends_by_rest_and_news_do_not_wake_it(two: tuple[Process, Process], lin: str) -> None:
    one, _ = two
    token = one.passed(lin).token
    one.clock[0] += timedelta(minutes=59)
    assert one.who(token) == lin
    for _ in range(59):
        one.clock[0] += timedelta(minutes=1)
        assert one.who(token, quiet=True) == lin
    one.clock[0] += timedelta(minutes=2)
    assert one.who(token, quiet=True) is None
    assert one.who(token) is None


def test_a_quiet_answer_does_not_hide_that_somebody_is_there(two: tuple[Process, Process], lin: str) -> None:
    one, _ = two
    token = one.passed(lin).token
    for _ in range(90):
        one.clock[0] += timedelta(minutes=1)
        assert one.who(token, quiet=True) == lin
        assert one.who(token) == lin, "asked at the same moment by somebody"


def test_disabling_ends_sessions_and_half_sign_ins(
    two: tuple[Process, Process], lin: str, module_database: str
) -> None:
    one, _ = two
    token, secret = one.passed(lin).token, enrol(one, lin)
    half = one.sign_in(lin)
    assert isinstance(half, HalfWay)
    with psycopg.connect(module_database) as connection:
        access_store.disable_user(connection, lin)
    one.clock[0] += timedelta(seconds=6)
    assert one.who(token) is None
    with pytest.raises(Problem, match="unauthenticated"):
        one.code(half, pyotp.TOTP(secret).at(one.now()))
    assert one.sign_in(lin) is None


def test_changing_the_password_ends_the_others_and_rotates_ones_own(two: tuple[Process, Process], lin: str) -> None:
    one, other = two
    mine, elsewhere = one.passed(lin), other.passed(lin)
    where = one.entrance.where(HOME, "", "")
    with pytest.raises(Wrong, match="password"):
        asyncio.run(one.accounts.change_password(mine.principal, "not it", "x" * 12, mine.token, where))
    with pytest.raises(Problem, match="at least 12"):
        asyncio.run(one.accounts.change_password(mine.principal, PASSWORD, "short", mine.token, where))
    fresh = asyncio.run(one.accounts.change_password(mine.principal, PASSWORD, "another long one", mine.token, where))
    one.clock[0] += timedelta(seconds=6)
    assert [one.who(each) for each in (fresh, mine.token, elsewhere.token)] == [lin, None, None]
    assert one.sign_in(lin) is None
    assert isinstance(one.sign_in(lin, "another long one"), Passed)


def test_a_stolen_session_is_no_way_to_guess_the_password(two: tuple[Process, Process], lin: str) -> None:
    one, _ = two
    mine = one.passed(lin)
    where = one.entrance.where(HOME, "", "")
    for _ in range(5):
        with pytest.raises(Wrong):
            asyncio.run(one.accounts.change_password(mine.principal, "guess", "x" * 12, mine.token, where))
    assert must_wait(
        lambda: asyncio.run(one.accounts.change_password(mine.principal, PASSWORD, "x" * 12, mine.token, where))
    )


def test_sessions_are_listed_and_ended_by_their_owner_alone(
    two: tuple[Process, Process], lin: str, module_database: str
) -> None:
    one, other = two
    mine, elsewhere, stranger = one.passed(lin), other.passed(lin), one.passed(new_user(module_database))
    listed = asyncio.run(one.accounts.account(mine.principal)).sessions
    assert [each.browser for each in listed] == ["Firefox, Linux"] * 2
    theirs = next(each for each in listed if not one.accounts.is_this(each, mine.token))
    assert asyncio.run(one.accounts.end(stranger.principal, theirs.id, stranger.token)) == 0
    assert asyncio.run(one.accounts.end(mine.principal, theirs.id, mine.token)) == 1
    one.clock[0] += timedelta(seconds=6)
    assert (one.who(mine.token), other.who(elsewhere.token)) == (lin, None)
    third = one.passed(lin)
    assert asyncio.run(one.accounts.end(mine.principal, None, mine.token)) == 1
    assert [one.who(each.token) for each in (mine, third)] == [lin, None]
    assert one.who(stranger.token)
