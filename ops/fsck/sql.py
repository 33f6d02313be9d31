"""The statements of fsck."""

from __future__ import annotations

from pathlib import Path

from ledger.kernel.named_sql import load

SQL = load(Path(__file__).with_name("fsck.sql"))
