"""What a witness remembers: one size and one root per log, on disk before it is told to anybody."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

from ledger.witness import Seen
from ops.keyfile import SettingsError, sync_folder

FILE = "seen.json"
KEY_FILES = ("witness.key", "witness-ml-dsa.key")


def load(folder: Path) -> dict[str, Seen]:
    """What was remembered. Raises SettingsError where that was lost: without it, it would sign two histories."""
    path = folder / FILE
    if not path.exists():
        if any((folder / name).exists() for name in KEY_FILES):
            raise SettingsError(
                f"{folder} has the keys of a witness, but {FILE} is missing: it has forgotten what it signed, and "
                "could be made to sign another history. Retire these keys, and start in an empty folder."
            )
        save(folder, {})
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {origin: Seen(int(each["size"]), base64.b64decode(each["root"])) for origin, each in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{path} can't be read ({error}). Restore it from a backup; don't delete it.") from None


def save(folder: Path, seen: Mapping[str, Seen]) -> None:
    """Put the whole memory on disk: complete, or as it was before, whenever the machine stops."""
    path = folder / FILE
    temporary = folder / f".{FILE}.new"
    shown = {origin: {"size": each.size, "root": base64.b64encode(each.root).decode()} for origin, each in seen.items()}
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(shown, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(folder)
