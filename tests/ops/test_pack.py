"""`crowdledger audit-pack`: recomputed without us, equal to the byte, and every flipped byte is found and named."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.kernel import clock
from ledger.store import tree
from ledger.store.sealer import seal
from ops.pack.write import PackProblem, write
from tests.ledger.store.grown import SIGNERS
from tests.ledger.stories import funded, pledge
from tests.projections.book import Book


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    """Three hundred events and a head over them: one full tile, one that isn't."""
    book = Book(database_url)
    book.tell([*funded(), *(pledge(f"N{number}", 10) for number in range(150))])
    book.tell([pledge(f"R{number}", 10) for number in range(20)])
    book.tell(funded(), scope="rival")
    book.tell([pledge(f"N{number}", 10) for number in range(120)], scope="rival")
    with psycopg.connect(database_url) as connection:
        for each in SIGNERS:
            tree.keep_key(connection, each.key, clock.now())
        seal(connection, SIGNERS)
    book.follow()
    yield book
    book.close()


def unpacked(tar: Path, folder: Path) -> Path:
    with tarfile.open(tar) as archive:
        archive.extractall(folder, filter="data")
    return folder / "audit-pack"


def verify(pack: Path, *words: str) -> tuple[int, str]:
    """On a machine that has none of our packages: no site-packages."""
    done = subprocess.run(
        [sys.executable, "-S", "-B", str(pack / "verify.py"), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    return done.returncode, done.stdout + done.stderr


def test_a_pack_is_recomputed_without_us(book: Book, tmp_path: Path) -> None:
    size, _ = write(book.dsn, tmp_path / "a.tar", lambda *_: None)
    write(book.dsn, tmp_path / "b.tar", lambda *_: None)
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    pack = unpacked(tmp_path / "a.tar", tmp_path)
    code, said = verify(pack)
    assert code == 0, said
    assert f"ok: {size} entries give the root" in said
    assert "they sum to zero" in said
    assert "signatures were not checked" in said
    with_library = subprocess.run(
        [sys.executable, "-B", str(pack / "verify.py"), "--key", str(SIGNERS[0].key)], capture_output=True, text=True,
        check=False, cwd="/", env={},
    )  # fmt: skip
    assert "signed with the key you gave" in with_library.stdout, with_library.stdout
    with pytest.raises(PackProblem, match="never overwritten"):
        write(book.dsn, tmp_path / "a.tar", lambda *_: None)


def test_a_flipped_byte_is_found_and_named(book: Book, tmp_path: Path, seed: int) -> None:
    write(book.dsn, tmp_path / "a.tar", lambda *_: None)
    whole = unpacked(tmp_path / "a.tar", tmp_path / "whole")
    rng = random.Random(seed)
    paths = sorted(path for path in whole.rglob("*") if path.is_file() and path.stat().st_size)
    wanted = {"tile/entries/000", "tile/0/000", "checkpoint", "balances.csv", "ledger.journal", "keys.txt"}
    chosen = [path for path in paths if path.relative_to(whole).as_posix() in wanted] + rng.sample(paths, 5)
    for path in chosen:
        content = path.read_bytes()
        at = rng.randrange(len(content))
        path.write_bytes(content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :])
        code, said = verify(whole)
        name = path.relative_to(whole).as_posix()
        assert code != 0, (name, at)
        assert name in said or path.name in said or "manifest" in said, (name, at, said)
        path.write_bytes(content)
    assert verify(whole)[0] == 0
    (whole / "tile/entries/000").unlink()
    assert "tile/entries/000 is missing" in verify(whole)[1]


def test_a_forged_pack_fits_no_head(book: Book, tmp_path: Path) -> None:
    """Whoever changes an entry and makes the manifest fit is still held against the signed root."""
    write(book.dsn, tmp_path / "a.tar", lambda *_: None)
    pack = unpacked(tmp_path / "a.tar", tmp_path)
    path = pack / "tile/entries/000"
    path.write_bytes(path.read_bytes().replace(b"Huizhong", b"Huizhang", 1))
    manifest = json.loads((pack / "manifest.json").read_text())
    manifest["files"]["tile/entries/000"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (pack / "manifest.json").write_text(json.dumps(manifest))
    code, said = verify(pack)
    assert code == 1
    assert "tile/0/000" in said


def test_nothing_signed_nothing_packed(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(PackProblem, match="no tree head"):
        write(database_url, tmp_path / "a.tar", lambda *_: None)
    assert not list(tmp_path.glob(".a.tar*"))
