"""A server in a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """Running; whatever the test does to it, nothing of it is left afterwards."""
    # A short path: a unix socket's path has room for about a hundred bytes.
    with tempfile.TemporaryDirectory(prefix="cl-", ignore_cleanup_errors=True) as folder:
        made = Server(Path(folder))
        made.start()
        yield made
        if made.process is not None and made.process.poll() is None:
            made.stop()
