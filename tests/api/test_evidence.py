"""Over HTTP: heads, keys, tiles, bundles, proofs and receipts; who may have which; what is asked too early."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import httpx
import psycopg
import pytest

from api.access import Role
from ledger import identity as identities
from ledger import merkle, receipt, signing
from ledger.checkpoint import head_of, opened
from ledger.kernel import clock
from ledger.notes import parse, parse_key
from ledger.store import sealer, tree
from ledger.tiles import Tile, unbundle
from ops import access_store
from tests.api.house import HUIZHONG, House, assert_problem, campaign, event, pledge

SIGNERS = signing.of_log("ledger.test/one", b"a" * 32, b"b" * 32)
(W1, *_) = signing.of_witness("witness.test/w", b"c" * 32, b"d" * 32)
PLEDGES = 30
pytestmark = pytest.mark.usefixtures("sealed")


@pytest.fixture(scope="module")
def sealed(house: House) -> Iterator[int]:
    """A log with more than one full tile, signed twice; two events behind the last head."""
    with psycopg.connect(house.dsn) as connection:
        for each in SIGNERS:
            tree.keep_key(connection, each.key, clock.now())
        house.tell("huizhong", campaign())
        sealer.seal(connection, SIGNERS)
        house.tell("huizhong", [pledge(f"P-{n}") for n in range(PLEDGES)])
        house.tell("huizhong", [event("pledge.collected", {"pledge": name}) for name in ("P-1", "P-2")])
        house.tell("huizhong", failure())
        newest = sealer.seal(connection, SIGNERS)
        assert newest is not None
        house.tell("huizhong", [pledge("P-late")])
        yield newest.size


def failure() -> Iterator[dict[str, object]]:
    """A campaign that ends with promises of many: a line for each of them is too long for the entry."""
    yield from campaign(name="C-many")[-1:]
    for n in range(200):
        yield event("party.registered", {"party": f"many-{n}", "kind": "person"})
        yield pledge(f"many-{n}", campaign="C-many", investor=f"many-{n}")
    closed = {"campaign": "C-many", "outcome": "failed"}
    yield event("campaign.closed", closed, name="many-closed", time="2024-03-05T00:00:00+08:00")


def ask(house: House, who: str | None, address: str) -> httpx.Response:
    path, _, query = address.partition("?")
    return house.get(who, path, **dict(pair.split("=", 1) for pair in query.split("&") if pair))


def entries(house: House, size: int) -> list[bytes]:
    found: list[bytes] = []
    for n in range(-(-size // 256)):
        width = min(256, size - 256 * n)
        answer = house.get("auditor", f"/tile/{Tile(None, n, width).path}")
        assert answer.status_code == 200, answer.text
        found += unbundle(answer.content)
    return found


def test_a_mirror_can_rebuild_the_tree_from_outside(house: House, sealed: int) -> None:
    note = house.get(None, "/checkpoint")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    assert note.text == house.get(None, "/v1/checkpoint").text
    listed = house.get(None, "/v1/checkpoint/keys").json()
    keys = [parse_key(each["verifier_key"]) for each in listed["keys"]]
    assert [each["algorithm"] for each in listed["keys"]] == ["ML-DSA-44 cosignature", "Ed25519"] or len(keys) == 2
    head = opened(note.text, keys)
    assert (head.origin, head.size) == (listed["origin"], sealed)
    leaves = [merkle.leaf_hash(each) for each in entries(house, sealed)]
    assert merkle.tree_root(leaves) == head.root
    tile = house.get(None, "/tile/0/000")
    assert tile.content == b"".join(leaves[:256])
    assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert tile.headers["content-type"] == "application/octet-stream"
    assert house.get(None, f"/tile/0/001.p/{sealed - 256}").content == b"".join(leaves[256:])
    assert house.get(None, "/tile/1/000.p/1").content == merkle.tree_root(leaves[:256])
    assert house.get(None, "/tile/0/000.p/7").content == b"".join(leaves[:7])


@pytest.mark.parametrize("path", ["0/002", "0/001", "0/001.p/255", "1/000", "2/000.p/1", "0/x000/000", "x", "0/000/"])
def test_tiles_that_there_are_none_of(house: House, path: str) -> None:
    assert_problem(house.get(None, f"/tile/{path}"), 404, "not_found")


def test_entries_are_not_for_everybody(house: House) -> None:
    assert_problem(house.get(None, "/tile/entries/000"), 401, "unauthenticated")
    assert_problem(house.get("huizhong", "/tile/entries/000"), 403, "forbidden")
    assert_problem(house.get("auditor", "/tile/entries/002"), 404, "not_found")
    answer = house.get("registry", "/tile/entries/000")
    assert answer.headers["cache-control"].startswith("private")
    raw = httpx.get(
        f"{house.url}/tile/entries/000",
        headers={"Authorization": f"Bearer {house.keys['registry']}", "Accept-Encoding": "identity"},
    )
    assert "content-encoding" not in raw.headers
    assert raw.content == answer.content
    assert len(gzip.compress(raw.content)) < len(raw.content) / 2


def test_inclusion_proofs(house: House, sealed: int) -> None:
    contents = entries(house, sealed)
    for position, size in ((1, None), (sealed, None), (7, 7), (256, 256), (200, 301)):
        asked = f"/v1/proofs/inclusion?position={position}" + (f"&size={size}" if size else "")
        answer = ask(house, None, asked)
        assert answer.status_code == 200, answer.text
        proof = answer.json()
        leaf, root = base64.b64decode(proof["leaf_hash"]), base64.b64decode(proof["root_hash"])
        path = [base64.b64decode(each) for each in proof["inclusion_path"]]
        assert leaf == merkle.leaf_hash(contents[position - 1])
        assert proof["tree_size"] == (size or sealed)
        assert merkle.verify_inclusion(leaf, position - 1, proof["tree_size"], path, root)
        signed = proof["checkpoint"] and head_of(parse(proof["checkpoint"]))
        assert (signed is not None) == (size is None)
        assert not signed or signed.root == root


def test_consistency_proofs(house: House, sealed: int) -> None:
    for old, new in ((1, sealed), (9, 256), (256, 257), (sealed, sealed), (100, 300)):
        proof = ask(house, None, f"/v1/proofs/consistency?from={old}&to={new}").json()
        first, second = (base64.b64decode(proof[name]) for name in ("from_root", "to_root"))
        path = [base64.b64decode(each) for each in proof["consistency_path"]]
        assert merkle.verify_consistency(old, new, first, second, path)
    empty = ask(house, None, f"/v1/proofs/consistency?from=0&to={sealed}").json()
    assert (empty["consistency_path"], base64.b64decode(empty["from_root"])) == ([], merkle.EMPTY_ROOT)


def test_asked_too_early_too_far_or_wrongly(house: House, sealed: int) -> None:
    for path in (
        f"/v1/proofs/inclusion?position={sealed + 1}",
        f"/v1/proofs/inclusion?position=1&size={sealed + 1}",
        f"/v1/proofs/consistency?from=1&to={sealed + 1}",
    ):
        early = ask(house, None, path)
        assert_problem(early, 409, "not_sealed")
        assert early.headers["retry-after"] == "1"
        assert early.json()["sealed"] == sealed
    for path in (
        f"/v1/proofs/inclusion?position={sealed + 2}",
        f"/v1/proofs/inclusion?position=1&size={1 << 62}",
        f"/v1/proofs/consistency?from=1&to={sealed + 2}",
    ):
        assert_problem(ask(house, None, path), 404, "not_found")
    for path in (
        "/v1/proofs/inclusion", "/v1/proofs/inclusion?position=0", "/v1/proofs/inclusion?position=-1",
        f"/v1/proofs/inclusion?position={1 << 63}", "/v1/proofs/inclusion?position=5&size=4",
        "/v1/proofs/consistency?from=2&to=1", "/v1/proofs/consistency?from=1", "/v1/proofs/inclusion?position=1&x=1",
    ):  # fmt: skip
        assert_problem(ask(house, None, path), 422, "invalid_parameter")


def test_a_receipt_and_who_may_have_it(house: House, sealed: int) -> None:
    keys = [each.key for each in SIGNERS]
    for who in ("huizhong", "registry", "auditor"):
        answer = ask(house, who, f"/v1/receipts/{HUIZHONG}/made-P-1")
        found = receipt.examine(answer.json(), keys)
        assert found.ok, found
        assert found.trusted
        assert found.entry is not None
        assert found.entry["event"]["data"]["pledge"] == "P-1"
        assert found.entry["position"] < sealed
    assert_problem(ask(house, "rival", f"/v1/receipts/{HUIZHONG}/made-P-1"), 404, "not_found")
    assert_problem(ask(house, None, f"/v1/receipts/{HUIZHONG}/made-P-1"), 401, "unauthenticated")
    assert_problem(ask(house, "huizhong", f"/v1/receipts/{HUIZHONG}/nothing"), 404, "not_found")
    assert_problem(ask(house, "huizhong", f"/v1/receipts/{HUIZHONG}/made-P-late"), 409, "not_sealed")


def test_the_receipts_of_a_pledge(house: House) -> None:
    page = ask(house, "huizhong", "/v1/receipts?entity=pledge:huizhong/P-1").json()
    found = [receipt.examine(each) for each in page["items"]]
    assert all(each.ok for each in found)
    assert [each.entry["event"]["type"] for each in found if each.entry] == ["pledge.made", "pledge.collected"]
    first = ask(house, "registry", "/v1/receipts?entity=campaign:huizhong/C-9&limit=2").json()
    second = ask(house, "registry", f"/v1/receipts?entity=campaign:huizhong/C-9&limit=2&cursor={first['next']}").json()
    positions = [json.loads(each["entry"])["position"] for each in first["items"] + second["items"]]
    assert positions == sorted(set(positions))
    assert_problem(ask(house, "rival", "/v1/receipts?entity=pledge:huizhong/P-1"), 404, "not_found")
    assert_problem(ask(house, "huizhong", "/v1/receipts?entity=pledge:huizhong/P-77777"), 404, "not_found")
    assert_problem(ask(house, "huizhong", "/v1/receipts?entity=pledge"), 422, "invalid_parameter")


def test_a_cosignature_shows_in_the_head_and_in_receipts(house: House, sealed: int) -> None:
    with psycopg.connect(house.dsn) as connection:
        newest = tree.latest(connection)
        assert newest is not None
        tree.keep_cosignature(connection, sealed, W1.key, W1.sign(parse(newest.note).text, 1_772_417_700).line)
    assert "\u2014 witness.test/w " in ask(house, None, "/checkpoint").text
    found = receipt.examine(
        ask(house, "huizhong", f"/v1/receipts/{HUIZHONG}/made-P-7").json(), [SIGNERS[0].key, W1.key]
    )
    assert found.ok
    assert [step.name for step in found.steps].count("witness") == 1


def test_the_program_of_the_auditor(house: House) -> None:
    answer = ask(house, None, "/verify.py")
    assert answer.status_code == 200
    compile(answer.text, "verify.py", "exec")


def test_readiness_says_how_sealing_stands(house: House, sealed: int) -> None:
    said = ask(house, None, "/readyz").json()["sealing"]
    assert (said["state"], said["size"], said["reason"]) == ("sealing", sealed, None)
    assert said["lag_seconds"] > 0
    with psycopg.connect(house.dsn) as connection:
        sealer.stop(connection, sealed, "a witness has seen another history", clock.now())
        said = ask(house, None, "/readyz").json()["sealing"]
        sealer.resume(connection, sealed, "test", clock.now())
    assert (said["state"], said["reason"]) == ("stopped", "A witness has seen another history.")
    assert ask(house, None, "/readyz").json()["sealing"]["state"] == "sealing"


def test_postings_that_are_too_long_come_beside_the_entry(house: House) -> None:
    found = ask(house, "registry", f"/v1/receipts/{HUIZHONG}/many-closed").json()
    assert "postings" not in json.loads(found["entry"])
    assert sha256(found["postings"].encode()).hexdigest() == json.loads(found["entry"])["postings_sha256"]


@contextmanager
def signed_in(house: House, name: str, role: Role, person: str | None) -> Iterator[httpx.Client]:
    """A browser with a session."""
    with psycopg.connect(house.dsn) as connection:
        access_store.create_user(
            connection, name=name, role=role, source="registry" if role == "regulator" else None, person=person,
            password="a long enough password",
        )  # fmt: skip
    with httpx.Client(base_url=house.url, timeout=30) as client:
        form = re.search(r'name="csrf" value="([^"]+)"', client.get("/console/sign-in").text)
        assert form is not None
        filled = {"csrf": form.group(1), "name": name, "password": "a long enough password"}
        assert client.post("/console/sign-in", data=filled).status_code == 303
        yield client


def test_an_investor_has_the_receipts_of_her_own_pledges(house: House) -> None:
    for name in ("U-mine", "U-else"):
        identity = {"scheme": "CN-ID", "number": f"number of {name}"}
        told = [
            event("party.registered", {"party": name, "kind": "person", "identity": identity}),
            pledge(f"P-{name}", investor=name),
            event("pledge.collected", {"pledge": f"P-{name}"}),
        ]
        house.tell("huizhong", told)
    with psycopg.connect(house.dsn) as connection:
        assert sealer.seal(connection, SIGNERS) is not None
    house.catch_up()
    person = identities.person(house.settings.secret("identity"), "CN-ID", "number of U-mine")
    with signed_in(house, "wang", "investor", person) as investor:
        page = investor.get("/v1/me/receipts/P-U-mine").json()
        found = [receipt.examine(each, [SIGNERS[0].key]) for each in page["items"]]
        assert all(each.ok for each in found)
        assert [each.entry["event"]["type"] for each in found if each.entry] == ["pledge.made", "pledge.collected"]
        for other in ("P-U-else", "P-1", "P-none"):
            assert_problem(investor.get(f"/v1/me/receipts/{other}"), 404, "not_found")
    with signed_in(house, "officer", "regulator", None) as officer:
        assert_problem(officer.get("/v1/me/receipts/P-U-mine"), 403, "forbidden")
    assert_problem(house.get("huizhong", "/v1/me/receipts/P-U-mine"), 401, "unauthenticated")
