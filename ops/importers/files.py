"""Finding and opening what the caller named: a folder or files, `.csv` or `.csv.gz`, told apart by their headers."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ops.importers.base import ImportProblem

CSV_SUFFIXES: tuple[str, ...] = (".csv", ".csv.gz")
LINES_SUFFIXES: tuple[str, ...] = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")
_FIELD_BYTES_MAX = 1 << 20

csv.field_size_limit(_FIELD_BYTES_MAX)


def expand(paths: Iterable[Path], suffixes: tuple[str, ...]) -> list[Path]:
    """The files behind `paths`, folders opened one level deep, in a stable order. Raises ImportProblem."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.is_file() and each.name.endswith(suffixes))
            if not inside:
                raise ImportProblem(f"{path} holds no file ending in {', '.join(suffixes)}. Name the files themselves.")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise ImportProblem(f"{path} does not exist. Check the path; it may be a folder or a file.")
    return found


def open_text(path: Path) -> TextIO:
    """The file as UTF-8 text, unpacked where it starts like a gzip file, whatever its name says."""
    with path.open("rb") as start:
        packed = start.read(2) == b"\x1f\x8b"
    if packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def with_columns(paths: Sequence[Path], columns: Iterable[str], what: str) -> list[Path]:
    """Those of `paths` whose header has all of `columns`. Raises ImportProblem where there is none."""
    needed = set(columns)
    missing: dict[str, set[str]] = {}
    fitting = []
    for path in paths:
        lacking = needed - set(header(path))
        if lacking:
            missing[path.name] = lacking
        else:
            fitting.append(path)
    if not fitting:
        nearest = min(missing, key=lambda name: (len(missing[name]), name))
        raise ImportProblem(
            f"None of {', '.join(sorted(missing))} is {what}: "
            f"{nearest} lacks the columns {', '.join(sorted(missing[nearest]))}. "
            "Name the right file, or check that the header line is the first one."
        )
    return fitting


def header(path: Path) -> list[str]:
    """The first row of a CSV file; empty for an empty file."""
    with _readable(path), open_text(path) as text:
        return next(csv.reader(text), [])


def rows(path: Path) -> Iterator[dict[str, str] | None]:
    """The rows by column name; None for a line with fewer or more cells than the header. Empty lines are no rows."""
    with _readable(path), open_text(path) as text:
        lines = csv.reader(line.replace("\0", "") for line in text)  # PostgreSQL keeps no NUL
        names = next(lines, [])
        for cells in lines:
            if cells:
                yield dict(zip(names, cells, strict=True)) if len(cells) == len(names) else None


def lines(path: Path) -> Iterator[str]:
    """The lines of a text file as they stand."""
    with _readable(path), open_text(path) as text:
        yield from text


def count_lines(paths: Iterable[Path]) -> int:
    """How many lines the files have: what a progress bar measures itself against."""
    total = 0
    for path in paths:
        total += sum(1 for _ in lines(path))
    return total


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turns what a damaged file raises into a message that names it."""
    try:
        yield
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise ImportProblem(
            f"{path} can't be read ({error}). Fetch it again; what was sent so far stays, and a second run "
            "continues where this one ended."
        ) from error
