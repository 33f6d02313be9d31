"""Sentences of rules and alerts in the reader's language. They exist in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from projections.alerts import Alert
from risk.document import Loaded, Rule

WRITTEN: Final[Mapping[str, str]] = {"zh-Hans": "zh", "zh-Hant": "zh", "en": "en"}
TAGS: Final[Mapping[str, str]] = {"zh": "zh-Hans", "en": "en"}


class Sentence(NamedTuple):
    """A text, and the language that it is really in."""

    text: str
    lang: str


def reason_of(alert: Alert, tag: str) -> Sentence:
    """Why the alert was raised."""
    written = WRITTEN[tag]
    return Sentence(alert.reason_zh if written == "zh" else alert.reason_en, TAGS[written])


def title_of(name: str, rules: Mapping[str, Loaded], tag: str) -> Sentence:
    """What a rule is called; its id where the document is gone."""
    loaded = rules.get(name)
    if loaded is None:
        return Sentence(name, "en")
    written = WRITTEN[tag]
    return Sentence(getattr(loaded.rule.title, written), TAGS[written])


def guide_of(rule: Rule | None, tag: str) -> list[Sentence]:
    """What an investigator looks into, step by step."""
    written = WRITTEN[tag]
    return [Sentence(step, TAGS[written]) for step in getattr(rule.guide, written)] if rule else []


class Law(NamedTuple):
    """What a rule rests on. `read`: the source was read, not remembered."""

    text: Sentence
    citation: str
    read: bool


def laws_of(rule: Rule | None, tag: str) -> list[Law]:
    """The legal basis of a rule."""
    written = WRITTEN[tag]
    return [
        Law(Sentence(getattr(each.text, written, str(each.text)), TAGS[written]), each.citation, each.read)
        for each in (rule.legal if rule else ())
    ]
