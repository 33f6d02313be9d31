"""Events as Parquet, a file for each range of positions, so that an engine can leave out what it need not read."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from ops.export.columns import MOMENT
from ops.export.entries import Entry

# A file holds positions 1 to 250,000, the next 250,001 to 500,000: of two exports all files but the last are equal.
POSITIONS_PER_FILE: Final = 250_000
_ROWS_PER_GROUP: Final = 20_000
_BYTES_PER_GROUP: Final = 32 << 20  # of JSON: events differ in size a thousandfold
FORMAT: Final = {"compression": "zstd", "version": "2.6"}

_POSTING: Final = pa.struct([("account", pa.string()), ("currency", pa.string()), ("amount", pa.int64())])
SCHEMA: Final = pa.schema([
    pa.field("position", pa.int64(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("id", pa.string(), nullable=False),
    pa.field("type", pa.string(), nullable=False),
    pa.field("happened_at", MOMENT, nullable=False),
    pa.field("effective_at", MOMENT, nullable=False),
    pa.field("recorded_at", MOMENT, nullable=False),
    pa.field("body", pa.string(), nullable=False),
    pa.field("postings", pa.list_(_POSTING), nullable=False),
    pa.field("tags", pa.list_(pa.string()), nullable=False),
    pa.field("leaf", pa.binary(), nullable=False),
])  # fmt: skip


class Written(NamedTuple):
    """A file that is complete."""

    path: Path
    rows: int


class EventFiles:
    """Takes entries in order and writes them to `folder`; `written` lists the files when the block has ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[Entry] = []
        self._bytes = 0
        self._writer: Any = None
        self._first = self._last = 0
        self.written: list[Written] = []

    def add(self, entry: Entry) -> None:
        """Take the next event."""
        if self._last and entry.position % POSITIONS_PER_FILE == 1:
            self._close()
        self._held.append(entry)
        self._first = self._first or entry.position
        self._last = entry.position
        self._bytes += len(entry.body) + entry.postings_bytes
        if len(self._held) == _ROWS_PER_GROUP or self._bytes >= _BYTES_PER_GROUP:
            self._flush()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._close()
        elif self._writer is not None:
            self._abandon()

    def _flush(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._folder / "open", SCHEMA, use_dictionary=["source", "type"], **FORMAT)
        self._writer.write_table(_table(self._held))
        self._held, self._bytes = [], 0

    def _close(self) -> None:
        """End the file that is open; an empty log has one file, too, that tells the columns."""
        if self._held or not self.written:
            self._flush()
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        path = self._folder / f"{self._first:012}-{self._last:012}.parquet"
        (self._folder / "open").rename(path)
        self.written.append(Written(path, self._last - self._first + 1 if self._last else 0))
        self._first = self._last = 0

    def _abandon(self) -> None:
        """Let go of the file; what made us stop is more telling than that a full disk has no room for a footer."""
        try:
            self._writer.close()
        except OSError:
            self._writer = None


def _table(held: list[Entry]) -> Any:
    """Columns of the entries; postings are laid flat first, which is far quicker than a dict for each."""
    lines = [line for entry in held for line in entry.postings]
    offsets = [0]
    for entry in held:
        offsets.append(offsets[-1] + len(entry.postings))
    postings = pa.StructArray.from_arrays(
        [
            pa.array([line.account for line in lines], pa.string()),
            pa.array([line.currency for line in lines], pa.string()),
            pa.array([line.amount for line in lines], pa.int64()),
        ],
        fields=list(_POSTING),
    )
    columns = {name: [getattr(entry, name) for entry in held] for name in SCHEMA.names if name != "postings"}
    columns["body"] = pa.array(columns["body"], pa.binary()).cast(pa.string())  # casting checks that it is UTF-8
    arrays = [
        pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), postings, type=SCHEMA.field("postings").type)
        if field.name == "postings"
        else pa.array(columns[field.name], field.type)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)
