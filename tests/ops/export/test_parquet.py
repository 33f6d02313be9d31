"""Events and views as Parquet: every value as the database has it, of one position, equal to the byte each time."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from ledger.store.sealer import seal
from ops.export import event_files, standing
from ops.export.columns import UnknownColumnType, arrow_type
from ops.export.run import export
from ops.export.standing import ExportProblem
from ops.simulator import market
from projections import schemas
from projections.catalogue import VIEWS
from projections.runner import Runner
from tests.ledger.store.grown import SIGNERS
from tests.ledger.stories import campaign, funded, party, pledge, release
from tests.ledger.stories import market as market_of_people
from tests.ops.export.conftest import silent
from tests.projections.book import Book

Export = Callable[[Book], Path]
SIMPLE = ("timestamp[us, tz=UTC]", "int64", "int32", "int16", "string", "bool", "date32[day]", "decimal128(38, 0)")


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    built = market.build(11, date(2026, 6, 30), days=21, scale=0.1)
    return [delivery.event for delivery in built.deliveries]


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ds.dataset(folder / name, format="parquet").to_table().to_pylist()
    return found


def test_events_are_the_log(book: Book, exported: Export, events: list[dict[str, Any]], monkeypatch: Any) -> None:
    """Over several files and row groups, all that the log has."""
    monkeypatch.setattr(event_files, "POSITIONS_PER_FILE", 500)
    monkeypatch.setattr(event_files, "_ROWS_PER_GROUP", 150)
    book.submit(events)
    folder = exported(book)
    with psycopg.connect(book.dsn) as connection:
        rows = connection.execute(
            "SELECT position, source, id, type, happened_at, recorded_at, body, postings, tags, leaf "
            "FROM events ORDER BY position"
        ).fetchall()
    found = read(folder, "events")
    assert len(found) == len(rows) > 1_000
    for row, (position, source, name, kind, happened_at, recorded_at, body, postings, tags, leaf) in zip(
        found, rows, strict=True
    ):
        assert (row["position"], row["source"], row["id"], row["type"]) == (position, source, name, kind)
        assert (row["happened_at"], row["recorded_at"]) == (happened_at, recorded_at)
        assert (row["body"].encode(), row["tags"], row["leaf"]) == (body, tags, leaf)
        expected = json.loads(postings) if postings else []
        assert [[line["account"], line["currency"], line["amount"]] for line in row["postings"]] == expected
    names = sorted(path.name for path in (folder / "events").iterdir())
    assert names[0] == "000000000001-000000000500.parquet"
    assert names[-1].endswith(f"-{len(rows):012}.parquet")
    assert pq.ParquetFile(folder / "events" / names[0]).num_row_groups == 4


def test_views_are_the_tables(book: Book, exported: Export, events: list[dict[str, Any]]) -> None:
    book.submit(events)
    folder = exported(book)
    with book.connect() as connection:
        for view in VIEWS:
            for table in schemas.tables(connection, view):
                rows = connection.execute(f"SELECT * FROM view_{view}.{table}").fetchall()
                names = [column.name for column in connection.execute(f"SELECT * FROM view_{view}.{table}").description]
                found = pq.read_table(folder / "views" / view / f"{table}.parquet")
                assert found.column_names == names
                there = [tuple(row.values()) for row in found.to_pylist()]
                assert sorted(map(_plain, rows)) == sorted(map(_plain, there)), (view, table)


def _plain(row: tuple[Any, ...]) -> str:
    return repr([_value(each) for each in row])


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(("{", "[")):
        return json.loads(value)
    return int(value) if isinstance(value, Decimal) else value


def test_types_are_such_as_every_engine_reads(book: Book, exported: Export) -> None:
    folder = exported(book)
    for path in folder.rglob("*.parquet"):
        for field in pq.read_schema(path):
            kind = field.type.value_type if pa.types.is_list(field.type) else field.type
            assert str(kind) in SIMPLE or path.parent.name == "events", (path, field)
    balances = pq.read_schema(folder / "views" / "balances" / "balances.parquet")
    assert balances.field("balance").type == pa.decimal128(38, 0)
    with pytest.raises(UnknownColumnType, match="interval"):
        arrow_type("interval")


def test_two_exports_of_one_position_are_equal_to_the_byte(
    book: Book, exported: Callable[..., Path], events: list[dict[str, Any]]
) -> None:
    book.submit(events)
    first = files_of(exported(book, "first"))
    shuffle(book)
    second = files_of(exported(book, "second"))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert len(first) > 20


def shuffle(book: Book) -> None:
    """Every other row of all views is written anew, behind the others."""
    with book.connect() as connection:
        for view in VIEWS:
            for table in schemas.tables(connection, view):
                rows = connection.execute(f"SELECT * FROM view_{view}.{table} LIMIT 0")
                column = (rows.description or [])[0].name
                connection.execute(f"UPDATE view_{view}.{table} SET {column} = {column} WHERE random() < 0.5")


def test_the_manifest_tells_what_is_there(book: Book, exported: Export) -> None:
    book.tell(funded(100))
    folder = exported(book)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["format"] == "crowdledger-export"
    assert manifest["position"] == len(funded(100))
    assert manifest["views"] == {name: view.VERSION for name, view in VIEWS.items()}
    there = files_of(folder)
    assert {each["path"] for each in manifest["files"]} | {"manifest.json"} == there.keys()
    for each in manifest["files"]:
        content = there[each["path"]]
        assert (each["bytes"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        if each["path"].endswith(".parquet"):
            assert each["rows"] == pq.ParquetFile(folder / each["path"]).metadata.num_rows
    journal = next(each for each in manifest["files"] if each["path"] == "ledger.journal")
    assert journal["rows"] == 2


def test_the_manifest_has_the_newest_head_that_covers_nothing_more(book: Book, exported: Callable[..., Path]) -> None:
    book.tell(funded(100))
    with psycopg.connect(book.dsn) as connection:
        sealed = seal(connection, SIGNERS)
    assert sealed is not None
    book.tell([pledge("Q")])
    manifest = json.loads((exported(book) / "manifest.json").read_text())
    assert manifest["checkpoint"] == sealed.note
    assert sealed.size == manifest["position"] - 1


def test_an_empty_ledger_has_all_columns_and_no_rows(book: Book, exported: Export) -> None:
    folder = exported(book)
    assert read(folder, "events") == []
    assert pq.read_schema(next((folder / "events").iterdir())) == event_files.SCHEMA
    assert json.loads((folder / "manifest.json").read_text())["position"] == 0


def test_nobody_can_be_told_from_an_export(book: Book, exported: Export) -> None:
    """What identifies people stays in the vault: neither plain nor sealed."""
    secret = {"name": "Zhang Weiwei-Unmistakable", "identity": {"scheme": "cn-id", "number": "110101199003077758"}}
    book.tell([*funded(100), party("Zhang", **secret)])
    folder = exported(book)
    with psycopg.connect(book.dsn) as connection:
        sealed = [value for row in connection.execute("SELECT wrapped_key, sealed FROM vault") for value in row]
    assert len(sealed) == 2
    text = "".join(repr(pq.read_table(path).to_pylist()) for path in folder.rglob("*.parquet"))
    text += (folder / "ledger.journal").read_text() + (folder / "manifest.json").read_text()
    assert "Zhang" in text  # the id that the platform chose
    for known in ("Weiwei", "110101199003077758", *(repr(value)[2:-1] for value in sealed)):
        assert known not in text


@pytest.mark.parametrize("tries", [0, 10])
def test_all_is_of_one_position_while_events_come_in(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    """A writer that never rests, a worker that follows: each export's views say just what its events say."""
    monkeypatch.setattr(standing, "_TRIES", tries)  # 0: the append is held up for the moment of the snapshot
    book.tell([*market_of_people(), campaign(cap=2**53 - 1)])
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            book.tell([pledge(f"P{number}", amount=10)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with Runner(book.dsn, batch_events=7):
            positions = [_consistent(book.dsn, tmp_path / str(number)) for number in range(3)]
    finally:
        stop.set()
        writer.join()
    assert positions == sorted(set(positions))


def _consistent(dsn: str, folder: Path) -> int:
    export(dsn, folder, silent)
    position: int = json.loads((folder / "manifest.json").read_text())["position"]
    log = read(folder, "events")
    assert [row["position"] for row in log] == list(range(1, position + 1))
    sums: dict[tuple[str, str], int] = {}
    for line in (line for row in log for line in row["postings"]):
        of = (line["account"], line["currency"])
        sums[of] = sums.get(of, 0) + line["amount"]
    balances = read(folder, "views/balances/balances.parquet")
    assert {(row["account"], row["currency"]): int(row["balance"]) for row in balances} == sums
    return position


def test_a_parked_view_is_named(book: Book, exported: Export) -> None:
    book.tell(funded(100))
    book.follow()
    with psycopg.connect(book.dsn) as connection:
        connection.execute(
            "UPDATE view_cursors SET state = 'parked', error = 'a poison', error_position = 1 WHERE name = 'loans'"
        )
    with pytest.raises(ExportProblem, match=r"View loans is parked.*a poison.*views resume loans"):
        exported(book)
    book.tell([release(10)])
