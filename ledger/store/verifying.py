"""Recomputes the whole of the evidence and names what differs: leaves from events, tiles from leaves, heads from tiles.

`differences(connection, keys)` is for `fsck` and whoever else doubts a database. It reads everything once, in order,
in bounded memory, and yields one `Difference` after the other, so the first one has the first bad position. What is not
in here: `tags` and states, which follow from deciding the events again; the content hash of a `party.registered`, which
is keyed (it covers what was put into the vault).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from ledger import merkle, notes
from ledger.checkpoint import head_of
from ledger.notes import NoteError, VerifierKey, parse_key
from ledger.recorded import entry, sent_body, stamp
from ledger.store.tree import SQL
from ledger.tiles import EMPTY, HASH_BYTES, HEIGHT, WIDTH, Edge, FullTile, Tile, grow, split

if TYPE_CHECKING:
    import psycopg

_PAGE: Final = 16 * WIDTH
_GAP_MAX: Final = 1_000_000  # missing events in a row beyond which nothing after them is looked at
_KEYED: Final = "party.registered"
_NONE: Final = bytes(HASH_BYTES)


class Difference(NamedTuple):
    """Something that isn't what it must be. `position` is that of the first event concerned."""

    what: str  # event, tile, checkpoint, cosignature, key
    position: int
    detail: str

    def __str__(self) -> str:
        """One line."""
        return f"position {self.position}: {self.what}: {self.detail}"


class _Envelope(msgspec.Struct):
    source: str
    id: str
    type: str
    time: datetime


_envelope = msgspec.json.Decoder(_Envelope).decode


class _Row(NamedTuple):
    position: int
    source: str
    id: str
    type: str
    happened_at: datetime
    recorded_at: datetime
    body: bytes
    postings: bytes | None
    content_hash: bytes
    leaf: bytes


class _Checkpoint(NamedTuple):
    size: int
    root: bytes
    frontier: bytes
    note: str
    sealed_at: datetime


def differences(connection: psycopg.Connection, keys: Sequence[VerifierKey] = ()) -> Iterator[Difference]:
    """Whatever in events, tiles, checkpoints and cosignatures doesn't fit together or isn't signed.

    `keys` are the log's verifier keys that the caller trusts, from elsewhere; without any, those in the database count.
    """
    known = [*_keys(connection)]
    yield from (each for each in known if isinstance(each, Difference))
    trusted = keys or [each for each in known if isinstance(each, VerifierKey)]
    yield from _Walk(connection, trusted).all()
    yield from _cosignatures(connection)


def _keys(connection: psycopg.Connection) -> Iterator[VerifierKey | Difference]:
    for text, since_size, _ in connection.execute(SQL["keys"]).fetchall():
        try:
            yield parse_key(text)
        except NoteError as error:
            yield Difference("key", since_size + 1, f"a key of the log is damaged: {error}")


