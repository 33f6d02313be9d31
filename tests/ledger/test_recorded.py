"""The entry of an event in the tree: canonical whatever its length, and never longer than a bundle can carry."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.candidate import Candidate, Rejected
from ledger.intake import Intake
from ledger.kernel.canonical import canonical
from ledger.recorded import BODY_BYTES_MAX, POSTINGS_BYTES_MAX, entry, stamp
from tests.ledger.store.events import event

STAMP = stamp(datetime(2026, 3, 2, 2, 15, tzinfo=UTC))
BUNDLE_BYTES_MAX = 65_535  # C2SP tlog-tiles: a length of two bytes stands before each entry
LARGEST_POSITION = 2**63 - 1


def postings_of(length: int) -> bytes:
    """Canonical postings of exactly this many bytes."""
    lines: list[tuple[str, str, int]] = [("a", "CNY", 1)]
    while len(text := msgspec.json.encode(lines)) < length - 200:
        lines.append((f"receivable/huizhong/{len(lines)}", "CNY", -1))
    lines[0] = ("a" * (length - len(text) + 1), "CNY", 1)
    text = msgspec.json.encode(lines)
    assert len(text) == length
    return text


@pytest.mark.parametrize("over", [-1, 0])
def test_up_to_8_kib_postings_are_spelt_out(over: int) -> None:
    postings = postings_of(POSTINGS_BYTES_MAX + over)
    assert entry(b'{"id":"e"}', 7, postings, STAMP) == (
        b'{"event":{"id":"e"},"position":7,"postings":' + postings + b',"recorded_at":"2026-03-02T02:15:00.000000Z"}'
    )


def test_one_byte_more_is_named_by_hash() -> None:
    postings = postings_of(POSTINGS_BYTES_MAX + 1)
    digest = hashlib.sha256(postings).hexdigest().encode()
    assert entry(b'{"id":"e"}', 7, postings, STAMP) == (
        b'{"event":{"id":"e"},"position":7,"postings_sha256":"'
        + digest
        + b'","recorded_at":"2026-03-02T02:15:00.000000Z"}'
    )


@given(
    length=st.integers(300, 3 * POSTINGS_BYTES_MAX) | st.just(None),
    position=st.integers(min_value=1, max_value=2**53 - 1),
)
def test_an_entry_is_canonical_json(length: int | None, position: int) -> None:
    postings = None if length is None else postings_of(length)
    text = entry(canonical({"id": "e", "data": {"a": 1}}), position, postings, STAMP)
    assert canonical(json.loads(text)) == text


def test_the_longest_entry_fits_a_bundle() -> None:
    text = entry(b'"' + b"x" * (BODY_BYTES_MAX - 2) + b'"', LARGEST_POSITION, postings_of(POSTINGS_BYTES_MAX), STAMP)
    assert len(text) <= BUNDLE_BYTES_MAX


def report_of(length: int) -> bytes:
    """A platform's monthly report whose canonical form has exactly this many bytes."""
    metrics = {f"{'m' * 120}{number:03}": 1 for number in range(380)}
    sent = event("r", "platform.reported", month="2026-02", metrics=metrics)
    sent["padding"] = "p" * (length - len(canonical({**sent, "padding": ""})))
    assert len(canonical(sent)) == length
    return json.dumps(sent, indent=1).encode()


def test_a_body_of_48_kib_is_the_longest() -> None:
    intake = Intake(bytes(32))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert isinstance(intake.decode(report_of(BODY_BYTES_MAX), None, now), Candidate)
    refused = intake.decode(report_of(BODY_BYTES_MAX + 1), None, now)
    assert isinstance(refused, Rejected)
    assert refused.code == "malformed"
    assert "49153 bytes" in refused.detail
    assert "49152 fit" in refused.detail
