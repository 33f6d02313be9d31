"""Mutes: bounded, ended once, and a matcher that means what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given as having
from hypothesis import strategies as st

from ledger.kernel.refusals import Code
from ledger.states.mutes import Matcher
from tests.ledger.given import Event, given

AT = "2026-03-02T10:00:00+08:00"


def muting(name: str = "M-1", until: str = "2026-04-01T00:00:00Z", **parts: Any) -> Event:
    data = {"mute": name, "by": "lin", "reason": "known", "until": until, **parts}
    return Event("alert.muted", data, "registry", AT)


def ending(name: str = "M-1", at: str = "2026-03-03T00:00:00Z") -> Event:
    return Event("alert.unmuted", {"mute": name, "by": "zhao"}, "registry", at)


def test_a_mute_is_kept_under_its_own_key() -> None:
    given().when(muting(rule="I01-shared-channel", key={"value": "ip-1"})).then(
        mute={"matcher": Matcher("I01-shared-channel", {"value": "ip-1"}), "ended_at": None}
    )


def test_a_mute_of_everything_is_none() -> None:
    given().when(muting()).then_refused(Code.MALFORMED, "say what is muted")
    given().when(muting(key={})).then_refused(Code.MALFORMED)


@pytest.mark.parametrize(
    ("until", "fine"),
    [
        ("2026-03-02T02:00:00Z", False),  # the very moment
        ("2026-03-02T02:00:01Z", True),
        ("2027-03-02T02:00:00Z", True),  # 365 days
        ("2027-03-02T02:00:01Z", False),
        ("2025-01-01T00:00:00Z", False),
    ],
)
def test_a_mute_ends_within_a_year(until: str, fine: bool) -> None:  # noqa: FBT001 - a case of the table
    end = given().when(muting(until=until, platform="huizhong"))
    if fine:
        end.then_accepted()
    else:
        end.then_refused(Code.MALFORMED, "365 days")


def test_a_mute_ends_once_and_only_before_its_time() -> None:
    known = muting(platform="huizhong")
    given(known).when(muting(platform="rival")).then_refused(Code.ENTITY_EXISTS)
    given(known).when(ending()).then_accepted()
    given(known, ending()).when(ending()).then_refused(Code.MUTE_NOT_OPEN, "has ended")
    given(known).when(ending(at="2026-04-01T00:00:00Z")).then_refused(Code.MUTE_NOT_OPEN, "has ended")
    given(known).when(ending("M-2")).then_refused(Code.MUTE_NOT_OPEN, "no mute")


def test_only_the_registry_mutes() -> None:
    given().when(muting(platform="huizhong").by("platform:huizhong")).then_refused(Code.SOURCE_NOT_YOURS)


WORDS = st.sampled_from(["", "a", "b"])
KEYS = st.dictionaries(st.sampled_from(["x", "y", "z"]), WORDS, max_size=3)
SUBJECTS = st.lists(WORDS, max_size=3)


@having(
    st.none() | WORDS, KEYS, st.none() | WORDS, st.none() | WORDS, WORDS, KEYS, SUBJECTS, st.none() | WORDS,
)  # fmt: skip
def test_a_matcher_fits_what_has_every_part_of_it(
    rule: str | None,
    key: Mapping[str, str],
    subject: str | None,
    platform: str | None,
    found_rule: str,
    found_key: Mapping[str, str],
    found_subjects: list[str],
    found_platform: str | None,
) -> None:
    """Said another way: as facts, those of the matcher are a part of those of the finding."""
    wanted: set[Any] = {("rule", rule), ("subject", subject), ("platform", platform)}
    wanted = {each for each in wanted if each[1] is not None} | {("key", *each) for each in key.items()}
    facts: set[Any] = {
        ("rule", found_rule),
        ("platform", found_platform),
        *(("subject", each) for each in found_subjects),
    }
    facts |= {("key", *each) for each in found_key.items()}
    fits = Matcher(rule, dict(key), subject, platform).fits(found_rule, found_key, found_subjects, found_platform)
    assert fits == (wanted <= facts)


@having(KEYS, KEYS, WORDS)
def test_a_further_part_never_fits_more(key: dict[str, str], found: dict[str, str], word: str) -> None:
    wide, narrow = Matcher(key=key), Matcher(key={**key, "w": word})
    assert wide.fits("r", found, [], None) or not narrow.fits("r", found, [], None)
    assert not Matcher(key={"absent": ""}).fits("r", found, [], None), "absent is not empty"
