"""One serve per data folder; the second learns who and where the first is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ops.instance import AlreadyRunningError, running, sole


def test_the_second_is_told_process_and_address(tmp_path: Path) -> None:
    with (
        sole(tmp_path, address="http://127.0.0.1:8000"),
        pytest.raises(AlreadyRunningError, match=rf"process {os.getpid()} at http://127\.0\.0\.1:8000"),
        sole(tmp_path),
    ):
        pytest.fail("two at once")


def test_running_tells_and_forgets(tmp_path: Path) -> None:
    assert running(tmp_path) is None
    with sole(tmp_path, address="http://127.0.0.1:8000"):
        assert running(tmp_path) == (os.getpid(), "http://127.0.0.1:8000")
    assert running(tmp_path) is None


def test_parts_and_folders_do_not_hinder_each_other(tmp_path: Path) -> None:
    with sole(tmp_path / "a"), sole(tmp_path / "a", part="worker"), sole(tmp_path / "b"):
        assert running(tmp_path / "a", "worker") == (os.getpid(), None)


def test_a_lock_of_a_dead_process_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / "serve.lock").write_text('{"pid": 1, "address": "http://old"}')
    assert running(tmp_path) is None
    with sole(tmp_path):
        assert running(tmp_path) == (os.getpid(), None)
