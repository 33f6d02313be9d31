"""Writes the pack: a tar whose bytes depend on the log and the program alone, member by member."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
import psycopg

import ledger
import risk
from ledger import merkle, standalone
from ledger.accounts import Posting
from ledger.checkpoint import head_of
from ledger.events.schemas import schemas
from ledger.kernel.named_sql import load
from ledger.notes import parse
from ledger.recorded import POSTINGS_BYTES_MAX, entry, stamp
from ledger.store import tree
from ledger.tiles import EMPTY, WIDTH, Tile, bundle, grow
from ops.export import journal
from ops.export.entries import entries as journal_entries
from ops.pack import program

SQL = load(Path(__file__).with_name("pack.sql"))
FORM = "crowdledger/audit-pack/v1"
Show = Callable[[int, int], None]
_postings = msgspec.json.Decoder(tuple[Posting, ...]).decode
_README = """\
The whole of a ledger up to one signed head. Nothing in here names a person: people are pseudonyms.

    python3 verify.py --key KEY    recomputes tree head and balances; needs Python 3.11 and no network.
                                   KEY is the ledger's verifier key, from a place that you trust (compare keys.txt).
    hledger -f ledger.journal balance

tile/             entries and hashes (C2SP tlog-tiles): an entry is one event with its position, time and postings
postings/         postings that were too long for their entry, which names them by SHA-256
checkpoint        the signed head, with what witnesses signed; checkpoints.ndjson has all heads before it
balances.csv      the balance of each account in minor units, debit positive
ledger.journal    the same money for hledger
schemas/, rulebooks/, rules/   what events mean, and the limits and rules they were judged by
receipts.py       checks single receipts
"""


class PackProblem(Exception):
    """The pack can't be made; the message says why and what to do."""


def write(dsn: str, to: Path, show: Show) -> tuple[int, int]:
    """Write the pack; (size of the tree, bytes of the file). It appears when it is whole. Raises PackProblem."""
    if to.exists():
        raise PackProblem(f"{to} is there already. Name a new file: evidence is never overwritten.")
    building = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        with _snapshot(dsn) as connection, building.open("wb") as file:
            size = _write(connection, _Tar(file), show)
            file.flush()
            os.fsync(file.fileno())
        building.rename(to)
    finally:
        building.unlink(missing_ok=True)
    return size, to.stat().st_size


class _Tar:
    """Members with nothing of this machine in them; their digests, for the manifest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed below
        self.digests: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        self.digests[name] = hashlib.sha256(content).hexdigest()
        self._member(name, len(content), io.BytesIO(content))

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self.digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            self._member(name, path.stat().st_size, file)

    def close(self) -> None:
        self._tar.close()

    def _member(self, name: str, size: int, content: IO[bytes]) -> None:
        info = tarfile.TarInfo(f"audit-pack/{name}")
        info.size, info.mode = size, 0o644
        self._tar.addfile(info, content)


def _write(connection: psycopg.Connection[Any], tar: _Tar, show: Show) -> int:
    sealed = tree.latest(connection)
    if sealed is None:
        raise PackProblem("no tree head was signed yet: let `crowdledger serve` run for a moment, then ask again.")
    balances = _log(connection, tar, sealed.size, show)
    _heads(connection, tar, sealed)
    tar.add("balances.csv", _balances(balances))
    _journal(connection, tar, sealed.size, sorted(balances))
    _program(tar)
    manifest = {
        "form": FORM, "origin": head_of(parse(sealed.note)).origin, "size": sealed.size, "root": sealed.root.hex(),
        "files": dict(sorted(tar.digests.items())),
    }  # fmt: skip
    tar.add("manifest.json", json.dumps(manifest, indent=1).encode() + b"\n")
    tar.close()
    return sealed.size


def _log(connection: psycopg.Connection[Any], tar: _Tar, size: int, show: Show) -> dict[tuple[str, str], int]:
    """Entry bundles, full tiles, long postings; the balances over all of them."""
    balances: defaultdict[tuple[str, str], int] = defaultdict(int)
    edge = EMPTY
    for number in range((size + WIDTH - 1) // WIDTH):
        first, end = number * WIDTH, min((number + 1) * WIDTH, size)
        entries = []
        for position, body, postings, recorded_at in connection.execute(SQL["entries"], {"after": first, "end": end}):
            entries.append(entry(body, position, postings, stamp(recorded_at)))
            for account, currency, amount in _postings(postings) if postings else ():
                balances[account, currency] += amount
            if postings is not None and len(postings) > POSTINGS_BYTES_MAX:
                tar.add(f"postings/{position}.json", postings)
        if len(entries) != end - first:
            raise PackProblem(f"events between {first + 1} and {end} are missing: run `crowdledger fsck`.")
        tar.add("tile/" + Tile(None, number, end - first).path, bundle(entries))
        edge, full = grow(edge, b"".join(map(merkle.leaf_hash, entries)))
        for each in full:
            tar.add("tile/" + Tile(each.level, each.n).path, each.hashes)
        show(end, size)
    return balances


def _heads(connection: psycopg.Connection[Any], tar: _Tar, sealed: tree.Sealed) -> None:
    note, cosignatures = tree.with_cosignatures(connection, sealed)
    tar.add("checkpoint", (note + "".join(line for line in cosignatures if line not in note)).encode())
    rows = connection.execute(SQL["checkpoints"], {"size": sealed.size})
    tar.add("checkpoints.ndjson", b"".join(json.dumps({"size": s, "note": n}).encode() + b"\n" for s, n in rows))
    tar.add("keys.txt", "".join(f"{each.verifier_key}\n" for each in tree.keys(connection)).encode())


def _balances(balances: dict[tuple[str, str], int]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("account", "currency", "balance"))
    writer.writerows((*of, balances[of]) for of in sorted(balances))
    return text.getvalue().encode()


def _journal(connection: psycopg.Connection[Any], tar: _Tar, size: int, accounts: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.journal"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            currencies = sorted({currency for _, currency in accounts})
            file.writelines(journal.head(size, currencies, sorted({account for account, _ in accounts})))
            file.writelines(journal.transaction(each) for each in journal_entries(connection, size) if each.postings)
        tar.add_file("ledger.journal", path)


def _program(tar: _Tar) -> None:
    for name, schema in schemas().items():
        tar.add(f"schemas/{name}.json", json.dumps(schema, indent=1, ensure_ascii=False).encode() + b"\n")
    for folder, source, kinds in (
        ("rulebooks", Path(ledger.__path__[0]) / "rulebooks", {".toml"}),
        ("rules", Path(risk.__path__[0]) / "rules", {".yaml", ".sql"}),
    ):
        for path in sorted(source.rglob("*")):
            if path.suffix in kinds:
                tar.add(f"{folder}/{path.relative_to(source).as_posix()}", path.read_bytes())
    tar.add("verify.py", Path(program.__file__).read_bytes())
    tar.add("ledger/__init__.py", b'"""The part of the ledger that an auditor needs."""\n')
    tar.add("ledger/merkle.py", Path(merkle.__file__).read_bytes())
    tar.add("receipts.py", standalone.source().encode())
    tar.add("README.txt", _README.encode())


@contextmanager
def _snapshot(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    options = {"application_name": "crowdledger audit-pack", "options": "-c timezone=UTC"}
    with psycopg.connect(dsn, autocommit=True, **options) as connection:  # type: ignore[arg-type]
        connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        with connection.transaction():
            yield connection
