"""Receipts: an entry of the log with the proof that it is in it (C2SP tlog-proof), checked without asking anybody.

A receipt is a JSON object: `format`, `entry` (the exact text that is a leaf of the tree), `proof` (a tlog-proof@v1),
`keys` (verifier keys of all who signed), and `postings` where the entry names long ones by their hash. Nothing stands
in it that isn't checked, so that no altered receipt passes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from ledger.checkpoint import Head, head_of
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.notes import (
    ALGORITHMS,
    ED25519,
    CannotCheckError,
    Note,
    NoteError,
    VerifierKey,
    check,
    of,
    parse,
    parse_key,
    unbase64,
)

FORMAT: Final = "crowdledger-receipt/1"
PROOF_FORMAT: Final = "c2sp.org/tlog-proof@v1"
RECEIPT_BYTES_MAX: Final = 16 * 1024 * 1024
_PATH_MAX: Final = 63


class Proof(NamedTuple):
    """That the leaf at `leaf_index` (from 0) is in the tree of a checkpoint."""

    leaf_index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        """C2SP tlog-proof."""
        lines = [PROOF_FORMAT, f"index {self.leaf_index}", *(base64.b64encode(each).decode() for each in self.path)]
        return "\n".join(lines) + f"\n\n{self.checkpoint}"


class Step(NamedTuple):
    """One thing that was looked at. `ok` None: it couldn't be looked at here."""

    name: str  # form, entry, postings, tree, signature, witness
    ok: bool | None
    text: str


class Verdict(NamedTuple):
    """What a check found. `trusted` says whether the log's key came from the reader, not from the receipt."""

    steps: tuple[Step, ...]
    trusted: bool
    head: Head | None
    entry: dict[str, Any] | None

    @property
    def ok(self) -> bool:
        """Whether everything was looked at and holds."""
        return all(step.ok for step in self.steps)

    @property
    def refuted(self) -> bool:
        """Whether something doesn't hold, as opposed to: couldn't be looked at."""
        return any(step.ok is False for step in self.steps)


def parse_proof(text: str) -> Proof:
    """Read a tlog-proof. Raises NoteError. Extra data is refused: nobody vouches for it."""
    first, _, rest = text.partition("\n")
    if first != PROOF_FORMAT:
        raise NoteError(f"a proof begins with the line {PROOF_FORMAT}")
    upper, separator, checkpoint = rest.partition("\n\n")
    index, *path = upper.split("\n")
    word, _, digits = index.partition(" ")
    if not separator or word != "index" or not digits.isascii() or not digits.isdecimal() or str(int(digits)) != digits:
        raise NoteError("a proof has a line `index N`, hashes, an empty line and a checkpoint")
    if len(path) > _PATH_MAX:
        raise NoteError(f"a proof of {len(path)} hashes is too long for any tree")
    hashes = tuple(unbase64(line) for line in path)
    if any(len(each) != 32 for each in hashes):
        raise NoteError("the hashes of a proof have 32 bytes")
    return Proof(int(digits), hashes, checkpoint)


def receipts_in(text: str) -> list[Any]:
    """The receipts of a file: one, or a list of them under `receipts` or `items`. Raises NoteError."""
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise NoteError(f"not JSON: {error}") from None
    if isinstance(found, dict) and "format" not in found:
        found = found.get("receipts", found.get("items"))
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list) or not found:
        raise NoteError("no receipt is in this file")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names each stand once: of two, one reader takes the first and another the last."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NoteError("a name stands twice in an object")
    return made


def examine(receipt: Any, keys: Sequence[VerifierKey] = ()) -> Verdict:
    """Check a receipt against `keys`, those that the reader has from elsewhere; see `Verdict`. Raises nothing."""
    steps: list[Step] = []
    try:
        entry, proof, named, postings = _form(receipt)
        note = parse(proof.checkpoint)
        head = head_of(note)
    except NoteError as error:
        return Verdict((Step("form", False, f"This is no receipt: {error}."),), bool(keys), None, None)
    steps.append(Step("form", True, f"It has the form {FORMAT}."))
    said = _entry(entry, proof.leaf_index, steps)
    if said is not None:
        _postings(said, postings, steps)
    _tree(entry, proof, head, steps)
    trusted = [key for key in keys if key.name == head.origin]
    _signatures(note, head, keys, named, steps)
    return Verdict(tuple(steps), bool(trusted), head, said)


