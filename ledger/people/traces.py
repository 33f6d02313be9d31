"""Recognises a person in bytes that were refused: they may be any bytes, also broken JSON in a foreign encoding."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

_ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be")
# A short name in a text is no trace of anybody: "Li" is in "Libra". As a whole JSON string it is.
_NAME_BYTES_MIN = 6
_loads = msgspec.json.Decoder().decode


class Traces(NamedTuple):
    """What to look for: identity numbers anywhere, names among what `sources` sent, where she was registered."""

    numbers: tuple[str, ...]
    names: tuple[str, ...]
    sources: frozenset[str]

    @classmethod
    def of(cls, boxes: Iterable[dict[str, Any]], sources: Iterable[str]) -> Traces:
        """From what the boxes of her parties hold."""
        boxes = list(boxes)
        numbers = {box["identity"]["number"] for box in boxes if "identity" in box}
        names = {box["name"] for box in boxes if "name" in box}
        return cls(tuple(sorted(numbers)), tuple(sorted(names)), frozenset(sources))

    def are_in(self, body: bytes, source: str | None) -> bool:
        """Whether any of it is in a body that `source` sent (None: by anybody)."""
        names = self.names if source is None or source in self.sources else ()
        wanted = {*self.numbers, *names}
        if not wanted:
            return False
        long = (*self.numbers, *(name for name in names if len(name.encode()) >= _NAME_BYTES_MIN))
        if any(form in body for text in long for form in forms(text)):
            return True
        return any(string in wanted for string in _strings(body))


def forms(text: str) -> set[bytes]:
    """The ways in which a text can be written into bytes: encodings, and JSON with and without escapes."""
    found = set()
    for encoding in _ENCODINGS:
        with suppress(UnicodeEncodeError):  # what an encoding can't write isn't written in it
            found.add(text.encode(encoding))
    escaped = json.dumps(text)[1:-1]
    found |= {escaped.encode(), escaped.upper().replace("\\U", "\\u").encode(), escaped.replace("/", "\\/").encode()}
    found.add(json.dumps(text, ensure_ascii=False)[1:-1].encode())
    return found


def _strings(body: bytes) -> Iterator[str]:
    try:
        yield from _walk(_loads(body))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return


def _walk(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item)
