"""Makes `.venv` from the lock files, run by the Makefile with the system's Python: standard library only.

Usage: python -I ops/bootstrap.py run|dev. What it says goes to standard error: `make demo` promises a clean stdout.
With `uv` where there is one, else with venv and pip. A stamp with the lock's hash makes the next run start at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ROOT / "locks" / "run.txt", "dev": ROOT / "locks" / "dev.txt", "assets": ROOT / "locks" / "assets.txt"}
PYTHON_MIN = (3, 11)
NPM_MISSING = 3  # the exit code by which ops/assets.py asks for one


class SetupError(Exception):
    """The environment can't be made; the message says why and what to do."""


def main(arguments: list[str]) -> int:
    """Make the environment for one group and the browser's files; return an exit code."""
    if len(arguments) != 1 or arguments[0] not in ("run", "dev"):
        say(__doc__ or "")
        return 2
    try:
        with (ROOT / ".venv.lock").open("a") as lock:
            # Two `make` in one checkout: the second waits, then finds the work done.
            fcntl.flock(lock, fcntl.LOCK_EX)
            ensure(arguments[0])
            ensure_assets()
    except SetupError as error:
        say(f"Set-up failed. {error}")
        return 1
    return 0


def ensure(group: str) -> None:
    """Install a lock file's packages, and this checkout, unless the stamp says that it was done."""
    if PYTHON.exists() and (_stamped(group) or (group == "run" and _stamped("dev"))):
        return
    if not _venv_works():
        say(f"Making {VENV.name} with Python {sys.version.split()[0]} ...")
        shutil.rmtree(VENV, ignore_errors=True)
        _make_venv()
    say(f"Installing {LOCKS[group].relative_to(ROOT)} ...")
    _install("--require-hashes", "-r", str(LOCKS[group]))
    if group in ("run", "dev"):
        # The build backend is in the lock already, so that nothing unlocked is asked for.
        _install("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    _stamp(group).write_text(fingerprint(LOCKS[group]), encoding="ascii")


def ensure_assets() -> None:
    """Install the browser's files; npm from a package where the machine has none that will do."""
    script = str(ROOT / "ops" / "assets.py")
    answer = subprocess.run([str(PYTHON), "-I", script], check=False, stdout=sys.stderr)
    if answer.returncode == NPM_MISSING:
        ensure("assets")
        answer = subprocess.run([str(PYTHON), "-I", script], check=False, stdout=sys.stderr)
    if answer.returncode != 0:
        raise SetupError("The browser's files could not be installed (package-lock.json); npm's own words are above.")


def fingerprint(lock: Path) -> str:
    """Changes with the lock, the project's own metadata and the place of the checkout, not with a linter's settings."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    metadata = json.dumps([pyproject.get("project"), pyproject.get("build-system")])
    return hashlib.sha256("\0".join((lock.read_text(encoding="utf-8"), metadata, str(VENV))).encode()).hexdigest()


def _venv_works() -> bool:
    """Whether there is an environment, of this place and of a Python that still runs."""
    test = f"import sys; sys.exit(sys.version_info < {PYTHON_MIN} or sys.prefix != {str(VENV)!r})"
    try:
        return subprocess.run([str(PYTHON), "-I", "-c", test], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _make_venv() -> None:
    uv = _uv()
    attempts = [[sys.executable, "-m", "venv", str(VENV)]]
    if uv:
        attempts.insert(0, [*uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
    for command in attempts:
        if _run(command):
            return
        shutil.rmtree(VENV, ignore_errors=True)
    raise SetupError(
        f"{sys.executable} could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv."
    )


def _install(*arguments: str) -> None:
    uv = _uv()
    if uv and _run([*uv, "pip", "install", "--quiet", "--python", str(PYTHON), *arguments]):
        return
    if uv:
        say("uv could not install them; trying pip.")
    if not _run([str(PYTHON), "-m", "pip", "--version"], quiet=True) and not _run(
        [str(PYTHON), "-m", "ensurepip", "--upgrade"]
    ):
        raise SetupError("There is neither a working uv nor pip. Install one of them for this Python.")
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    if not _run(command):
        raise SetupError(
            "The packages could not be installed; pip's own words are above. "
            "Is a package index reachable (pip config list)?"
        )


def _uv() -> list[str]:
    """The command of uv, or nothing. It never fetches a Python: packages are all that is downloaded."""
    found = shutil.which("uv")
    return [found, "--no-python-downloads"] if found else []


def _run(command: list[str], *, quiet: bool = False) -> bool:
    """Run with stdout sent to standard error; True where it worked."""
    output = subprocess.DEVNULL if quiet else sys.stderr
    # A PYTHONPATH or an active environment of the caller's must not leak into ours.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    try:
        return subprocess.run(command, check=False, stdout=output, stderr=output, env=environment).returncode == 0
    except OSError:
        return False


def _stamp(group: str) -> Path:
    return VENV / f".crowdledger-{group}"


def _stamped(group: str) -> bool:
    try:
        return _stamp(group).read_text(encoding="ascii") == fingerprint(LOCKS[group])
    except OSError:
        return False


def say(message: str) -> None:
    """To standard error, at once."""
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
