"""pg_dump and pg_restore: found beside the server's own programs, or on the system; never older than the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ops.postgres import PostgresError, binaries


def run(name: str, dsn: str, *arguments: str) -> None:
    """Run one of them on a database. Raises PostgresError with its own words where it fails."""
    command = [str(_find(name, _server_major(dsn))), *arguments, f"--dbname={_without_password(dsn)}"]
    done = subprocess.run(command, env=_environment(dsn), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PostgresError(f"{name} failed: {done.stderr.strip()[-2000:]}")


def _find(name: str, server: int) -> Path:
    """The first that is not older than the server; an older one would refuse, in words that help nobody."""
    seen = []
    for path in (binaries.find().folder / name, Path(shutil.which(name) or "")):
        if path.is_file():
            major = _major(path)
            if major >= server:
                return path
            seen.append(f"{path} is version {major}")
    raise PostgresError(
        f"The server is PostgreSQL {server}, and there is no {name} for it here ({'; '.join(seen) or 'none found'}). "
        f"Install the client programs of PostgreSQL {server}."
    )


def _major(path: Path) -> int:
    said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\b(\d+)[.\w]*", said)
    return int(found.group(1)) if found else 0


def _server_major(dsn: str) -> int:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.info.server_version // 10_000


def _without_password(dsn: str) -> str:
    """Arguments of a process are public."""
    parts: dict[str, Any] = {name: value for name, value in conninfo_to_dict(dsn).items() if name != "password"}
    return make_conninfo(**parts)


def _environment(dsn: str) -> dict[str, str]:
    password = conninfo_to_dict(dsn).get("password")
    return {**os.environ, "PGTZ": "UTC"} | ({"PGPASSWORD": str(password)} if password else {})
