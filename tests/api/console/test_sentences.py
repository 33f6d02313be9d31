"""Sentences of rules as people read them: names where the log has ids and codes, words where a template has braces."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.console.languages import LOCALES
from api.console.sentences import CODES, pieces, readable
from api.console.speech import Speech
from risk.document import load_all
from risk.words import fill

RULES = load_all()
NAMES = {"minxin": "民信贷", "on": "安投", "device": "设备网"}
TEXTS = st.text("abc {}（）\\.*+?|^$()[]·平台", max_size=40)


@pytest.mark.parametrize("tag", LOCALES)
def test_no_rule_shows_braces_or_codes_to_people(tag: str) -> None:
    say = Speech(tag, ZoneInfo("Asia/Shanghai"))
    for name, each in RULES.items():
        told, _ = pieces(each.rule.reason, say)
        text = "".join(piece.text for piece in told)
        assert not {"{", "}", "|", "_"} & set(text), f"{name}: {text}"


def test_every_sentence_names_its_platform() -> None:
    for name, each in RULES.items():
        for language, template in (("zh", each.rule.reason.zh), ("en", each.rule.reason.en)):
            values: dict[str, int | str | None] = _Values(platform="minxin", currency="CNY", members="a, b")
            said = readable(fill(template, values, language), template, {"platform": NAMES})
            assert "minxin" not in said, f"{name}: {said}"


class _Values(dict[str, int | str | None]):
    """A number for every figure."""

    def __missing__(self, name: str) -> int:
        return 7


def test_an_id_that_is_a_word_is_changed_in_its_place_alone() -> None:
    template = "{count} of them on {platform} went on; {platform}'s operator"
    said = readable(template.replace("{platform}", "on").replace("{count}", "9"), template, {"platform": NAMES})
    assert said == "9 of them on 安投 went on; 安投's operator"


def test_codes_become_words_and_unknown_ones_stay() -> None:
    template = "同一 {channel}（{value}）"
    words = {"channel": {"device": "设备"}}
    assert readable("同一 device（device）", template, words) == "同一 设备（device）"
    assert readable("同一 pigeon（x）", template, words) == "同一 pigeon（x）"
    assert readable("an older version said it otherwise", template, words) == "an older version said it otherwise"


@given(before=TEXTS, between=TEXTS, after=TEXTS)
def test_whatever_stands_around_a_slot(before: str, between: str, after: str) -> None:
    template = f"{before}{{platform}}{between}{{platform}}{after}"
    said = readable(template.replace("{platform}", "minxin"), template, {"platform": NAMES})
    assert said in {template.replace("{platform}", "民信贷"), *_partly(template)}


def _partly(template: str) -> set[str]:
    """Two slots without anything between them can't be told apart: what is unclear is left."""
    left, right = template.replace("{platform}", "民信贷", 1), template.replace("{platform}", "minxin", 1)
    return {
        template.replace("{platform}", "minxin"),
        left.replace("{platform}", "minxin"),
        right.replace("{platform}", "民信贷"),
    }


def test_the_words_are_of_slots_that_rules_have() -> None:
    slots = "".join(each.rule.reason.en for each in RULES.values())
    assert all(f"{{{slot}}}" in slots for slot in CODES)
