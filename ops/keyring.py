"""The vault's master keys in the file `vault.keys` of the data folder: read again when it changed, replaced as a whole.

One line per key, `<id> <64 hex digits>`, the current one first. `derived` without digits is the key that comes from the
installation's secret; without the file it is the only one. Several hosts need the same file.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ledger.identity import DERIVED, MasterKey, UnknownKey
from ops import keyfile
from ops.settings import Settings, SettingsError

FILE = "vault.keys"
_Stamp = tuple[int, int, int] | None


def keyring(settings: Settings) -> Keyring:
    """The master keys of this data folder."""
    return Keyring(settings.data_dir / FILE, settings.secret("vault"))


class Keyring:
    """Master keys by id. Safe to share between threads: what it holds is replaced, never changed."""

    def __init__(self, path: Path, derived: bytes) -> None:
        self._path = path
        self._derived = derived
        self._read: tuple[_Stamp, tuple[MasterKey, ...]] = ((-1, -1, -1), ())

    def current(self) -> MasterKey:
        """The key that wraps what is new, as of this moment."""
        return self.all()[0]

    def find(self, id: str) -> bytes:
        """A key by its id; raises UnknownKey."""
        for key in self.all():
            if key.id == id:
                return key.key
        raise UnknownKey(f"master key {id!r} is not in {self._path}: bring back the file that has it.")

    def all(self) -> tuple[MasterKey, ...]:
        """All of them, the current one first. Raises SettingsError where the file can't be used."""
        stamp = self._stamp()
        read, keys = self._read
        if read != stamp:
            keys = (MasterKey(DERIVED, self._derived),) if stamp is None else self._parse()
            self._read = (stamp, keys)
        return keys

    def add(self) -> MasterKey:
        """Make a key and let it be the current one; those before it stay usable."""
        fresh = MasterKey(secrets.token_hex(4), secrets.token_bytes(32))
        self._write((fresh, *self.all()))
        return fresh

    def retire(self, id: str) -> None:
        """Take a key out. What it wrapped and was not wrapped anew is lost: see `vault rotate`."""
        first, *others = self.all()
        assert first.id != id, "the current key can't be retired"
        self._write((first, *(key for key in others if key.id != id)))

    def _stamp(self) -> _Stamp:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _parse(self) -> tuple[MasterKey, ...]:
        keyfile.check_mode(self._path)
        keys = []
        for line in self._path.read_text(encoding="ascii", errors="replace").splitlines():
            id, _, digits = line.partition(" ")
            try:
                key = self._derived if id == DERIVED and not digits else bytes.fromhex(digits)
            except ValueError:
                key = b""
            if len(key) != keyfile.SECRET_BYTES or not id:
                raise SettingsError(f"{self._path} has a line that is no key. Restore it from a backup.")
            keys.append(MasterKey(id, key))
        if not keys:
            raise SettingsError(
                f"{self._path} is empty. Restore it from a backup, or delete it if nothing was rotated."
            )
        return tuple(keys)

    def _write(self, keys: tuple[MasterKey, ...]) -> None:
        """Whole or not at all, and on disk before it is used: a key that is lost loses what it wraps."""
        text = "".join(
            f"{key.id}\n" if key.id == DERIVED and key.key == self._derived else f"{key.id} {key.key.hex()}\n"
            for key in keys
        )
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        keyfile.sync_folder(self._path.parent)
