"""The command line that checks receipts: `crowdledger verify`, and the end of the single file that an auditor copies.

Exit codes: 0 everything holds; 1 something doesn't; 2 the file or a key can't be read; 3 something couldn't be checked
on this machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ledger.notes import NoteError, VerifierKey, parse_key
from ledger.receipt import RECEIPT_BYTES_MAX, Verdict, examine, receipts_in

_MARKS = {True: "ok     ", False: "FALSE  ", None: "unknown"}
_UNTRUSTED = """\
!! NO KEY WAS GIVEN. The signatures were checked with the keys that the receipt itself names.
!! Whoever can make a receipt can put a key of their own into it. Get the ledger's verifier key from a place that you
!! trust (its supervisor, its printed statutes, /v1/checkpoint/keys over HTTPS) and check again with --key KEY."""


def main(argv: Sequence[str] | None = None) -> int:
    """Check the receipts in a file; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="verify", description="Check a receipt of a ledger, offline: entry, tree, signatures, witnesses."
    )
    parser.add_argument("receipt", help="a JSON file with one receipt or several; - for standard input")
    parser.add_argument(
        "--key", action="append", default=[], metavar="KEY", help="verifier key of the log or of a witness; repeatable"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
    given = parser.parse_args(argv)
    return run(given.receipt, given.key, as_json=given.json)


def run(path: str, keys: Sequence[str], *, as_json: bool) -> int:
    """Check and print; returns the exit code."""
    try:
        trusted = [parse_key(key) for key in keys]
        found = receipts_in(_read(path))
    except (NoteError, OSError, UnicodeDecodeError) as error:
        return _unreadable(path, error, as_json=as_json)
    verdicts = [examine(receipt, trusted) for receipt in found]
    code = _code(verdicts)
    _print(
        json.dumps(_object(verdicts, code), ensure_ascii=False, indent=2) if as_json else _sentences(verdicts, trusted)
    )
    return code


def _read(path: str) -> str:
    data = sys.stdin.buffer.read(RECEIPT_BYTES_MAX + 1) if path == "-" else Path(path).read_bytes()
    if len(data) > RECEIPT_BYTES_MAX:
        raise NoteError(f"larger than {RECEIPT_BYTES_MAX} bytes")
    return data.decode()


def _unreadable(path: str, error: Exception, *, as_json: bool) -> int:
    if as_json:
        _print(json.dumps({"verified": False, "exit_code": 2, "error": str(error), "receipts": []}, ensure_ascii=False))
    else:
        sys.stderr.write(f"{path} can't be checked: {error}\n")
    return 2


def _code(verdicts: Sequence[Verdict]) -> int:
    if any(each.refuted for each in verdicts):
        return 1
    return 0 if all(each.ok for each in verdicts) else 3


def _object(verdicts: Sequence[Verdict], code: int) -> dict[str, Any]:
    return {
        "verified": code == 0,
        "trusted_key": all(each.trusted for each in verdicts),
        "exit_code": code,
        "receipts": [
            {
                "verified": each.ok,
                "trusted_key": each.trusted,
                "origin": each.head.origin if each.head else None,
                "size": each.head.size if each.head else None,
                "position": each.entry["position"] if each.entry else None,
                "entry": each.entry,
                "steps": [step._asdict() for step in each.steps],
            }
            for each in verdicts
        ],
    }


def _sentences(verdicts: Sequence[Verdict], keys: Sequence[VerifierKey]) -> str:
    parts = [_one(each) for each in verdicts]
    if not keys:
        parts.append(_UNTRUSTED)
    bad = sum(not each.ok for each in verdicts)
    if len(verdicts) > 1:
        parts.append(f"{len(verdicts) - bad} of {len(verdicts)} receipts verified.")
    return "\n\n".join(parts)


def _one(verdict: Verdict) -> str:
    lines = [f"  {_MARKS[step.ok]} {step.text}" for step in verdict.steps]
    if verdict.refuted:
        lines.insert(0, "NOT VERIFIED. This receipt proves nothing.")
    elif not verdict.ok:
        lines.insert(0, "NOT VERIFIED: not everything could be checked on this machine.")
    else:
        lines.insert(0, "VERIFIED." if verdict.trusted else "VERIFIED, by the receipt's own key only.")
        lines += _what(verdict)
    return "\n".join(lines)


def _what(verdict: Verdict) -> list[str]:
    """What is proved, for people."""
    entry = verdict.entry or {}
    event = entry.get("event") or {}
    lines = [
        "What it proves: this event is in the log, as it was recorded then:",
        f"  position    {entry.get('position')}, recorded at {entry.get('recorded_at')}",
        f"  event       {event.get('type')}, id {event.get('id')} of {event.get('source')}",
        f"  happened at {event.get('time')}",
    ]
    data = event.get("data")
    for name, value in data.items() if isinstance(data, dict) else ():
        lines.append(f"  {name:<11} {value if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)}")
    # What a platform wrote must not be able to write over the verdict in a terminal.
    return ["".join(each if each.isprintable() else "?" for each in line) for line in lines]


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