def _form(receipt: Any) -> tuple[str, Proof, list[VerifierKey], str | None]:
    if not isinstance(receipt, dict) or receipt.get("format") != FORMAT:
        raise NoteError(f"it must be a JSON object with `format` {FORMAT!r}")
    names = {"format", "entry", "proof", "keys"}
    if not names <= receipt.keys() <= names | {"postings"}:
        raise NoteError(f"it must have {', '.join(sorted(names))}, at most `postings` beside them, and nothing else")
    entry, proof, keys, postings = (receipt.get(name) for name in ("entry", "proof", "keys", "postings"))
    if not isinstance(entry, str) or not isinstance(proof, str) or not isinstance(postings, str | None):
        raise NoteError("`entry`, `proof` and `postings` must be strings")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise NoteError("`keys` must be a list of strings")
    return entry, parse_proof(proof), [parse_key(key) for key in keys], postings


def _entry(entry: str, index: int, steps: list[Step]) -> dict[str, Any] | None:
    try:
        said = json.loads(entry)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        steps.append(_false("entry", "The entry is not a JSON object."))
        return None
    if said.get("position") != index + 1:
        steps.append(
            Step(
                "entry", False, f"The entry says position {said.get('position')}, the proof is of position {index + 1}."
            )
        )
        return None
    steps.append(Step("entry", True, f"The entry is that of position {index + 1}."))
    return said


def _postings(said: dict[str, Any], postings: str | None, steps: list[Step]) -> None:
    wanted = said.get("postings_sha256")
    if wanted is None and postings is None:
        return
    if postings is None:
        text = "The entry names its postings by hash only; they are not in this receipt."
        steps.append(Step("postings", True, text))
    elif wanted is None or hashlib.sha256(postings.encode()).hexdigest() != wanted:
        steps.append(Step("postings", False, "The postings beside the entry are not those that the entry names."))
    else:
        steps.append(Step("postings", True, "The postings beside the entry are those that it names."))


def _tree(entry: str, proof: Proof, head: Head, steps: list[Step]) -> None:
    leaf = leaf_hash(entry.encode("utf-8", "surrogatepass"))
    if verify_inclusion(leaf, proof.leaf_index, head.size, proof.path, head.root):
        steps.append(Step("tree", True, f"The entry is in the tree of {head.size} entries with the signed root."))
    else:
        text = f"The entry is not in the tree of {head.size} entries: the entry, the proof or the root was altered."
        steps.append(Step("tree", False, text))


def _signatures(
    note: Note, head: Head, given: Sequence[VerifierKey], named: Sequence[VerifierKey], steps: list[Step]
) -> None:
    """Every line must be by a key that the reader or the receipt names; the log's by one of the reader's, if any."""
    keys = list(dict.fromkeys([*given, *named]))
    own = [key for key in given if key.name == head.origin]
    signed = {(line.name, line.key_id) for line in note.signatures}
    for name, _ in sorted(signed - {(key.name, key.id) for key in keys}):
        steps.append(_false("signature", f"A signature of {name} is by a key that neither you nor the receipt names."))
    if not any(of(key, note) for key in own or [key for key in named if key.name == head.origin]):
        whose = "any key that you gave" if given else "the log's key"
        steps.append(_false("signature", f"The tree head of {head.origin} is not signed by {whose}."))
    for key in keys:
        steps += [_signature(key, note, line, head, key in given) for line in of(key, note)]
        if of(key, note):
            continue
        if key not in given:
            steps.append(_false("form", f"The receipt names a key of {key.name} that signed nothing in it."))
        elif key.name != head.origin:
            steps.append(_false("witness", f"{key.name}, whose key you gave, has not signed this tree head."))


def _false(name: str, text: str) -> Step:
    return Step(name, False, text)


def _signature(key: VerifierKey, note: Note, line: Any, head: Head, given: bool) -> Step:  # noqa: FBT001
    kind = "signature" if key.name == head.origin else "witness"
    whose = "your key" if given else "a key that only the receipt names"
    try:
        check(key, note, line)
    except NoteError as error:
        return Step(kind, False, f"{error}.")
    except CannotCheckError as error:
        return Step(kind, None, f"Not checked: {error}.")
    what = "signed" if kind == "signature" else "witnessed"
    when = "" if key.kind == ED25519 else f", on {_moment(line.time)}"
    return Step(kind, True, f"The tree head is {what} by {key.name}, {ALGORITHMS[key.kind]}, {whose}{when}.")


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"{seconds} seconds after 1970"


def made(entry: bytes, proof: Proof, keys: Sequence[str], postings: bytes | None) -> dict[str, Any]:
    """A receipt. `postings` only where the entry names them by hash."""
    receipt: dict[str, Any] = {"format": FORMAT, "entry": entry.decode(), "proof": str(proof), "keys": list(keys)}
    if postings is not None:
        receipt["postings"] = postings.decode()
    return receipt
