"""Where a demo lives: its own data folder, its own database, a free port. Begun afresh each time."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ops import instance
from ops.demo import scratch
from ops.demo.errors import DemoError
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings

MARK = "this-is-a-demo"  # only a folder with this file in it is ever removed
Say = Callable[[str], None]


@dataclass(frozen=True)
class House:
    """A migrated database and a place to serve it."""

    settings: Settings
    dsn: str

    @property
    def base_url(self) -> str:
        """Where the server of this demo answers."""
        host = self.settings.host
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host  # noqa: S104 -- compared
        return f"http://{shown}:{self.settings.port}"


@contextmanager
def opened(settings: Settings, say: Say) -> Iterator[House]:
    """A house for the length of the block. Raises DemoError where there is no room for one."""
    with ExitStack() as stack:
        try:
            stack.enter_context(instance.sole(settings.data_dir, "demo"))
        except instance.AlreadyRunningError as error:
            raise DemoError(str(error)) from None
        port = _free_port(settings.host, settings.port)
        folder = _fresh_folder(settings.data_dir / "demo", say)
        own = replace(settings, data_dir=folder, port=port)
        if settings.database_url is not None:
            own = replace(own, database_url=stack.enter_context(scratch.database(settings.database_url, say)))
        else:
            say(f"starting PostgreSQL in {folder}")
        dsn = stack.enter_context(database(own))
        migrate(dsn)
        yield House(own, dsn)


def _free_port(host: str, port: int) -> int:
    """The port if nobody has it, any free one for 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the server will: a port that the last demo has just let go of counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise DemoError(
                f"Port {port} on {host} can't be used ({error.strerror}). Stop what has it, or take another: "
                f'make demo ARGS="--port {port + 1}", or CROWDLEDGER_PORT={port + 1}.'
            ) from None
        return int(probe.getsockname()[1])


def _fresh_folder(folder: Path, say: Say) -> Path:
    """An empty folder; what an earlier demo left in it goes."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise DemoError(
                f"{folder} is not empty and was not made by a demo, so it is left alone. "
                "Move it away, or give the demo another place with CROWDLEDGER_DATA_DIR."
            )
        running = instance.running(folder)
        if running is not None:
            raise DemoError(f"A server still uses {folder}: process {running[0]}, {running[1]}. Stop it first.")
        say(f"removing what the last demo left in {folder}")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / MARK).write_text("Removed whenever a new demo begins.\n", encoding="ascii")
    return folder
