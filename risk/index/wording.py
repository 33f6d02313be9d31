"""Wording: promises that nobody may make. Terms are data (`terms.yaml`), each with the law or the notice it is from.

What is matched are words of events: titles, purposes, notes, what disclosures say. Words that deny a promise are taken
out first ("not guaranteed"). A promised return and a declared guarantee are facts of events, and count as said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from risk.index.form import WORST, Dimension, Facts, Market, Said, Shown, dimension

NAME = "wording"
TERMS = Path(__file__).parent / "terms.yaml"
_HAN = re.compile(r"(?<=[㐀-鿿])[\s·.,，。、*_-]+(?=[㐀-鿿])")  # what is put between to hide a word


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A promise. `weight` of 1000 is what it adds to the score, once a month however often it is said."""

    name: str
    lang: str  # zh, en
    words: tuple[str, ...]
    weight: int
    source: str
    denied: tuple[str, ...] = ()  # words around it that make it no promise


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The list, and what facts of events weigh."""

    terms: tuple[Term, ...]
    facts: dict[str, int]


@cache
def terms(path: Path = TERMS) -> Terms:
    """The list. Raises msgspec.ValidationError where it is not well formed."""
    return msgspec.yaml.decode(path.read_bytes(), type=Terms)


def measure(market: Market, month: str) -> dict[str, Dimension]:
    """A figure for each term and fact that was found: how often. The score adds up their weights."""
    return {platform: _of(facts) for platform, facts in market.get(month, {}).items()}


def _of(facts: Facts) -> Dimension:
    listed = terms()
    found = [shown for term in listed.terms if (shown := _found(term, facts.said or ())) is not None]
    for name, weight in listed.facts.items():
        if (figure := facts.figures.get(name)) is not None and figure.value:
            found.append(Shown(name, figure.value, weight, positions=figure.positions))
    if not found and not facts.said:
        return dimension(NAME, (Shown("texts", None if facts.said is None else 0, None, reason="no_texts"),))
    score = min(sum(each.score or 0 for each in found), WORST)
    return Dimension(NAME, score, None, (Shown("texts", len(facts.said or ()), None, reason="shown_only"), *found))


def _found(term: Term, said: Iterable[Said]) -> Shown | None:
    positions = sorted({each.position for each in said if says(term, each.text)})
    return Shown(term.name, len(positions), term.weight, positions=tuple(positions)) if positions else None


def says(term: Term, text: str) -> bool:
    """Whether the text makes the promise: in any width of characters, with or without blanks between Chinese ones."""
    plain = plainly(text)
    for denied in term.denied:
        plain = _pattern(denied, term.lang).sub(" ", plain)
    return any(_pattern(words, term.lang).search(plain) for words in term.words)


def plainly(text: str) -> str:
    """As it is read: compatible forms of letters, lower case, nothing between Chinese characters."""
    return _HAN.sub("", " ".join(unicodedata.normalize("NFKC", text).casefold().split()))


@cache
def _pattern(words: str, lang: str) -> re.Pattern[str]:
    escaped = re.escape(plainly(words))
    return re.compile(escaped if lang == "zh" else rf"\b{escaped}\b")
