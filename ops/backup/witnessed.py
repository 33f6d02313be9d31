"""Holds a database against a tree head that was kept elsewhere: complete, altered, truncated or rolled back."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from ledger import merkle
from ledger.checkpoint import Head, head_of, opened
from ledger.kernel.named_sql import load
from ledger.notes import NoteError, VerifierKey, parse, parse_key
from ledger.store import tree, verifying
from ledger.store.verifying import Difference

SQL = load(Path(__file__).with_name("witnessed.sql"))
_PAGE = 4_096


class Outcome(StrEnum):
    """What a restored database is."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    ALTERED = "altered"
    ROLLED_BACK = "rolled back"


EXIT_CODES = {Outcome.COMPLETE: 0, Outcome.TRUNCATED: 3, Outcome.ALTERED: 4, Outcome.ROLLED_BACK: 5}


class Verdict(NamedTuple):
    """`position` is where the log ends, `first_bad` the first position that can't be right, as far as can be said."""

    outcome: Outcome
    size: int  # of the head that was kept
    position: int
    sealed: int  # size of the database's own newest head
    first_bad: int | None
    words: str


class UnusableHead(Exception):
    """What was given is no head of this log; the message says why and what is needed."""


def read(path: Path, keys: Sequence[VerifierKey], origin: str | None) -> Head:
    """The head in a file: a signed note, or the memory of a witness (`seen.json`). Raises UnusableHead."""
    try:
        text = path.read_text(encoding="utf-8")
        head = _remembered(text, origin) if text.lstrip().startswith("{") else _signed(text, keys)
    except (OSError, NoteError, ValueError) as error:
        raise UnusableHead(f"{path}: {error}") from error
    if origin is not None and head.origin != origin:
        raise UnusableHead(f"{path} is a head of the log {head.origin!r}; this database is the log {origin!r}.")
    return head


def _signed(text: str, keys: Sequence[VerifierKey]) -> Head:
    head_of(parse(text))  # what is no head at all is told as such
    if not keys:
        raise UnusableHead("no key of the log is known here: give it with --key.")
    return opened(text, keys)


def _remembered(text: str, origin: str | None) -> Head:
    seen = json.loads(text)
    name = origin if origin in seen else next(iter(seen), None) if len(seen) == 1 else None
    if name is None:
        raise UnusableHead(f"the witness remembers {', '.join(seen) or 'no log'}, and not this one.")
    return Head(name, int(seen[name]["size"]), base64.b64decode(seen[name]["root"]))


def keys_of(connection: psycopg.Connection[Any], given: Sequence[str]) -> list[VerifierKey]:
    """The keys that may have signed: those given, else those that the database names. Raises NoteError."""
    return [parse_key(text) for text in given or [each.verifier_key for each in tree.keys(connection)]]


def judge(connection: psycopg.Connection[Any], head: Head) -> Verdict:
    """What the database is, measured by a head that was true once. `connection` is in one snapshot."""
    row = connection.execute(SQL["standing"]).fetchone()
    assert row is not None, "aggregates have one row"
    position, sealed = row
    if position >= head.size:
        root = _root(connection, head.size)
        if root == head.root:
            words = f"All {head.size} entries under the head are there, and {position - head.size} after them."
            return Verdict(Outcome.COMPLETE, head.size, position, sealed, None, words)
        return _altered(connection, head, position, sealed)
    damage = next((each for each in _damage(connection, position)), None)
    if damage is not None:
        words = f"The log ends at {position}, before the {head.size} of the head, and it was altered: {damage}."
        return Verdict(Outcome.ALTERED, head.size, position, sealed, damage.position, words)
    if sealed > position:
        words = (
            f"The end of the log is missing: it has {position} entries, its own newest head was signed over {sealed}, "
            f"the one kept elsewhere over {head.size}. What is there fits the heads over it."
        )
        return Verdict(Outcome.TRUNCATED, head.size, position, sealed, position + 1, words)
    words = (
        f"This is an older state of the ledger: it ends at {position} (its own newest head: {sealed}), but {head.size} "
        f"entries had been signed. What is there fits its own heads; {head.size - position} entries or more are lost, "
        "unless a newer backup or their senders have them."
    )
    return Verdict(Outcome.ROLLED_BACK, head.size, position, sealed, position + 1, words)


def _altered(connection: psycopg.Connection[Any], head: Head, position: int, sealed: int) -> Verdict:
    """The database's own tiles and heads say where, unless they were made anew to fit."""
    damage = next(iter(_damage(connection, head.size)), None)
    if damage is not None:
        words = f"The entries don't give the root of the head. The first that was altered: {damage}."
        return Verdict(Outcome.ALTERED, head.size, position, sealed, damage.position, words)
    words = (
        f"The entries don't give the root of the head, though they fit the database's own heads: the history up to "
        f"{head.size} was written anew. An older head kept elsewhere narrows it down: check that one, too."
    )
    return Verdict(Outcome.ALTERED, head.size, position, sealed, None, words)


def _damage(connection: psycopg.Connection[Any], upto: int) -> list[Difference]:
    """The first thing within the log that doesn't fit the rest of it."""
    found = (each for each in verifying.differences(connection) if each.position <= upto)
    inside = (each for each in found if not (each.what == "checkpoint" and "are missing" in each.detail))
    return [*islice(inside, 1)]


def _root(connection: psycopg.Connection[Any], size: int) -> bytes:
    """Over entries made from the stored columns; the stored leaves are not believed."""
    frontier: list[bytes] = []
    done = 0
    while done < size:
        end = min(done + _PAGE, size)
        try:
            entries = tree.entries(connection, done, end)
        except tree.Damaged:  # a gap: whatever root comes of it, it isn't the one that was signed
            return b""
        frontier, done = merkle.extend(frontier, done, map(merkle.leaf_hash, entries))
    return merkle.root(frontier)
