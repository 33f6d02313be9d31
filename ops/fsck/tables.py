"""What the tables beside the log must be like: parked, corrected, keyed, guarded."""

from __future__ import annotations

from typing import Any

import psycopg

from ops.fsck.report import Report
from ops.fsck.sql import SQL


def check(connection: psycopg.Connection[Any], report: Report) -> None:
    """Report what can't be."""
    for source, name, position, count in connection.execute(SQL["repeated_keys"]):
        report.add("events", position, f"idempotency key {source}/{name}", f"{count} times", "once")
    for source, name, position, count in connection.execute(SQL["corrected_twice"]):
        report.add("events", position, f"correction of {source}/{name}", f"{count} times", "once")
    for source, name, position in connection.execute(SQL["parked_and_recorded"]):
        report.add("events", position, f"{source}/{name}", "parked", f"recorded at {position}")
    for source, name, position in connection.execute(SQL["settled_and_absent"]):
        report.add("events", position, f"{source}/{name}", f"accepted at {position} after waiting", "not there")
    for source, name, key, position in connection.execute(SQL["waiting_for_what_is_there"]):
        report.add("events", position, f"{source}/{name}", f"waits for {key}", f"there since {position}")
    for table, guarded in connection.execute(SQL["append_only"]):
        if not guarded:
            report.add("events", None, f"append-only trigger of {table}", "off or gone", "always on")