class _Walk:
    """One pass over the log, with the tree growing beside it."""

    def __init__(self, connection: psycopg.Connection, keys: Sequence[VerifierKey]) -> None:
        self._connection = connection
        self._keys = keys
        self._edge: Edge = EMPTY
        self._good = 0  # size of the last checkpoint that held
        self._bad: list[int] = []  # positions of entries after it that don't
        self._sealed_at: datetime | None = None
        row = connection.execute(SQL["reach"]).fetchone()
        self._reach: int = row[0] if row else 0

    def all(self) -> Iterator[Difference]:
        """The pass."""
        for each in self._all():
            if each.what != "checkpoint":
                self._bad.append(each.position)
            yield each

    def _all(self) -> Iterator[Difference]:
        checkpoints = self._checkpoints()
        due = next(checkpoints, None)
        after, whole = 0, True
        while rows := self._page(after):
            if whole:
                leaves: list[bytes] = []
                for row in rows:
                    if row.position > after + 1:
                        yield _missing(after + 1, row.position)
                        whole = row.position - after <= _GAP_MAX
                        leaves += self._in_the_gap(after + 1, row.position) if whole else ()
                    after = row.position
                    if not whole:
                        break
                    yield from self._event(row, leaves)
                while due is not None and due.size <= self._edge.size + len(leaves):
                    cut = due.size - self._edge.size
                    yield from self._grow(leaves[:cut])
                    yield from self._head(due)
                    leaves, due = leaves[cut:], next(checkpoints, None)
                yield from self._grow(leaves)
            if not whole:
                break
        while due is not None:
            yield Difference("checkpoint", self._good + 1, f"head of {due.size}: entries under it are missing")
            due = next(checkpoints, None)
        yield from self._beyond()

    def _page(self, after: int) -> list[_Row]:
        asked = {"after": after, "limit": _PAGE}
        return [_Row(*row) for row in self._connection.execute(SQL["rows"], asked, binary=True)]

    def _checkpoints(self) -> Iterator[_Checkpoint]:
        after = -1
        while rows := self._connection.execute(SQL["checkpoints"], {"after": after, "limit": WIDTH}).fetchall():
            yield from (_Checkpoint(*row) for row in rows)
            after = rows[-1][0]

    def _event(self, row: _Row, leaves: list[bytes]) -> Iterator[Difference]:
        made = merkle.leaf_hash(entry(row.body, row.position, row.postings, stamp(row.recorded_at)))
        if made == row.leaf:
            yield from _columns(row)
            leaves.append(made)
            return
        # Which of the two was altered? The tile knows, where there is one already.
        kept = self._in_the_tile(row.position)
        if kept == made:
            yield Difference("event", row.position, "its leaf hash was altered; the event itself fits the tree")
        else:
            yield Difference("event", row.position, "the event was altered: it doesn't give its leaf hash any more")
        leaves.append(made if kept == made else row.leaf)

    def _in_the_gap(self, first: int, end: int) -> Iterator[bytes]:
        """Leaves of events that are gone, as the tiles remember them."""
        return (self._in_the_tile(position) or _NONE for position in range(first, end))

    def _in_the_tile(self, position: int) -> bytes | None:
        n, index = divmod(position - 1, WIDTH)
        row = self._connection.execute(SQL["tile"], {"level": 0, "n": n}).fetchone()
        return split(row[0])[index] if row else None

    def _grow(self, leaves: Iterable[bytes]) -> Iterator[Difference]:
        self._edge, full = grow(self._edge, b"".join(leaves))
        for each in full:
            # Written with the checkpoint that covers it; the newest entries have none yet.
            if Tile(each.level, each.n).within(self._reach):
                yield from self._tile(each)

    def _tile(self, made: FullTile) -> Iterator[Difference]:
        span = 1 << (HEIGHT * made.level)
        name = Tile(made.level, made.n).path
        row = self._connection.execute(SQL["tile"], {"level": made.level, "n": made.n}).fetchone()
        if row is None:
            yield Difference("tile", made.n * WIDTH * span + 1, f"tile {name} is missing")
            return
        pairs = zip(split(row[0]), split(made.hashes), strict=False)
        bad = next((index for index, (stored, right) in enumerate(pairs) if stored != right), None)
        if bad is not None:
            first = (made.n * WIDTH + bad) * span + 1
            yield Difference("tile", first, f"hash {bad} of tile {name} isn't that of the entries under it")
        elif row[1] != made.root:
            yield Difference("tile", made.n * WIDTH * span + 1, f"the root kept with tile {name} isn't its root")

    def _head(self, stored: _Checkpoint) -> Iterator[Difference]:
        trouble = [*self._wrong(stored)]
        # A head that doesn't hold since an entry under it was altered says no more than that entry.
        first = min((at for at in self._bad if self._good < at <= stored.size), default=self._good + 1)
        yield from (Difference("checkpoint", first, f"head of {stored.size}: {each}") for each in trouble)
        if not trouble:
            self._good, self._bad = stored.size, [at for at in self._bad if at > stored.size]
            self._sealed_at = stored.sealed_at

    def _wrong(self, stored: _Checkpoint) -> Iterator[str]:
        if stored.root != self._edge.root:
            yield "the entries don't give its root"
        if stored.frontier != b"".join(self._edge.frontier):
            yield "its frontier isn't that of the entries"
        if self._sealed_at is not None and stored.sealed_at < self._sealed_at:
            yield "it was signed before the one before it"
        try:
            note = notes.parse(stored.note)
            head = head_of(note)
            found = notes.signers(note, [key for key in self._keys if key.name == head.origin])
        except NoteError as error:
            yield str(error)
            return
        if (head.size, head.root) != (stored.size, stored.root):
            yield "its note says another size or root"
        if not found or len(found) != len(note.signatures):
            yield "it has a signature that isn't by a known key of the log"
        times = {signature.time for key, signature in found if key.kind != notes.ED25519}
        if times - {int(stored.sealed_at.timestamp())} or stored.sealed_at.microsecond:
            yield "it wasn't signed at the time that is kept with it"

    def _beyond(self) -> Iterator[Difference]:
        """Tiles that no tree of this size has."""
        for level, count, last in self._connection.execute(SQL["tiles_in_all"]).fetchall():
            right = self._edge.size >> (HEIGHT * (level + 1))
            if count > right or last >= right:
                path = Tile(level, last).path
                yield Difference("tile", self._edge.size + 1, f"there is a tile {path} beyond the end of the log")


def _missing(first: int, end: int) -> Difference:
    last = end - 1
    return Difference("event", first, "it is missing" if first == last else f"all up to position {last} are missing")


def _columns(row: _Row) -> Iterator[Difference]:
    """The columns by which an event is found, held against its body, which the leaf covers."""
    try:
        said = _envelope(row.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return  # not a CloudEvent: what a user of the recorder stored under a name of its own
    pairs: list[tuple[str, Any, Any]] = [
        ("source", said.source, row.source), ("id", said.id, row.id), ("type", said.type, row.type),
        ("happened_at", said.time.astimezone(UTC), row.happened_at),
    ]  # fmt: skip
    if said.type != _KEYED:
        pairs.append(("content_hash", sha256(sent_body(said.type, row.body)).digest(), row.content_hash))
    for name, right, stored in pairs:
        if right != stored:
            yield Difference("event", row.position, f"column {name} doesn't say what its body says")


def _cosignatures(connection: psycopg.Connection) -> Iterator[Difference]:
    for size, key_text, line, note in connection.execute(SQL["all_cosignatures"]).fetchall():
        if note is None:
            yield Difference("cosignature", size + 1, f"there is no checkpoint of {size} that it could be of")
            continue
        try:
            key, whole = parse_key(key_text), notes.parse(note + line)
            last = whole.signatures[-1]
            notes.check(key, whole, last)
        except NoteError as error:
            yield Difference("cosignature", size, f"of head {size}: {error}")
            continue
        if (last.name, last.key_id) != (key.name, key.id) or last.line != line:
            yield Difference("cosignature", size, f"of head {size}: it is by another key than the one kept with it")
