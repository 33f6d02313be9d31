"""Secrets in files: made once, mode 0600, never logged, the same for every process that starts at the same moment."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

SECRET_BYTES = 32


class SettingsError(Exception):
    """What a process was told, or keeps, can't be used; the message names it and the way out."""


class SecretError(SettingsError):
    """A secret's file can't be trusted or read."""


def load_or_create(path: Path) -> bytes:
    """Return the 32 bytes kept in `path` as hex. Where there is no file yet, make one with fresh random bytes."""
    if not path.exists():
        _create(path)
    check_mode(path)
    text = path.read_text(encoding="ascii", errors="replace").strip()
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != SECRET_BYTES:
        raise SecretError(
            f"{path} does not hold {SECRET_BYTES} bytes in hex. Restore it from a backup; "
            "deleting it makes a new one, and what the old one signed or keyed is then no longer recognised."
        )
    return value


def _create(path: Path) -> None:
    """Write a temporary file and link it into place: of two processes one wins, and both read the winner's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        temporary.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a renamed file durable: a new file's name is durable only after its folder is synced too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_mode(path: Path) -> None:
    """Raise SecretError where others can read the file."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SecretError(f"{path} has mode {mode:04o}: others can read it. Run: chmod 600 {path}")
