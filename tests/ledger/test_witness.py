"""The witness's judgement: every case of the standard by its status, and no two histories in any order of requests."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle, signing
from ledger.checkpoint import Head
from ledger.notes import NoteError, parse, parse_key
from ledger.witness import NOTHING_SEEN, NotCosigned, Seen, Submission, answered, judged, parsed, written

ORIGIN = "ledger.example/city"
LOG = signing.of_log(ORIGIN, b"a" * 32, b"b" * 32)
LOGS = {ORIGIN: [each.key for each in LOG]}
STRANGER = signing.of_log(ORIGIN, b"x" * 32, b"y" * 32)
WITNESS = signing.of_witness("witness.example", b"c" * 32, b"d" * 32)
HONEST = [sha256(b"%d" % n).digest() for n in range(100)]
FORGED = [*HONEST[:40], *(sha256(b"forged %d" % n).digest() for n in range(60))]


def head(leaves: list[bytes], size: int) -> Head:
    return Head(ORIGIN, size, merkle.tree_root(leaves[:size]))


def body(leaves: list[bytes], old: int, size: int, by: signing.Signer | None = None, path: object = None) -> bytes:
    note = str(signing.signed(head(leaves, size), (by,) if by else LOG, 1_772_417_700))
    proof = merkle.consistency_path(old, size, lambda a, b: merkle.tree_root(leaves[a:b])) if 0 < old <= size else []
    return written(old, proof if path is None else path, note)


def seen(size: int, leaves: list[bytes] = HONEST) -> dict[str, Seen]:
    return {ORIGIN: Seen(size, merkle.tree_root(leaves[:size]))} if size else {}


@pytest.mark.parametrize(("old", "size"), [(0, 0), (0, 1), (0, 77), (1, 2), (33, 77), (64, 64), (77, 100)])
def test_what_continues_is_signed(old: int, size: int) -> None:
    assert judged(parsed(body(HONEST, old, size)), LOGS, seen(old)) == head(HONEST, size)


@pytest.mark.parametrize(
    ("request_", "memory", "status", "size"),
    [
        (body(HONEST, 0, 50), seen(40), 409, 40),
        (body(HONEST, 41, 50), seen(40), 409, 40),
        (body(HONEST, 30, 35), seen(40), 409, 40),  # never smaller than before
        (body(FORGED, 40, 50), seen(45), 409, 45),
        (body(FORGED, 45, 50), seen(45), 422, None),  # another history
        (body(FORGED, 45, 45), seen(45), 409, 45),  # another root at the same size
        (body(HONEST, 45, 50, path=[]), seen(45), 422, None),
        (body(HONEST, 0, 50, path=[bytes(32)]), {}, 422, None),  # the proof from nothing is empty
        (body(HONEST, 50, 40, path=[]), seen(50), 400, None),
        (body(HONEST, 0, 50, by=STRANGER[0]), {}, 403, None),
        (body(HONEST, 0, 50, by=WITNESS[0]), {}, 403, None),
    ],
)
def test_what_is_not(request_: bytes, memory: dict[str, Seen], status: int, size: int | None) -> None:
    with pytest.raises(NotCosigned) as refused:
        judged(parsed(request_), LOGS, memory)
    assert (refused.value.status, refused.value.size) == (status, size)


def test_an_unknown_log_and_an_altered_signature() -> None:
    with pytest.raises(NotCosigned) as refused:
        judged(parsed(body(HONEST, 0, 5)), {"other": LOGS[ORIGIN]}, {})
    assert refused.value.status == 404
    asked = parsed(body(HONEST, 0, 5))
    altered = asked.note.signatures[0]._replace(value=bytes(64))
    with pytest.raises(NotCosigned) as refused:
        judged(asked._replace(note=asked.note._replace(signatures=(altered,))), LOGS, {})
    assert refused.value.status == 403


@pytest.mark.parametrize(
    "text",
    [b"", b"old 5", b"old -1\n\n", b"old 05\n\nx\n1\n", b"old x\n\n", b"new 5\n\n", b"old 5\nAAAA\n\n", b"\xff",
     b"old 0\n" + b"AAAA\n" * 64 + b"\nx", b"old 99999999999999999999\n\nx", b"old 0\n\nno head\n\n\xe2\x80\x94 x y\n"],
)  # fmt: skip
def test_bodies_that_can_t_be_read(text: bytes) -> None:
    with pytest.raises(NotCosigned) as refused:
        judged(parsed(text), LOGS, {})
    assert refused.value.status == 400


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100), st.integers(0, 100)), max_size=30))
def test_no_order_of_requests_makes_it_sign_two_histories(asked: list[tuple[bool, int, int]]) -> None:
    memory: dict[str, Seen] = {}
    signed: list[Head] = []
    refusals: set[int] = set()
    for honest, old, size in asked:
        leaves = HONEST if honest else FORGED
        try:
            made = judged(parsed(body(leaves, old, size, LOG[0])), LOGS, memory)
        except NotCosigned as refused:
            refusals.add(refused.status)
            continue
        assert made.size >= memory.get(ORIGIN, NOTHING_SEEN).size
        memory[ORIGIN] = Seen(made.size, made.root)
        signed.append(made)
    assert refusals <= {400, 409, 422}
    assert any(all(each == head(leaves, each.size) for each in signed) for leaves in (HONEST, FORGED))


def test_answers() -> None:
    note = parse(str(signing.signed(head(HONEST, 9), LOG, 1_772_417_700)))
    keys = [each.key for each in WITNESS]
    lines = [each.sign(note.text, 1_772_417_700) for each in WITNESS]
    text = "".join(line.line for line in lines)
    assert [line for _, line in answered(text, keys, note)] == lines
    assert len(answered(text, keys[:1], note)) == 1  # a key that isn't ours says nothing
    for bad in ("", "x", text.rstrip("\n"), text.replace("witness", "witless\n"), "\n" + text):
        with pytest.raises(NoteError):
            answered(bad, keys, note)
    other = parse(str(signing.signed(head(FORGED, 9), LOG, 0)))._replace(text="x\n")
    with pytest.raises(NoteError):
        answered(text, keys, other)


def test_written_and_read_is_the_same() -> None:
    asked = parsed(body(HONEST, 33, 77))
    path = merkle.consistency_path(33, 77, lambda a, b: merkle.tree_root(HONEST[a:b]))
    assert asked == Submission(33, tuple(path), asked.note)
    assert [parse_key(str(key)) for key in LOGS[ORIGIN]] == LOGS[ORIGIN]
