"""Migrations: applied once, in order, frozen, and refused by name where they do not fit the database."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from ops.migrate import MigrationError, load, migrate


def test_applies_in_order_and_only_once(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_one.sql").write_text("CREATE TABLE one (n int);")
    (tmp_path / "0002_two.sql").write_text("-- lock_timeout: 2s\nCREATE TABLE two (n int);")
    assert migrate(empty_database_url, tmp_path) == ["0001_one", "0002_two"]
    assert migrate(empty_database_url, tmp_path) == []
