"""Data folders for servers of a test's own, and processes that use them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.postgres import database
from ops.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import sys, time
from pathlib import Path
from ops.postgres import start
from ops.settings import Settings
settings = Settings(data_dir=Path({folder!r}))
"""


@pytest.fixture
def settings() -> Iterator[Settings]:
    """An empty data folder with a short path; pytest's own is too long for a socket on some systems."""
    with tempfile.TemporaryDirectory(prefix="cl-", ignore_cleanup_errors=True) as folder:
        yield Settings(data_dir=Path(folder))


@pytest.fixture(scope="session")
def made_once() -> Iterator[Path]:
    """A data folder with a stopped server: copying it is quicker than initdb."""
    with tempfile.TemporaryDirectory(prefix="cl-", ignore_cleanup_errors=True) as folder:
        with database(Settings(data_dir=Path(folder))):
            pass
        yield Path(folder)


@pytest.fixture
def initialised(settings: Settings, made_once: Path) -> Settings:
    """A data folder of this test's own, with a server that was never started in it."""
    shutil.copytree(made_once / "postgres" / "data", settings.data_dir / "postgres" / "data")
    return settings


@pytest.fixture
def child(settings: Settings) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start a process that runs some code with `start` and `settings` at hand."""
    started: list[subprocess.Popen[str]] = []

    def run(body: str) -> subprocess.Popen[str]:
        code = CHILD.format(folder=str(settings.data_dir)) + textwrap.dedent(body)
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
