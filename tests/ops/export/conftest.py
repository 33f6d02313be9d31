"""Ledgers to export."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.export.run import export
from tests.projections.book import Book


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    yield book
    book.close()


@pytest.fixture
def exported(tmp_path: Path) -> Callable[[Book], Path]:
    """Export a book; the folder."""

    def make(book: Book, name: str = "out") -> Path:
        export(book.dsn, tmp_path / name, silent)
        return tmp_path / name

    return make


def silent(*_: Any) -> None:
    """No progress bar."""
