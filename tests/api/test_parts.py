"""The small parts by themselves: lines, encodings, cursors, dues, the gate, the bridge."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from threading import Thread

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from api import cursors
from api.access import AccessSecrets, Principal, StoredSession, hash_password, verify_password
from api.gate import Gate
from api.latency import Latency
from api.posting.bridge import Bridge
from api.posting.encodings import check_complete, decoder
from api.posting.lines import LineSplitter, Overlong
from api.problems import Problem
from api.services import Item, Result
from ledger.candidate import Answer, Rejected
from ledger.kernel.refusals import Code


def _cut(body: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    return [body[start:end] for start, end in pairwise(places)]


@given(st.lists(st.binary(max_size=40).map(lambda each: each.replace(b"\n", b"x"))), st.lists(st.integers(0, 2000)))
def test_lines_do_not_depend_on_how_the_body_arrives(parts: list[bytes], cuts: list[int]) -> None:
    splitter = LineSplitter(limit=20)
    found = [line for piece in _cut(b"\n".join(parts), cuts) for line in splitter.feed(piece)]
    found += splitter.finish()
    kept = [part for part in parts if part.strip() or len(part) > 20]
    assert [each.length if isinstance(each, Overlong) else each for each in found] == [
        len(part) if len(part) > 20 else part for part in kept
    ]


@given(st.binary(max_size=5000), st.lists(st.integers(0, 5000)), st.sampled_from(["gzip", "zstd", "identity", ""]))
def test_encoded_bodies_come_back_whole(body: bytes, cuts: list[int], encoding: str) -> None:
    packed = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}.get(encoding, bytes)(body)
    made = decoder(encoding.encode())
    assert b"".join(part for piece in _cut(packed, cuts) for part in made.feed(piece)) == body
    check_complete(made)


def test_window_that_asks_for_much_memory_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj().compress(b"x" * 1000)
    made = decoder(b"zstd")
    whole = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    packed = whole.compress(b"x" * 1000) + whole.flush()
    with pytest.raises(Problem, match="zstd"):
        list(made.feed(packed))


@given(st.tuples(st.text(), st.integers()), st.text())
def test_cursors_come_back_and_belong_to_one_question(after: tuple[str, int], question: str) -> None:
    cursor = cursors.encode((question,), after)
    assert cursors.decode((question,), cursor, tuple[str, int], ("", 0)) == after
    with pytest.raises(Problem):
        cursors.decode((question, "more"), cursor, tuple[str, int], ("", 0))


class _Users:
    """An access store without a key."""

    def __init__(self) -> None:
        self.asked = 0

    def find_key(self, digest: bytes) -> Principal | None:
        self.asked += 1
        return None

    def find_session(self, digest: bytes, now: datetime, *, quiet: bool) -> StoredSession | None:
        return None

    def end_session(self, digest: bytes) -> None:
        """There is none."""


def _gate(users: _Users) -> Gate:
    return Gate(
        users, AccessSecrets(b"a" * 32, b"b" * 32, b"c" * 32, b"d" * 32), lambda: datetime(2024, 1, 1, tzinfo=UTC)
    )


def test_many_requests_with_one_new_key_ask_the_store_once() -> None:
    async def story() -> None:
        users = _Users()
        gate = _gate(users)
        asked = [gate.bearer(b"Bearer unknown") for _ in range(50)]
        assert all(isinstance(each, Problem) for each in await asyncio.gather(*asked, return_exceptions=True))
        assert users.asked == 1

    asyncio.run(story())


def test_passwords_are_verified_without_a_user_too() -> None:
    assert verify_password(hash_password("p"), "p")
    assert not verify_password(hash_password("p"), "q")
    assert not verify_password(None, "nobody has this password")
    assert not verify_password("no hash", "p")


def test_events_of_one_turn_go_over_together() -> None:
    groups: list[int] = []

    def submit_then(items: Sequence[Item], done: Callable[[Result], None], *, dry_run: bool = False) -> None:
        groups.append(len(items))
        answers = [Answer(item.id, "accepted", 1) for item in items]
        Thread(target=done, args=(answers,)).start()

    async def story() -> None:
        bridge = Bridge(submit_then)
        items = [Rejected("s", str(number), Code.MALFORMED, "", b"") for number in range(40)]
        answers = await asyncio.gather(*(bridge.one(item) for item in items))
        assert [each.id for each in answers] == [item.id for item in items]
        assert bridge.waiting == 0

    asyncio.run(story())
    assert groups == [40]


def test_failure_of_a_group_reaches_everyone_in_it() -> None:
    def submit_then(items: Sequence[Item], done: Callable[[Result], None], *, dry_run: bool = False) -> None:
        raise OSError("no")

    async def story() -> None:
        bridge = Bridge(submit_then)
        items = [Rejected("s", None, Code.MALFORMED, "", b"")] * 3
        found = await asyncio.gather(*(bridge.one(item) for item in items), bridge.many(items), return_exceptions=True)
        assert [type(each) for each in found] == [OSError] * 4
        assert bridge.waiting == 0

    asyncio.run(story())


def test_latency_counts_by_bucket() -> None:
    latency = Latency()
    for seconds in (0.0005, 0.003, 100.0):
        latency.observe("/x", 200, seconds)
    (series,) = latency.series()
    assert sum(series.buckets) == 3
    assert series.buckets[0] == series.buckets[2] == series.buckets[-1] == 1
