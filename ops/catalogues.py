"""`make catalogues`: the message catalogues of the console, brought up to date after a text was added or changed.

Simplified Chinese is written by people. A traditional message that has no words of its own yet is made from the
simplified one; whoever knows better writes over it. What still needs somebody's words is listed, with exit code 1.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from api.console import languages
from api.console.traditional import traditional

Said = str | tuple[str, ...] | list[str] | None

ROOT: Final = languages.FOLDER.parent
KEYWORDS: Final = {"_": None, "N_": None, "text": None, "plural": (1, 2), "n_": (1, 2)}
WIDTH: Final = 120


def main() -> int:
    """Rewrite both catalogues; 1 where a message has no translation."""
    wanted = _used()
    simplified = _updated("zh-Hans", wanted)
    hant = _updated("zh-Hant", wanted)
    for message in hant:
        source = simplified.get(message.id)
        if message.id and source is not None and _whole(source.string) and not _whole(message.string):
            message.string = _converted(source.string)
    untold = [message.id for message in simplified if message.id and not _whole(message.string)]
    for tag, catalogue in (("zh-Hans", simplified), ("zh-Hant", hant)):
        _path(tag).write_bytes(_written(catalogue))
    for each in untold:
        sys.stderr.write(f"needs words in {_path('zh-Hans')}: {each!r}\n")
    return 1 if untold else 0


def _used() -> Catalog:
    with (languages.FOLDER / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog()
    for _file, _line, message, _comments, _context in extract_from_dir(ROOT, methods, options, keywords=KEYWORDS):
        found.add(message)
    return found


def _updated(tag: str, wanted: Catalog) -> Catalog:
    with _path(tag).open("rb") as file:
        catalogue = read_po(file, locale=languages.LOCALES[tag])
    catalogue.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def _written(catalogue: Catalog) -> bytes:
    content = io.BytesIO()
    write_po(content, catalogue, width=WIDTH, no_location=True, sort_output=True, ignore_obsolete=True)
    return content.getvalue()


def _path(tag: str) -> Path:
    path = languages.catalogue_path(tag)
    assert path is not None, "English needs no catalogue"
    return path


def _whole(said: Said) -> bool:
    return said is not None and bool(said) and all(said)


def _converted(said: Said) -> str | tuple[str, ...]:
    return traditional(said) if isinstance(said, str) else tuple(map(traditional, said or ()))


if __name__ == "__main__":
    raise SystemExit(main())
