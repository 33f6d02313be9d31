"""Under which user the server runs. PostgreSQL refuses root, so as root another identity has to be found."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ops.postgres.errors import USE_YOUR_OWN, PostgresError

UNPRIVILEGED_USERS = ("postgres", "_postgres", "nobody", "daemon")
TRY_TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Identity:
    """How to start a program: words to put before its command, and a user to become where that is not enough."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def popen_options(self) -> dict[str, object]:
        """Keyword arguments of subprocess that make the child become this user."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def hand_over(self, folder: Path) -> None:
        """Give a folder and all in it to the user the server runs as."""
        owner = os.geteuid() if self.uid is None else self.uid
        group = -1 if self.gid is None else self.gid
        if folder.stat().st_uid == owner:
            return
        if os.geteuid() != 0:
            raise PostgresError(
                f"{folder} belongs to user {folder.stat().st_uid}, and this process is user {owner}. "
                f"Run as the owner, or use another CROWDLEDGER_DATA_DIR. {USE_YOUR_OWN}"
            )
        for parent, folders, files in os.walk(folder):
            for name in (".", *folders, *files):
                os.chown(Path(parent) / name, owner, group, follow_symlinks=False)


@cache
def choose(program: str) -> Identity:
    """The identity to start `program` (an absolute path) with. Raises PostgresError where root finds none."""
    if os.geteuid() != 0:
        return Identity()
    for identity in _candidates():
        if _works(identity, program):
            return identity
    raise PostgresError(
        "PostgreSQL does not run as root, and this root may neither open a user namespace (unshare -U) nor hand "
        f"{program} to an unprivileged user that can reach it. Run as an ordinary user. {USE_YOUR_OWN}"
    )


def _candidates() -> Iterator[Identity]:
    """A user namespace first: the files stay root's own. Then becoming a user that exists."""
    users = list(_unprivileged())
    if unshare := shutil.which("unshare"):
        for user in users[:1]:
            yield Identity((unshare, "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}", "--"))
        yield Identity((unshare, "-U", "--"))
    for user in users:
        yield Identity(uid=user.pw_uid, gid=user.pw_gid)


def _unprivileged() -> Iterator[pwd.struct_passwd]:
    by_name = {user.pw_name: user for user in pwd.getpwall() if user.pw_uid != 0}
    yield from (by_name[name] for name in UNPRIVILEGED_USERS if name in by_name)


def _works(identity: Identity, program: str) -> bool:
    """Try it: namespaces may be forbidden, and an unprivileged user may not reach the program."""
    try:
        answer = subprocess.run(
            [*identity.prefix, program, "--version"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TRY_TIMEOUT_SECONDS,
            check=False,
            cwd="/",
            **identity.popen_options(),  # type: ignore[call-overload]
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(answer.returncode == 0)
