"""Recomputes a ledger from this folder, offline, with Python 3.11 or newer and nothing else.

Usage: python3 verify.py [--key VERIFIER_KEY]

It hashes every entry, builds the Merkle tree over them and holds its root against the signed head, adds up every
posting and holds each balance against balances.csv, and holds every file against the manifest. Signatures are checked
where the package `cryptography` is installed. Exit codes: 0 everything holds; 1 something doesn't.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ledger import merkle

HERE = Path(__file__).resolve().parent
WIDTH = 256
_ED25519 = b"\x01"
Balances = defaultdict[tuple[str, str], int]


class PackError(Exception):
    """What doesn't hold, with the file it is in."""


def main() -> int:
    """Check the pack this program lies in; returns the exit code."""
    parser = argparse.ArgumentParser(description="Recompute this audit pack.")
    parser.add_argument("--key", help="verifier key of the log, from a place that you trust")
    key = parser.parse_args().key
    try:
        manifest = read_manifest()
        check_files(manifest["files"])
        root, balances, events = recompute(manifest["size"])
        check_head(root, manifest)
        check_balances(balances)
        check_journal(balances)
        signed = check_signature(key)
    except PackError as error:
        print(f"FALSE: {error}")
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"FALSE: a file of the pack can't be read: {type(error).__name__}: {error}")
        return 1
    print(f"ok: {events} entries give the root {base64.b64encode(root).decode()} of the signed head")
    print(
        f"ok: {len(balances)} balances are those of balances.csv and of the journal; in each currency they sum to zero"
    )
    print(signed)
    return 0


def read_manifest() -> dict:  # type: ignore[type-arg]
    """What the pack should hold."""
    try:
        manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["form"] == "crowdledger/audit-pack/v1", "of another form"
        return dict(manifest)
    except (OSError, ValueError, KeyError, TypeError, AssertionError) as error:
        raise PackError(f"manifest.json: {error!r}") from error


def check_files(files: dict[str, str]) -> None:
    """Every file is there, is what the manifest says, and there is no other."""
    for name, expected in files.items():
        path = HERE / name
        if not path.is_file():
            raise PackError(f"{name} is missing")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                raise PackError(f"{name} was altered: its SHA-256 is not that of the manifest")
    here = {path.relative_to(HERE).as_posix() for path in HERE.rglob("*") if path.is_file()}
    strangers = sorted(name for name in here - files.keys() - {"manifest.json"} if "__pycache__" not in name)
    if strangers:
        raise PackError(f"{strangers[0]} does not belong to the pack")


def recompute(size: int) -> tuple[bytes, Balances, int]:
    """(root, balances by account and currency, number of entries) from the entry bundles alone."""
    frontier: list[bytes] = []
    done = 0
    rows: dict[int, list[bytes]] = defaultdict(list)
    balances: Balances = defaultdict(int)
    for name, entries in bundles(size):
        leaves: list[bytes] = []
        for entry in entries:
            position = done + len(leaves) + 1
            add_up(entry, position, balances, name)
            leaves.append(merkle.leaf_hash(entry))
        frontier, done = merkle.extend(frontier, done, leaves)
        check_tiles(rows, leaves, done)
    if done != size:
        raise PackError(f"tile/entries: {done} entries, the manifest says {size}")
    return merkle.root(frontier), balances, done


