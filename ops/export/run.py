"""One export: a snapshot, the log once through into journal and Parquet, then the views, then the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.export import journal
from ops.export.entries import SQL, entries
from ops.export.event_files import EventFiles, Written
from ops.export.folder import new_export, write_manifest
from ops.export.standing import at_one_position
from ops.export.view_files import write_view
from projections.catalogue import VIEWS

if TYPE_CHECKING:
    import psycopg

Show = Callable[[str, int, int | None], None]  # what is being written, how far, of how many
_SHOWN_EVERY = 1_000


def export(dsn: str, folder: Path, show: Show) -> dict[str, Any]:
    """Write the whole ledger into `folder`; the manifest. Raises ExportProblem, and then leaves the folder as it was.

    Two exports at the same position are equal to the byte.
    """
    with new_export(folder) as building:
        show("views", 0, None)
        with at_one_position(dsn) as (connection, position):
            rows = _log(connection, position, building, show)
            rows += _views(connection, building, show)
            manifest = _manifest(connection, position)
        return write_manifest(building, manifest, dict(rows))


def _log(connection: psycopg.Connection[Any], position: int, building: Path, show: Show) -> list[Written]:
    path, transactions = building / journal.FILE, 0
    with path.open("w", encoding="utf-8", newline="\n") as text, EventFiles(building / "events") as events:
        text.writelines(journal.head(position, _names(connection, "currencies"), _names(connection, "accounts")))
        for entry in entries(connection, position):
            events.add(entry)
            if entry.postings:
                text.write(journal.transaction(entry))
                transactions += 1
            if entry.position % _SHOWN_EVERY == 0 or entry.position == position:
                show("events", entry.position, position)
    return [*events.written, Written(path, transactions)]


def _views(connection: psycopg.Connection[Any], building: Path, show: Show) -> list[Written]:
    done = 0

    def advance(rows: int) -> None:
        nonlocal done
        done += rows
        show("rows of views", done, None)

    return [each for view in VIEWS for each in write_view(connection, view, building / "views" / view, advance)]


def _names(connection: psycopg.Connection[Any], block: str) -> Iterator[str]:
    with connection.cursor(f"export_{block}") as cursor:
        cursor.itersize = 10_000
        for (name,) in cursor.execute(SQL[block]):
            yield name


def _manifest(connection: psycopg.Connection[Any], position: int) -> dict[str, Any]:
    """Nothing in it depends on when the export was made: the time is that of the last event."""
    recorded = connection.execute(SQL["recorded_at"], {"position": position}).fetchone()
    checkpoint = connection.execute(SQL["checkpoint"], {"position": position}).fetchone()
    return {
        "version": 1,
        "position": position,
        "recorded_at": recorded[0].strftime("%Y-%m-%dT%H:%M:%S.%fZ") if recorded else None,
        "checkpoint": checkpoint[0] if checkpoint else None,
        "views": {name: view.VERSION for name, view in VIEWS.items()},
        "written_by": {name: metadata.version(name) for name in ("crowdledger", "pyarrow")},
    }
