"""An export is whole or not there: other people's files, kill -9, a full disk, two at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.export import run
from ops.export.folder import new_export
from ops.export.standing import ExportProblem
from tests.ledger.stories import funded, pledge
from tests.ops.export.conftest import silent
from tests.ops.export.test_parquet import files_of
from tests.projections.book import Book

Export = Callable[..., Path]
PROGRAM = "from ops.cli import main; main()"
# As the command, but with a limit on the size of a file, and told to wait where a test wants to meet it.
LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); " + PROGRAM
SLOW = (
    "from ops.export import run; import time; inner = run.write_view\n"
    "def slow(*args): print('views', flush=True); time.sleep(60); return inner(*args)\n"
    "run.write_view = slow\n" + PROGRAM
)


def command(code: str, book: Book, folder: Path, tmp_path: Path) -> tuple[list[str], dict[str, str]]:
    environ = os.environ | {
        "CROWDLEDGER_DATABASE_URL": book.dsn,
        "CROWDLEDGER_DATA_DIR": str(tmp_path / "data"),
        "CROWDLEDGER_SECRET_KEY": "test",
    }
    return [sys.executable, "-c", code, "export", "--to", str(folder)], environ


def test_what_is_not_ours_is_left_alone(book: Book, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("four years")
    with pytest.raises(ExportProblem, match=r"not empty.*thesis.txt.*empty folder"):
        run.export(book.dsn, folder, silent)
    (folder / "manifest.json").write_text('{"format": "something else"}')
    with pytest.raises(ExportProblem, match="not empty"):
        run.export(book.dsn, folder, silent)
    assert files_of(folder).keys() == {"thesis.txt", "manifest.json"}


def test_an_earlier_export_is_replaced_and_what_lies_beside_it_stays(book: Book, exported: Export) -> None:
    book.tell(funded(100))
    folder = exported(book)
    (folder / "notes.txt").write_text("mine")
    (folder / "events" / "stale.parquet").write_text("of an older version")
    book.tell([pledge("Q")])
    exported(book)
    assert json.loads((folder / "manifest.json").read_text())["position"] == len(funded(100)) + 1
    found = files_of(folder)
    assert found["notes.txt"] == b"mine"
    assert "events/stale.parquet" not in found
    assert not any(name.startswith(".") for name in found)


def test_a_path_that_is_a_file_or_may_not_be_written(book: Book, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportProblem, match="name another folder"):
        run.export(book.dsn, tmp_path / "file", silent)
    with pytest.raises(ExportProblem, match="name another folder"):
        run.export(book.dsn, tmp_path / "file" / "below", silent)


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    def begin_another() -> None:
        with new_export(tmp_path / "out"):
            raise AssertionError("two write to one folder")

    def begin() -> None:
        with new_export(tmp_path / "out") as building:
            with pytest.raises(ExportProblem, match="Another export"):
                begin_another()
            assert building.is_dir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert list((tmp_path / "out").iterdir()) == []


def test_killed_in_the_middle_and_made_again(book: Book, exported: Export, tmp_path: Path) -> None:
    book.tell(funded(100))
    folder = exported(book)
    before = files_of(folder)
    book.tell([pledge("Q")])
    arguments, environ = command(SLOW, book, folder, tmp_path)
    with subprocess.Popen(arguments, env=environ, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "views\n"
        killed.send_signal(signal.SIGKILL)
    after = files_of(folder)
    assert {name: after[name] for name in before} == before
    assert len(after) > len(before)  # what it had begun, out of sight
    exported(book)
    again = files_of(folder)
    assert again == files_of(exported(book, "fresh"))
    assert again.keys() != after.keys()


@pytest.mark.slow
@pytest.mark.parametrize("pause", range(3))
def test_killed_anywhere_the_folder_is_whole_or_says_that_it_is_not(
    book: Book, exported: Export, tmp_path: Path, pause: int
) -> None:
    """From the first byte to the renames: where a manifest stands, every file in it stands too, as it says."""
    book.tell(funded(100))
    folder = tmp_path / "out"
    whole = files_of(exported(book, "whole"))
    arguments, environ = command(PROGRAM, book, folder, tmp_path)
    with subprocess.Popen(arguments, env=environ, stdout=subprocess.DEVNULL) as killed:
        deadline = time.monotonic() + 30
        while not folder.exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.12 * pause)
        killed.send_signal(signal.SIGKILL)
    if (folder / "manifest.json").exists():
        found = files_of(folder)
        assert {name: found.get(name) for name in whole} == whole
    assert files_of(exported(book)) == whole


@pytest.mark.parametrize("renames", range(8))
def test_stopped_between_any_two_renames(
    book: Book, exported: Export, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """Without a manifest it is no export; the next run knows whose files these are, and makes it whole."""
    book.tell(funded(100))
    folder = exported(book)
    before = files_of(folder)
    book.tell([pledge("Q")])
    really, done = Path.rename, 0

    def rename(path: Path, target: Path) -> Path:
        nonlocal done
        if target.name == path.name:  # it moves into its place, or out of it
            if done == renames:
                raise OSError(5, "Input/output error")
            done += 1
        return really(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        if renames == 7:  # all there are: three parts aside, three in, the manifest
            exported(book)
        else:
            with pytest.raises(ExportProblem, match=r"Input/output error.*while files were renamed.*Export again"):
                exported(book)
            assert not (folder / "manifest.json").exists()
    exported(book)
    assert files_of(folder) == files_of(exported(book, "fresh")) != before


def test_a_full_disk_is_told_and_nothing_half_is_left(book: Book, exported: Export, tmp_path: Path) -> None:
    book.tell([*funded(100), *(pledge(f"Q{number}", 10) for number in range(150))])
    folder = exported(book)
    before = files_of(folder)
    book.tell([pledge("Q", 10)])
    arguments, environ = command(LIMITED.format(20_000), book, folder, tmp_path)
    done = subprocess.run(arguments, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1, done.stderr
    assert "File too large" in done.stderr
    assert "What was there before is as it was" in done.stderr
    assert "Traceback" not in done.stderr
    assert files_of(folder) == before


def test_the_command_prints_the_manifest(book: Book, tmp_path: Path) -> None:
    book.tell(funded(100))
    arguments, environ = command(PROGRAM, book, tmp_path / "out", tmp_path)
    done = subprocess.run([*arguments, "--json"], env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "manifest.json").read_text())
