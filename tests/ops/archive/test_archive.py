"""The archive of inputs: whole, incremental, resumable, never half there."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ops.archive import write
from ops.archive.write import archive
from ops.export.standing import ExportProblem
from ops.simulator import market
from risk.engines.archived import ArchiveError, read_manifest, table_in
from risk.engines.judging import Files
from risk.inputs import INPUTS
from tests.projections.book import Book

MARKET = market.build(7, date(2026, 11, 21), days=12, scale=0.01)


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    book.submit([delivery.event for delivery in MARKET.deliveries])
    yield book
    book.close()


def quiet(what: str, done: int, total: int | None) -> None:
    """No bar."""


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def test_archive_is_whole_and_the_same_twice(book: Book, tmp_path: Path) -> None:
    done = archive(book.dsn, tmp_path / "a", quiet, size=200)
    assert archive(book.dsn, tmp_path / "b", quiet, size=200).manifest == done.manifest
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert set(done.manifest.inputs) == set(INPUTS)
    named = {file.path for each in done.manifest.inputs.values() for file in each.files}
    assert {*named, "manifest.json"} == set(files(tmp_path / "a"))
    assert done.manifest.inputs["v1.pledge"].rows > 100
    for each in done.manifest.inputs.values():
        for file in each.files:
            table = pq.read_table(tmp_path / "a" / file.path)
            positions = [p for p in table["position"].to_pylist() if p is not None]
            assert table.num_rows == file.rows
            assert all(file.first <= p <= file.last for p in positions)


def test_what_did_not_change_is_left_alone(book: Book, tmp_path: Path) -> None:
    first = archive(book.dsn, tmp_path, quiet, size=200)
    again = archive(book.dsn, tmp_path, quiet, size=200)
    assert (again.written, again.kept) == (0, first.written)
    moved = next(each.event for each in MARKET.deliveries if each.event["type"] == "transfer.reported")
    (answer,) = book.submit([
        {"specversion": "1.0", "id": "c1", "source": "platform:tongfu", "type": "event.corrected",
         "time": "2026-11-21T10:00:00+08:00", "data": {"corrects": moved["id"], "reason": "entered twice"}},
    ])  # fmt: skip
    assert answer.status == "accepted", answer
    later = archive(book.dsn, tmp_path, quiet, size=200)
    before, after = (each.manifest.inputs["v1.payment"] for each in (first, later))
    assert after.rows == before.rows - 1
    changed = {file.path for file in before.files} ^ {file.path for file in after.files}
    assert len(changed) == 2, "the range of the pledge that was taken back, as it was and as it is"
    past = archive(book.dsn, tmp_path / "past", quiet, upto=first.manifest.cutoff, size=200)
    assert past.manifest.inputs == first.manifest.inputs


def test_damaged_file_is_told_and_written_again(book: Book, tmp_path: Path) -> None:
    done = archive(book.dsn, tmp_path, quiet, size=200)
    kept = files(tmp_path)
    victim = tmp_path / done.manifest.inputs["v1.pledge"].files[0].path
    victim.write_bytes(victim.read_bytes()[:-7])
    with pytest.raises(ArchiveError, match="cut short"):
        table_in(tmp_path, read_manifest(tmp_path), "v1.pledge")
    assert archive(book.dsn, tmp_path, quiet, size=200).written == 1
    assert files(tmp_path) == kept
    assert isinstance(table_in(tmp_path, read_manifest(tmp_path), "v1.pledge"), Files)


@pytest.mark.slow
def test_killed_archive_leaves_the_old_one_and_goes_on(book: Book, tmp_path: Path) -> None:
    code = (
        "import sys, os\nfrom pathlib import Path\nfrom ops.archive import write\n"
        "real, count = write._Work._write_file, 0\n"
        "def slow(*a):\n    global count\n    count += 1\n"
        "    if count == 8: os.kill(os.getpid(), 9)\n    real(*a)\n"
        "write._Work._write_file = slow\n"
        "write.archive(sys.argv[1], Path(sys.argv[2]), lambda *a: None, size=200)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, book.dsn, str(tmp_path)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "manifest.json").exists()
    with pytest.raises(ArchiveError, match="holds no archive"):
        read_manifest(tmp_path)
    resumed = archive(book.dsn, tmp_path, quiet, size=200)
    assert resumed.kept == 7
    assert not list(tmp_path.rglob("*.part"))
    assert archive(book.dsn, tmp_path / "other", quiet, size=200).manifest == resumed.manifest


def test_refusals_say_the_way_out(book: Book, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(ArchiveError, match="Name an empty folder"):
        archive(book.dsn, tmp_path / "mine", quiet)
    with pytest.raises(ArchiveError, match="not within the ledger"):
        archive(book.dsn, tmp_path / "new", quiet, upto=10**9)
    with write.sole(tmp_path / "busy"), pytest.raises(ExportProblem, match="Another export"):
        archive(book.dsn, tmp_path / "busy", quiet)
