"""A book per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.projections.book import Book


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    yield book
    book.close()
