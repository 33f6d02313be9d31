"""The database cluster on disk: made once with initdb, checked before each start; and the server's parameters."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ops.postgres.binaries import Binaries
from ops.postgres.errors import USE_YOUR_OWN, PostgresError
from ops.postgres.home import SUPERUSER, Home
from ops.postgres.identity import Identity

INITDB_TIMEOUT_SECONDS = 180
BUILTIN_LOCALE_SINCE = 17

# For two cores and a machine that does other things too. Anything here can be overridden but durability.
PARAMETERS: dict[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "wal_compression": "on",
    "wal_buffers": "16MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    "log_checkpoints": "off",
    "unix_socket_permissions": "0700",
    "cluster_name": "crowdledger",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST_AND_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def ensure(home: Home, binaries: Binaries, identity: Identity, *, fsync: bool) -> bool:
    """Make the cluster where there is none; True if it was made now. Raises PostgresError where it can't be used."""
    if not home.cluster.exists():
        _initdb(home, binaries, identity, fsync=fsync)
        return True
    version_file = home.cluster / "PG_VERSION"
    if not version_file.is_file():
        raise PostgresError(
            f"{home.cluster} is there but is no PostgreSQL cluster (it has no PG_VERSION). "
            f"Move it away to start with an empty ledger, or restore it from a backup. {USE_YOUR_OWN}"
        )
    made_by = version_file.read_text(encoding="ascii").strip()
    if made_by != str(binaries.major):
        raise PostgresError(
            f"{home.cluster} was made by PostgreSQL {made_by}; the programs here ({binaries.folder}) are version "
            f"{binaries.major}. Install PostgreSQL {made_by}, or upgrade the cluster with pg_upgrade. {USE_YOUR_OWN}"
        )
    identity.hand_over(home.cluster)
    return False


def _initdb(home: Home, binaries: Binaries, identity: Identity, *, fsync: bool) -> None:
    """Run initdb into a temporary folder, then rename: a half-made cluster is never taken for a whole one."""
    for left_over in home.folder.glob(".initdb-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=".initdb-", dir=home.folder))
    identity.hand_over(temporary)
    # Byte order for sorting: the same on every machine and under every version of the C library.
    locale = ["--locale=C"]
    if binaries.major >= BUILTIN_LOCALE_SINCE:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    answer = subprocess.run(
        [
            *identity.prefix,
            binaries.program("initdb"),
            f"--pgdata={temporary}",
            f"--username={SUPERUSER}",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            *locale,
            "--data-checksums",
            "--no-instructions",
            *([] if fsync else ["--no-sync"]),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=INITDB_TIMEOUT_SECONDS,
        check=False,
        cwd="/",
        env={**os.environ, "LC_ALL": "C"},
        **identity.popen_options(),  # type: ignore[call-overload]
    )
    if answer.returncode != 0:
        shutil.rmtree(temporary, ignore_errors=True)
        raise PostgresError(
            f"initdb could not make a cluster in {home.folder}:\n{answer.stdout.strip()}\n"
            f"Is the disk full, or the folder out of reach of the server's user? {USE_YOUR_OWN}"
        )
    temporary.rename(home.cluster)


def parameters(overrides: Mapping[str, str], socket_folder: Path, *, fsync: bool) -> dict[str, str]:
    """The server's parameters. Durability and the socket are not up for override: an answer 200 means on disk."""
    fixed = {**(DURABLE if fsync else FAST_AND_FORGETFUL), "unix_socket_directories": str(socket_folder)}
    if refused := sorted(fixed.keys() & overrides.keys()):
        raise PostgresError(
            f"CROWDLEDGER_POSTGRES_PARAMETERS may not set {', '.join(refused)}: what was acknowledged must survive a "
            f"crash. Remove it from there. {USE_YOUR_OWN}"
        )
    return {**PARAMETERS, **overrides, **fixed}
