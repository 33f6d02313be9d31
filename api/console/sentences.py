"""Sentences of rules for people: figures by their names where a template has braces, words where one has codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Final, NamedTuple

from api.console.reasons import Sentence, told
from api.console.speech import Speech
from api.console.words import N_
from projections.alerts import Alert
from risk.document import Loaded, Words
from risk.figures import FIGURES

# Codes that rules put into their sentences, by the name of the slot.
_CHANNELS: Final = {"ip": N_("IP address"), "device": N_("device"), "payment": N_("means of payment")}
CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "channel": _CHANNELS,
    "trait": _CHANNELS,
    "about": {
        "investor": N_("investor"),
        "borrower": N_("borrower"),
        "issuer": N_("issuer"),
        "campaign": N_("campaign"),
        "loan": N_("loan"),
    },
    "category": {
        "offering": N_("offering document"),
        "accounts": N_("annual accounts"),
        "update": N_("progress report"),
    },
    "members": {"operator": N_("operator")},
    "unit": {"days": N_("days"), "months": N_("months"), "holders": N_("holders")},
}
_SLOT: Final = re.compile(r"\{([a-z][a-z0-9_]*)(?:\|[a-z]+)?\}")
# Codes stand between spaces in Chinese sentences, names in Chinese do not.
_BETWEEN_HAN: Final = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_CODE: Final = r"[A-Za-z0-9][A-Za-z0-9._:-]*?"


class Piece(NamedTuple):
    """A part of a template: its words, or what the figure is called that stands there."""

    text: str
    figure: bool


def pieces(template: Words, say: Speech) -> tuple[list[Piece], str]:
    """The template in the reader's language, and the language that it is really in."""
    said = told(template.zh, template.en, say.tag)
    parts = _SLOT.split(said.text)
    named = [Piece(label_of(part, say), True) if place % 2 else Piece(part, False) for place, part in enumerate(parts)]
    return [each for each in named if each.text], said.lang


def label_of(name: str, say: Speech) -> str:
    """What a figure or parameter is called; one of a version that ran long ago may have lost its words."""
    label = FIGURES.get(name)
    return name.replace("_", " ") if label is None else told(label.zh, label.en, say.tag).text


def reason_of(alert: Alert, rules: Mapping[str, Loaded], platforms: Mapping[str, str], say: Speech) -> Sentence:
    """Why the alert was raised. The log has ids and codes in the sentence; people read names (`platforms`, by id)."""
    said = told(alert.reason_zh, alert.reason_en, say.tag)
    loaded = rules.get(alert.rule)
    if loaded is None:
        return said
    template = told(loaded.rule.reason.zh, loaded.rule.reason.en, say.tag).text
    words = {slot: {code: say.text(word) for code, word in codes.items()} for slot, codes in CODES.items()}
    text = readable(said.text, template, {"platform": platforms, **words})
    return said._replace(text=_BETWEEN_HAN.sub("", text))


def readable(sentence: str, template: str, words: Mapping[str, Mapping[str, str]]) -> str:
    """A filled template with words for codes: `words` by slot. What does not stand where the template has it is left.

    A code is found by the words on both sides of its slot, so that one that is also an ordinary word is not changed
    elsewhere.
    """
    for slot, place in _places(template):
        if slot in words:
            sentence = place.sub(partial(_word, words[slot]), sentence, count=1)
    return sentence


def _word(known: Mapping[str, str], found: re.Match[str]) -> str:
    return known.get(found[0], found[0])


@lru_cache(maxsize=1024)
def _places(template: str) -> list[tuple[str, re.Pattern[str]]]:
    """Each slot that has words beside it, and what finds the code that stands there."""
    parts = _SLOT.split(template)
    places = []
    for at in range(1, len(parts), 2):
        before, after = parts[at - 1], parts[at + 1]
        behind = f"(?<={re.escape(before)})" if before else "^" if at == 1 else ""
        ahead = f"(?={re.escape(after)})" if after else "$" if at == len(parts) - 2 else ""
        if behind and ahead:
            places.append((parts[at], re.compile(behind + _CODE + ahead)))
    return places
