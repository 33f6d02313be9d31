"""The three languages of the console: their catalogues, and which one a request is answered in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages import mofile, pofile
from babel.support import NullTranslations, Translations

FOLDER: Final = Path(__file__).parent.parent / "locales"
DOMAIN: Final = "console"
DEFAULT: Final = "zh-Hans"
# Language tag (also the value of <html lang>) -> the locale that numbers and dates are written by.
LOCALES: Final[Mapping[str, str]] = {"zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW", "en": "en_GB"}
# Each in its own words: whoever looks for it may not read the present one.
NAMES: Final[Mapping[str, str]] = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}
_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})


@cache
def locale(tag: str) -> Locale:
    """Babel's locale of a language."""
    return Locale.parse(LOCALES[tag])


@cache
def translations(tag: str) -> NullTranslations:
    """The catalogue of a language, compiled in memory. Messages are written in English, so English needs none."""
    path = catalogue_path(tag)
    if path is None:
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        mofile.write_mo(compiled, pofile.read_po(file, locale=LOCALES[tag]))
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def catalogue_path(tag: str) -> Path | None:
    """Where the .po file of a language is; None for English."""
    if tag == "en":
        return None
    return FOLDER / tag.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"


def choose(cookie: str | None, accept: str) -> str:
    """The language that was chosen before, else the first acceptable one, else Chinese."""
    if cookie in LOCALES:
        return str(cookie)
    for tag in _accepted(accept):
        if tag in {"*", ""}:
            break
        primary, *rest = tag.lower().split("-")
        if primary == "zh":
            return "zh-Hant" if _TRADITIONAL & set(rest) else "zh-Hans"
        if primary == "en":
            return "en"
    return DEFAULT


def _accepted(header: str) -> list[str]:
    """Language tags of an Accept-Language header, best first; what can't be read counts as unwanted."""
    weighed = []
    for index, part in enumerate(header[:500].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            quality = 0.0
        if quality > 0:
            weighed.append((-quality, index, tag.strip()))
    return [tag for _, _, tag in sorted(weighed)]