def bundles(size: int) -> Iterator[tuple[str, list[bytes]]]:
    """The entry bundles in order: each entry after its length in two bytes (C2SP tlog-tiles)."""
    for number in range((size + WIDTH - 1) // WIDTH):
        width = min(WIDTH, size - number * WIDTH)
        name = tile_path("entries", number, width)
        data, entries, at = (HERE / name).read_bytes(), [], 0
        while at < len(data):
            length = int.from_bytes(data[at : at + 2], "big")
            entries.append(data[at + 2 : at + 2 + length])
            at += 2 + length
        if at != len(data) or len(entries) != width:
            raise PackError(f"{name}: {len(entries)} entries, {width} expected")
        yield name, entries


def add_up(entry: bytes, position: int, balances: Balances, name: str) -> None:
    """Add an entry's postings; each entry sums to zero in each currency."""
    read = json.loads(entry)
    if read["position"] != position:
        raise PackError(f"{name}: position {read['position']} stands where {position} should")
    sums: dict[str, int] = defaultdict(int)
    for account, currency, amount in postings_of(read):
        balances[account, currency] += amount
        sums[currency] += amount
    if any(sums.values()):
        raise PackError(f"{name}: the postings of position {position} don't sum to zero: {dict(sums)}")


def postings_of(entry: dict) -> list[list]:  # type: ignore[type-arg]
    """Those in the entry, or those that it names by their hash."""
    if "postings" in entry:
        return list(entry["postings"])
    name = f"postings/{entry['position']}.json"
    data = (HERE / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != entry["postings_sha256"]:
        raise PackError(f"{name} is not what its entry names")
    return list(json.loads(data))


def check_tiles(rows: dict[int, list[bytes]], leaves: list[bytes], done: int) -> None:
    """Full tiles of hashes are those that the entries give, level by level."""
    rows[0] += leaves
    level = 0
    while len(rows[level]) >= WIDTH:
        hashes, rows[level] = rows[level][:WIDTH], rows[level][WIDTH:]
        number = done // WIDTH ** (level + 1) - 1
        name = tile_path(str(level), number, WIDTH)
        if (HERE / name).read_bytes() != b"".join(hashes):
            raise PackError(f"{name}: its hashes are not those of the entries")
        level += 1
        rows[level].append(merkle.tree_root(hashes))


def tile_path(kind: str, number: int, width: int) -> str:
    """C2SP tlog-tiles: groups of three digits, all but the last with an x; `.p/<width>` where it is not full."""
    digits = f"{number % 1000:03d}"
    while number := number // 1000:
        digits = f"x{number % 1000:03d}/{digits}"
    return f"tile/{kind}/{digits}" + (f".p/{width}" if width < WIDTH else "")


def check_head(root: bytes, manifest: dict) -> None:  # type: ignore[type-arg]
    """The root is that of the checkpoint."""
    origin, size, encoded = (HERE / "checkpoint").read_text(encoding="utf-8").split("\n")[:3]
    if (origin, int(size)) != (manifest["origin"], manifest["size"]):
        raise PackError("checkpoint: it is of another log or size than the manifest says")
    if base64.b64decode(encoded) != root:
        raise PackError(f"checkpoint: the entries give the root {base64.b64encode(root).decode()}, signed is {encoded}")


def check_balances(balances: Balances) -> None:
    """Account by account; and the trial balance is zero."""
    with (HERE / "balances.csv").open(encoding="utf-8", newline="") as file:
        stated = {(account, currency): int(balance) for account, currency, balance in list(csv.reader(file))[1:]}
    for account, currency in sorted(stated.keys() | balances.keys()):
        said, found = stated.get((account, currency), 0), balances.get((account, currency), 0)
        if said != found:
            raise PackError(f"balances.csv: {account} {currency} is {said}, the entries give {found}")
    totals: dict[str, int] = defaultdict(int)
    for (_, currency), amount in balances.items():
        totals[currency] += amount
    if any(totals.values()):
        raise PackError(f"the trial balance is not zero: {dict(totals)}")


def check_journal(balances: Balances) -> None:
    """The hledger journal has the same money in it, account by account."""
    from urllib.parse import unquote  # noqa: PLC0415 - wanted here alone

    found: dict[tuple[str, str], int] = defaultdict(int)
    with (HERE / "ledger.journal").open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("    ") and not line.lstrip().startswith(";"):
                account, _, money = line.strip().partition("  ")
                number, currency = money.split()
                digits = number.replace(".", "")
                path = "/".join(unquote(part) for part in account.split(":"))
                found[path, currency] += int(digits)
    for account, currency in found.keys() | balances.keys():
        if found.get((account, currency), 0) != balances.get((account, currency), 0):
            raise PackError(f"ledger.journal: {account} {currency} is not what the entries give")


def check_signature(key: str | None) -> str:
    """What can be said of the log's signature here. Raises PackError where it is false."""
    trusted = key or (HERE / "keys.txt").read_text(encoding="utf-8").split("\n")[0]
    whose = "the key you gave" if key else "the pack's own key (give --key from elsewhere to be sure)"
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - not everywhere
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError:
        return "unknown: signatures were not checked, for the package `cryptography` is not installed"
    text, _, signatures = (HERE / "checkpoint").read_text(encoding="utf-8").partition("\n\n")
    name, _, rest = trusted.partition("+")
    public = base64.b64decode(rest.partition("+")[2])
    key_id = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    for line in signatures.splitlines():
        raw = base64.b64decode(line.rpartition(" ")[2])
        if raw[:4] == key_id and public[:1] == _ED25519:
            try:
                Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], f"{text}\n".encode())
            except InvalidSignature as error:
                raise PackError("checkpoint: the signature doesn't fit") from error
            return f"ok: the head was signed with {whose}"
    raise PackError(f"checkpoint: it has no signature by {whose}")


if __name__ == "__main__":
    sys.exit(main())
