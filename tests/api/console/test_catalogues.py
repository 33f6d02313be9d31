"""Every text that people see has a translation in every catalogue, and none is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import api
from api.console import languages, parts, words
from ledger.events import catalogue
from ledger.kernel.refusals import Code
from ledger.states.alerts import SEVERITIES

ROOT = Path(api.__file__).parent
KEYWORDS = {"_": None, "N_": None, "text": None, "plural": (1, 2), "n_": (1, 2)}
METHODS = [("console/**.py", "python"), ("templates/console/**.html", "jinja2")]
OPTIONS = {"templates/console/**.html": {"encoding": "utf-8", "trimmed": "true"}}
TAGS = [tag for tag in languages.LOCALES if languages.catalogue_path(tag)]
NAMED = re.compile(r"%\(\w+\)s")
Message = str | tuple[str, ...]


@cache
def used() -> frozenset[Message]:
    found = extract_from_dir(str(ROOT), METHODS, OPTIONS, keywords=KEYWORDS)
    return frozenset(message for _file, _line, message, _comments, _context in found)


def read(tag: str) -> Catalog:
    path = languages.catalogue_path(tag)
    assert path is not None
    with path.open("rb") as file:
        return read_po(file, locale=languages.LOCALES[tag])


def test_there_are_texts_to_translate() -> None:
    assert len(used()) > 250


@pytest.mark.parametrize("tag", TAGS)
def test_every_text_is_translated_and_none_is_left_over(tag: str) -> None:
    known = read(tag)
    missing = [message for message in used() if message not in known]
    assert not missing, f"`make catalogues` adds them to {tag}"
    unused = [message.id for message in known if message.id and message.id not in used()]
    assert not unused
    assert not known.obsolete


@pytest.mark.parametrize("tag", TAGS)
def test_every_translation_is_whole(tag: str) -> None:
    for message in read(tag):
        if not message.id:
            continue
        translated = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(translated), f"{message.id!r} has no translation in {tag}"
        assert not message.fuzzy, message.id
        wanted = set(NAMED.findall(" ".join(message.id) if isinstance(message.id, tuple) else message.id))
        for each in translated:
            assert set(NAMED.findall(each)) == wanted, message.id


def test_the_catalogues_are_in_the_script_that_they_say() -> None:
    both = {tag: "".join(str(message.string) for message in read(tag)) for tag in TAGS}
    assert not set("监测预险项账户") & set(both["zh-Hant"])
    assert not set("監測預險項帳戶") & set(both["zh-Hans"]) - set("帳")


@pytest.mark.parametrize(
    ("vocabulary", "codes"),
    [
        (words.SEVERITIES, set(SEVERITIES)),
        (words.EVENTS, set(catalogue.TYPES)),
        (words.PLATFORM_KINDS, {"reward", "equity", "lending", "donation"}),
        (words.CODES, set(Code)),
        (words.STATUSES, {"open", "acknowledged", "escalated", "close_requested", "closed"}),
        (words.OUTCOMES, {"confirmed", "justified_look", "false_positive"}),
    ],
)
def test_every_code_of_the_ledger_has_words(vocabulary: Mapping[str, str], codes: set[str]) -> None:
    assert vocabulary.keys() == codes


def test_every_field_of_an_event_has_words() -> None:
    shown = {name for event in catalogue.RECORDED.values() for name in _fields(event)}
    assert not sorted(shown - parts.LABELS.keys() - parts.LEFT_OUT)


def _fields(event: type) -> Iterator[str]:
    yield from event.__struct_fields__
