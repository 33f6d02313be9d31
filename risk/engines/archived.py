"""An archive of inputs: Parquet files by ranges of positions, and a manifest that says what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec
import pyarrow as pa
from msgspec import Struct

from ledger.kernel.canonical import sha256
from risk import inputs
from risk.engines.judging import Files, schema_of

MANIFEST: Final = "manifest.json"
FORMAT: Final = "crowdledger-rule-archive"


class ArchiveError(Exception):
    """The archive can't be used, or not for this; the message says why, and what to do."""


class ArchivedFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows with positions from `first` to `last` (both None: rows without one). `path` is relative to the archive."""

    path: str
    first: int | None
    last: int | None
    rows: int
    bytes: int
    sha256: str


class ArchivedInput(Struct, frozen=True, forbid_unknown_fields=True):
    """One input; `statement` is the hash of the query that it came from."""

    statement: str
    rows: int
    files: list[ArchivedFile]


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """All inputs as of `cutoff`, and the newest signed tree head up to it."""

    cutoff: int
    checkpoint: str | None
    views: dict[str, int]  # the versions that the inputs were read from
    written_by: dict[str, str]
    inputs: dict[str, ArchivedInput]
    format: Literal["crowdledger-rule-archive"] = "crowdledger-rule-archive"
    version: Literal[1] = 1


def statement_hash(name: str) -> str:
    """What an input's query is, so that files of another are not taken for it."""
    columns = " ".join(f"{column} {kind}" for column, kind in inputs.INPUTS[name].columns.items())
    return sha256(f"{columns}\n{inputs.statement(name)}".encode()).hex()


def read_manifest(folder: Path) -> Manifest:
    """What an archive holds. Raises ArchiveError."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise ArchiveError(
            f"{folder} holds no archive; `crowdledger rules archive --to {folder}` writes one."
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise ArchiveError(f"{folder / MANIFEST} can't be read: {error}. Write the archive again.") from None


def table_in(folder: Path, manifest: Manifest, name: str) -> pa.Table | Files:
    """An archived input, for an engine. Raises ArchiveError where it is missing, damaged, or of another program."""
    kept = manifest.inputs.get(name)
    way_out = f"Write it again: `crowdledger rules archive --to {folder}`."
    if kept is None:
        raise ArchiveError(f"The archive has no input {name}. {way_out}")
    if kept.statement != statement_hash(name):
        raise ArchiveError(f"The archive's {name} comes from another version of that input. {way_out}")
    for each in kept.files:
        path = folder / each.path
        if not path.is_file() or path.stat().st_size != each.bytes:
            raise ArchiveError(f"{path} is missing or cut short. {way_out}")
    if not kept.files:
        return schema_of(inputs.INPUTS[name]).empty_table()
    return Files([str(folder / each.path) for each in kept.files])
