"""Somebody else's implementation, Go's sumdb/tlog and note, agrees over HTTP on heads, tiles and proofs, both ways."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from ledger import merkle, signing
from ledger.kernel import clock
from ledger.store import sealer, tree
from tests.api.house import House
from tests.ledger.store.grown import leafed

SIGNERS = signing.of_log("ledger.test/independent", b"i" * 32, b"j" * 32)
SOURCE = Path(__file__).parent / "independent" / "main.go"
SIZE = 70_123  # three levels of tiles, all of them with a partial one
QUESTIONS = 80
FLIP = "UPDATE tiles SET hashes = set_byte(hashes, 7, 255 - get_byte(hashes, 7)) WHERE level = 0 AND n = 3"
EDGES = (1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, SIZE)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, built offline from the packages of the system."""
    go, library = shutil.which("go"), Path(os.environ.get("CROWDLEDGER_GOPATH") or "/usr/share/gocode")
    if go is None or not (library / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("no Go with golang.org/x/mod: apt-get install golang-go golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    env = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "GO111MODULE": "off", "GOPATH": str(library), "GOFLAGS": "",
        "GOCACHE": str(folder / "cache"), "GOTOOLCHAIN": "local", "CGO_ENABLED": "0",
    }  # fmt: skip
    made = folder / "independent"
    built = subprocess.run([go, "build", "-o", made, SOURCE], env=env, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return made


@pytest.fixture(scope="module")
def leaves(house: House) -> list[bytes]:
    """A long log behind the server, sealed."""
    with psycopg.connect(house.dsn) as connection:
        row = connection.execute("SELECT array_agg(leaf ORDER BY position) FROM events").fetchone()
        assert row is not None
        found: list[bytes] = row[0]
        for each in SIGNERS:
            tree.keep_key(connection, each.key, clock.now())
        found += leafed(connection, SIZE - len(found), len(found))
        sealer.seal(connection, SIGNERS)
    return found


def questions(rng: random.Random) -> list[dict[str, int]]:
    sizes = [*EDGES, *(int(2 ** (rng.random() * 16.09)) for _ in range(QUESTIONS - len(EDGES)))]
    return [{"size": n, "leaf": rng.choice([0, n - 1, rng.randrange(n)]), "old": rng.randrange(n) + 1} for n in sizes]


def ask(program: Path, house: House, key: str, asked: list[dict[str, int]]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, house.url, key], input=json.dumps(asked), capture_output=True, text=True, check=False
    )


def test_both_agree(program: Path, house: House, leaves: list[bytes], seed: int) -> None:
    asked = questions(random.Random(seed))
    done = ask(program, house, str(SIGNERS[0].key), asked)
    assert done.returncode == 0, done.stderr
    for each, found in zip(asked, json.loads(done.stdout), strict=True):
        size, leaf, old = each["size"], each["leaf"], each["old"]
        root = merkle.tree_root(leaves[:size])
        assert base64.b64decode(found["root"]) == root
        inclusion, consistency = (
            [base64.b64decode(one) for one in found[name]] for name in ("inclusion", "consistency")
        )
        assert merkle.verify_inclusion(leaves[leaf], leaf, size, inclusion, root)
        assert merkle.verify_consistency(old, size, merkle.tree_root(leaves[:old]), root, consistency)


def test_it_would_notice(program: Path, house: House, leaves: list[bytes]) -> None:
    stranger = signing.of_log(SIGNERS[0].key.name, b"k" * 32, b"l" * 32)[0]
    assert "no verifiable signatures" in ask(program, house, str(stranger.key), []).stderr
    with psycopg.connect(house.dsn) as connection:
        connection.execute("ALTER TABLE tiles DISABLE TRIGGER USER")
        connection.execute(
            "UPDATE tiles SET hashes = set_byte(hashes, 7, 255 - get_byte(hashes, 7)) WHERE level = 0 AND n = 3"
        )
        connection.commit()
        done = ask(program, house, str(SIGNERS[0].key), [{"size": 1100, "leaf": 800, "old": 3}])
        connection.execute(
            "UPDATE tiles SET hashes = set_byte(hashes, 7, 255 - get_byte(hashes, 7)) WHERE level = 0 AND n = 3"
        )
    assert done.returncode == 1
    assert done.stderr
