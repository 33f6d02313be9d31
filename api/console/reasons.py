"""Sentences of rules and alerts in the reader's language. They are written in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from api.console.traditional import traditional
from projections.alerts import Alert
from risk.document import Loaded, Rule, Words

WRITTEN: Final[Mapping[str, str]] = {"zh-Hans": "zh", "zh-Hant": "zh", "en": "en"}


class Sentence(NamedTuple):
    """A text, and the language that it is really in."""

    text: str
    lang: str


def told(zh: str, en: str, tag: str) -> Sentence:
    """What is written in two languages, in the reader's own."""
    if WRITTEN[tag] == "en":
        return Sentence(en, "en")
    return Sentence(traditional(zh) if tag == "zh-Hant" else zh, tag)


def reason_of(alert: Alert, tag: str) -> Sentence:
    """Why the alert was raised."""
    return told(alert.reason_zh, alert.reason_en, tag)


def title_of(name: str, rules: Mapping[str, Loaded], tag: str) -> Sentence:
    """What a rule is called; its id where the document is gone."""
    loaded = rules.get(name)
    return Sentence(name, "en") if loaded is None else told(loaded.rule.title.zh, loaded.rule.title.en, tag)


def guide_of(rule: Rule | None, tag: str) -> list[Sentence]:
    """What an investigator looks into, step by step."""
    steps = zip(rule.guide.zh, rule.guide.en, strict=True) if rule else ()
    return [told(zh, en, tag) for zh, en in steps]


class Law(NamedTuple):
    """What a rule rests on. `read`: the source was read, not remembered."""

    text: Sentence
    citation: str
    read: bool


def laws_of(rule: Rule | None, tag: str) -> list[Law]:
    """The legal basis of a rule."""
    return [Law(_law(each.text, tag), each.citation, each.read) for each in (rule.legal if rule else ())]


def _law(text: Words | str, tag: str) -> Sentence:
    return Sentence(text, "en") if isinstance(text, str) else told(text.zh, text.en, tag)
