"""Sentences of rules and alerts in the reader's language. They are written in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from api.console.laws import address_of
from api.console.traditional import traditional
from ledger.rulebook.loading import books, citation
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


def title_of(name: str, rules: Mapping[str, Loaded], tag: str) -> Sentence:
    """What a rule is called; its id where the document is gone."""
    loaded = rules.get(name)
    return Sentence(name, "en") if loaded is None else told(loaded.rule.title.zh, loaded.rule.title.en, tag)


def guide_of(rule: Rule | None, tag: str) -> list[Sentence]:
    """What an investigator looks into, step by step."""
    steps = zip(rule.guide.zh, rule.guide.en, strict=True) if rule else ()
    return [told(zh, en, tag) for zh, en in steps]


class Law(NamedTuple):
    """What a rule rests on. `read`: the source was read, not remembered. `address`: its page in the rulebooks."""

    text: Sentence
    citation: str
    read: bool
    address: str | None = None


def laws_of(rule: Rule | None, tag: str, limit: str | None = None) -> list[Law]:
    """The legal basis of a rule; before it the limits of the law: the one that an alert names, or all of its table."""
    if rule is None:
        return []
    names = [limit] if limit else rule.table.rulebook if rule.table else []
    limits = [law for name in names for law in _limit(name, tag)]
    return [*limits, *(Law(_law(each.text, tag), each.citation, each.read) for each in rule.legal)]


def _limit(name: str, tag: str) -> list[Law]:
    """A rule of the rulebooks as it was stated last; nothing where no pack has it any more."""
    stated = next((book.rules[name] for book in books().values() if name in book.rules), ())
    found = next((each for each in reversed(stated) if each.rule is not None), None)
    if found is None or found.rule is None:
        return []
    said = told(found.rule.zh, found.rule.en, tag)
    return [Law(said, citation(found), found.rule.status != "unverified", address_of(name))]


def _law(text: Words | str, tag: str) -> Sentence:
    return Sentence(text, "en") if isinstance(text, str) else told(text.zh, text.en, tag)
