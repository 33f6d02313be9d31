"""The signed statement of a platform's standing: it verifies, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledger import badge, notes, signing
from ledger.badge import StandingError
from ledger.checkpoint import Head
from ledger.notes import Note, VerifierKey

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STATEMENT = {
    "platform": "huizhong",
    "name": "汇众\n\n— x",
    "standing": "licensed",
    "valid_until": "2026-11-23T09:10:00Z",
}
SIGNER = signing.of_log("log.example", b"s" * 32, b"m" * 32)[0]


def _note(text: str, key: bytes = b"s" * 32) -> str:
    signer = signing.of_log("log.example", key, b"m" * 32)[0]
    return str(Note(text, (signer.sign(text, 0),)))


def test_it_says_what_was_signed_until_it_runs_out() -> None:
    note = _note(badge.text(STATEMENT))
    assert badge.read(note, SIGNER.key, NOW) == STATEMENT
    with pytest.raises(StandingError, match="ask for a new one"):
        badge.read(note, SIGNER.key, datetime(2026, 11, 23, 9, 11, tzinfo=UTC))


def test_any_byte_that_is_changed_refutes_it() -> None:
    note = _note(badge.text(STATEMENT)).encode()
    for place in range(len(note)):
        for flip in (1, 0x20):
            changed = bytearray(note)
            changed[place] ^= flip
            with pytest.raises((StandingError, UnicodeDecodeError)):
                badge.read(changed.decode(), SIGNER.key, NOW)


def test_another_key_and_another_name_sign_nothing() -> None:
    note = _note(badge.text(STATEMENT), b"x" * 32)
    with pytest.raises(StandingError):
        badge.read(note, SIGNER.key, NOW)
    with pytest.raises(StandingError):
        badge.read(_note(badge.text(STATEMENT)), VerifierKey("other", *SIGNER.key[1:]), NOW)


def test_a_tree_head_is_no_statement_and_a_statement_no_head() -> None:
    head = Head("log.example", 5, b"r" * 32)
    with pytest.raises(StandingError, match="something else"):
        badge.read(str(signing.signed(head, (SIGNER,), 0)), SIGNER.key, NOW)
    origin, size, *_ = badge.text(STATEMENT).split("\n")
    assert origin != "log.example"
    assert not size.isdecimal()
    assert notes.parse(_note(badge.text(STATEMENT))).text.count("\n") == 2, "a name breaks no line"
