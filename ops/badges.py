"""`crowdledger verify badge.json`: the signed statement of a platform's standing, checked offline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ledger import badge
from ledger.badge import StandingError
from ledger.kernel import clock
from ledger.notes import CannotCheckError, NoteError, parse_key

_UNTRUSTED = (
    "!! NO KEY WAS GIVEN. The signature was checked with the key in the file, and anyone can make a file with a key of "
    "their own.\n!! Get the ledger's verifier key from a place that you trust and check again with --key KEY."
)
_BYTES_MAX = 64 * 1024


def statement_in(path: str) -> dict[str, Any] | None:
    """What the file holds, where it is a badge.json and no receipt; None for everything else."""
    file = Path(path)
    if path == "-" or not file.is_file() or file.stat().st_size > _BYTES_MAX:
        return None
    try:
        found = json.loads(file.read_bytes())
    except ValueError:
        return None
    return found if isinstance(found, dict) and {"statement", "note", "key"} <= found.keys() else None


def run(stated: dict[str, Any], keys: Sequence[str], *, as_json: bool) -> int:
    """Check it with the keys that were given, or its own; the exit code."""
    try:
        named = [parse_key(each) for each in (keys or [str(stated["key"])])]
    except NoteError as error:
        print(f"a key can't be read: {error}")
        return 2
    found, why = None, ""
    for key in named:
        try:
            found = badge.read(str(stated["note"]), key, clock.now())
        except (StandingError, CannotCheckError) as error:
            why = str(error)
    if found is not None and found != stated["statement"]:
        found, why = None, "the statement beside the note is another one than was signed"
    if as_json:
        print(json.dumps({"ok": found is not None, "trusted": bool(keys), "why": why or None, "statement": found}))
        return 0 if found is not None else 1
    if not keys:
        print(_UNTRUSTED)
    if found is None:
        print(f"FALSE   {why}")
        return 1
    print(f"ok      {found['name']} ({found['platform']}): {found['standing']}, licence {found['licence'] or 'none'}")
    print(f"ok      as of entry {found['position']}, {found['time']}; good until {found['valid_until']}")
    return 0
