"""Receipts: what is whole verifies, whatever single bit is flipped doesn't, the single file says the same."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import auditor, receipt, signing, standalone
from ledger.notes import parse_key
from tests.ledger.receipts import LOG, LOG_KEYS, ORIGIN, WITNESS_KEYS, made

GOOD = made()
TEXT = json.dumps(GOOD, ensure_ascii=False)
TRUSTED = [parse_key(key) for key in LOG_KEYS]


@pytest.mark.parametrize("size", [1, 2, 3, 200, 256, 257])
@pytest.mark.parametrize("place", ["first", "last"])
def test_a_good_receipt_verifies(size: int, place: str) -> None:
    found = receipt.examine(made(0 if place == "first" else size - 1, size), TRUSTED)
    assert found.ok
    assert found.trusted
    assert [step.name for step in found.steps] == ["form", "entry", "tree", *["signature"] * 2, *["witness"] * 2]


def test_without_a_key_it_holds_but_is_not_trusted() -> None:
    found = receipt.examine(GOOD)
    assert found.ok
    assert not found.trusted


def test_postings_that_are_named_by_hash() -> None:
    with_postings = made(postings=b'[["escrow","CNY",1],["world","CNY",-1]]')
    assert receipt.examine(with_postings, TRUSTED).ok
    assert receipt.examine({k: v for k, v in with_postings.items() if k != "postings"}, TRUSTED).ok
    assert receipt.examine({**with_postings, "postings": "[]"}, TRUSTED).refuted
    assert receipt.examine({**GOOD, "postings": "[]"}, TRUSTED).refuted


def test_a_forger_with_keys_of_their_own() -> None:
    forged = made(by=signing.of_log(ORIGIN, b"f" * 32, b"g" * 32))
    assert receipt.examine(forged).ok  # that is why it says so loudly
    assert receipt.examine(forged, TRUSTED).refuted
    # Lines of both: the true key's line is over another text.
    both = made(by=LOG)["proof"].split("\n\n")[1]
    mixed = {**forged, "proof": forged["proof"] + both.split("\n")[0] + "\n", "keys": forged["keys"] + LOG_KEYS[:1]}
    assert receipt.examine(mixed, TRUSTED).refuted


def test_a_witness_that_the_reader_wants() -> None:
    wanted = [*TRUSTED, *(parse_key(key) for key in WITNESS_KEYS)]
    assert receipt.examine(GOOD, wanted).ok
    missing = receipt.examine(made(seen_by=()), wanted)
    assert [step.name for step in missing.steps if not step.ok] == ["witness", "witness"]
    # The witness alone doesn't make it the log's.
    assert receipt.examine(GOOD, wanted[2:]).ok
    assert not receipt.examine(GOOD, wanted[2:]).trusted


@given(st.integers(0, len(TEXT.encode()) * 8 - 1))
@settings(max_examples=300)
def test_every_flipped_bit_is_found(bit: int) -> None:
    assert_found(bit)


@pytest.mark.slow
def test_every_flipped_bit_of_all() -> None:
    """All bits of a receipt without the long keys, and 1,000 of one with them."""
    small = made(5, 9, by=LOG[:1], seen_by=())
    text = json.dumps(small, ensure_ascii=False)
    for bit in range(len(text.encode()) * 8):
        assert_found(bit, text)


def assert_found(bit: int, text: str = TEXT) -> None:
    raw = bytearray(text.encode())
    raw[bit // 8] ^= 1 << bit % 8
    try:
        (changed,) = receipt.receipts_in(raw.decode())
    except (UnicodeDecodeError, ValueError):
        return
    if changed == json.loads(text):
        return  # another way to write the same, such as a capital in \u00E9
    found = receipt.examine(changed)
    assert found.refuted, (bit, bytes(raw[max(0, bit // 8 - 30) : bit // 8 + 30]))


@pytest.mark.parametrize(
    "change",
    [
        {"format": "crowdledger-receipt/2"}, {"entry": None}, {"proof": 7}, {"keys": "x"}, {"keys": [1]}, {"more": 1},
        {"proof": ""}, {"proof": "c2sp.org/tlog-proof@v1\nindex 070\n\nx"}, {"entry": "[]"}, {"entry": "\ud800"},
        {"entry": '{"position":70}'}, {"keys": LOG_KEYS}, {"keys": []},
    ],
)  # fmt: skip
def test_forms_that_are_none(change: dict[str, Any]) -> None:
    assert receipt.examine({**GOOD, **change}).refuted


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"items":[]}', "null", "7", "[" * 100_000, '{"format":1,"format":1}']
)
def test_files_without_a_receipt(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(text)
    assert auditor.main([str(path)]) == 2
    assert auditor.main([str(path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["verified"] is False


def test_extra_data_of_a_proof_is_refused() -> None:
    extra = base64.b64encode(b"hello").decode()
    assert receipt.examine({**GOOD, "proof": GOOD["proof"].replace("\nindex", f"\nextra {extra}\nindex")}).refuted


# -- the single file


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("auditor") / "verify.py"
    path.write_text(standalone.source())
    return path


def alone(program: Path, folder: Path, found: Any, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Isolated: no path of ours, no environment, another working folder."""
    path = folder / "receipt.json"
    path.write_text(json.dumps(found))
    done = subprocess.run(
        [sys.executable, "-I", program, path, "--json", *arguments],
        cwd=folder,
        env={},
        capture_output=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_single_file_says_the_same(copied: Path, tmp_path: Path) -> None:
    code, said = alone(copied, tmp_path, GOOD, "--key", LOG_KEYS[0])
    assert (code, said["verified"], said["trusted_key"]) == (0, True, True)
    code, said = alone(copied, tmp_path, {"items": [GOOD, made(3, 9)]})
    assert (code, said["verified"], said["trusted_key"], len(said["receipts"])) == (0, True, False, 2)
    code, said = alone(copied, tmp_path, {**GOOD, "entry": GOOD["entry"].replace("因故", "无故")}, "--key", LOG_KEYS[0])
    assert (code, said["verified"]) == (1, False)
    assert [step["name"] for step in said["receipts"][0]["steps"] if not step["ok"]] == ["tree"]


def test_the_single_file_imports_nothing_of_ours_and_names_don_t_collide() -> None:
    text = standalone.source()
    assert "import ledger" not in text
    assert "from ledger" not in text
    assert text.count("\ndef leaf_hash(") == 1
    names = [line.split("(")[0].split(":")[0] for line in text.split("\n") if line.startswith(("def ", "class "))]
    assert len(names) == len(set(names))
    constants = [
        line.split(":")[0].split(" =")[0] for line in text.split("\n") if line[:1].isupper() or line[:2] == "_S"
    ]
    assert len(constants) == len(set(constants))


def test_without_the_package_it_says_what_it_could_not_check(copied: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden.py"
    hidden.write_text(
        "import sys, runpy\nsys.modules['cryptography'] = None\nsys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    path = tmp_path / "receipt.json"
    path.write_text(TEXT)
    done = subprocess.run(
        [sys.executable, "-I", hidden, copied, path], env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stderr
    assert "pip install cryptography" in done.stdout
    assert "NOT VERIFIED" in done.stdout


def test_what_a_platform_wrote_can_t_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = receipt.examine(GOOD)
    nasty = found._replace(entry={"position": 1, "event": {"data": {"x": "\x1b[2J\x1b[HVERIFIED"}}})
    assert "\x1b" not in "".join(auditor._what(nasty))
