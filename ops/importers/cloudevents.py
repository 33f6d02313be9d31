"""Our own NDJSON: one CloudEvent a line, sent as it stands. Only what is no JSON object is rejected here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from ops.importers import files
from ops.importers.base import Event, Row, rejection

_decode = msgspec.json.Decoder().decode


class CloudEvents:
    """Reads events that name their own source: platforms' and the registry's, in the order of the file."""

    name = "cloudevents"
    wants = "NDJSON of CloudEvents 1.0 (.ndjson or .jsonl, also .gz), or a folder of such files"
    suffixes = files.LINES_SUFFIXES
    reasons: ClassVar[Mapping[str, str]] = {
        "not_json": "the line is not JSON",
        "not_an_object": "the line is JSON, but not an object",
    }

    def setup(self, paths: Sequence[Path]) -> list[Event]:
        """Nothing: the file itself says which platforms there are."""
        return []

    def read(self, paths: Sequence[Path]) -> Iterator[Row]:
        """One row a line; empty lines are none."""
        for path in files.expand(paths, self.suffixes):
            for line in files.lines(path):
                if line.strip():
                    yield _row(line)

    def totals(self) -> _Rows:
        """Rows by event type."""
        return _Rows()


def _row(line: str) -> Row:
    try:
        value = _decode(line)
    except msgspec.DecodeError:
        return rejection(("",), "not_json")
    if type(value) is not dict:
        return rejection(("",), "not_an_object")
    return Row((str(value.get("type", "")),), [value])


class _Rows:
    def __init__(self) -> None:
        self._types: Counter[str] = Counter()

    def add(self, row: Row) -> None:
        self._types[row.labels[0]] += 1

    def result(self) -> dict[str, Any]:
        by_type = {name: count for name, count in sorted(self._types.items()) if name}
        return {"rows": self._types.total(), "by_type": by_type}
