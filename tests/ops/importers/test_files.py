"""Finding and opening files: folders, packed files, wrong headers, damage. Each error names a way out."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.importers import files
from ops.importers.base import ImportProblem


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv.gz", "README.md"):
        (tmp_path / name).write_bytes(b"")
    assert [each.name for each in files.expand([tmp_path], files.CSV_SUFFIXES)] == ["a.csv.gz", "b.csv"]


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match=r"nowhere\.csv does not exist. Check the path"):
        files.expand([tmp_path / "nowhere.csv"], files.CSV_SUFFIXES)


def test_a_folder_without_such_files_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match=r"holds no file ending in .csv, .csv.gz"):
        files.expand([tmp_path], files.CSV_SUFFIXES)


def test_files_are_told_apart_by_their_headers(write_csv: Callable[..., Path]) -> None:
    one, other = write_csv("one.csv", [{"a": 1, "b": 2}]), write_csv("other.csv", [{"c": 3}])
    assert files.with_columns([one, other], ("a",), "a list") == [one]


def test_a_wrong_header_names_what_is_missing(write_csv: Callable[..., Path]) -> None:
    path = write_csv("loans.csv", [{"id": 1}])
    with pytest.raises(ImportProblem, match=r"None of loans.csv is a list of loans: loans.csv lacks the columns rate"):
        files.with_columns([path], ("id", "rate"), "a list of loans")


def test_packed_and_plain_files_read_alike_whatever_their_names(tmp_path: Path) -> None:
    text = "\ufeffa,b\n1,2\n\n3\n4,5\n"
    plain, packed = tmp_path / "x.csv.gz", tmp_path / "y.csv"
    plain.write_bytes(text.encode())
    packed.write_bytes(gzip.compress(text.encode()))
    expected = [{"a": "1", "b": "2"}, None, {"a": "4", "b": "5"}]
    assert list(files.rows(plain)) == list(files.rows(packed)) == expected


def test_a_damaged_file_is_named_and_what_was_read_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"a\n" + b"".join(b"%d\n" % n for n in range(20_000)))[:-2_000])
    rows = files.rows(path)
    assert next(rows) == {"a": "0"}
    with pytest.raises(ImportProblem, match=r"cut.csv.gz can't be read .*second run continues"):
        list(rows)


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    assert files.header(path) == []
    assert list(files.rows(path)) == []
