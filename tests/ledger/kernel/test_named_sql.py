"""Statements come out of their files by name; what several of them say alike stands once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.kernel.named_sql import load


def written(folder: Path, text: str) -> Path:
    file = folder / "a.sql"
    file.write_text(text)
    return file


def test_a_block_goes_from_its_name_to_the_next(tmp_path: Path) -> None:
    file = written(tmp_path, "-- about the file\n-- name: one\nSELECT 1\n\n-- name: two  -- why\nSELECT\n  2\n")
    assert load(file) == {"one": "SELECT 1", "two": "SELECT\n  2"}


def test_what_is_included_stands_in_its_place(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "-- name: live\nAND gone IS NULL\n-- name: mine\nAND who = 'me'\n  -- include: live\n"
        "-- name: found\nSELECT FROM a WHERE true\n-- include: mine\nLIMIT 1 -- include: none\n",
    )
    assert load(file)["found"] == (
        "SELECT FROM a WHERE true\nAND who = 'me'\nAND gone IS NULL\nLIMIT 1 -- include: none"
    )


@pytest.mark.parametrize(
    "text",
    [
        "-- name: a\nSELECT 1\n-- name: a\nSELECT 2",
        "-- name: a\n-- include: b\n",
        "-- name: a\n-- include: b\n-- name: b\nSELECT 1",
        "-- name: a\n-- include: a\n",
    ],
)
def test_a_name_stands_once_and_before_it_is_included(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"a\.sql: block '[ab]'"):
        load(written(tmp_path, text))
