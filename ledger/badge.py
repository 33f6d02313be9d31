"""The signed statement of a platform's standing: a C2SP signed note of two lines, by the key that signs tree heads.

The first line says what kind of text it is, so that it is no tree head, nor a head it: a head begins with
the log's origin and a number. The second line is one JSON object in canonical form (RFC 8785). Pure.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from ledger.kernel.canonical import canonical
from ledger.notes import ED25519, NoteError, VerifierKey, parse, signers

FORM: Final = "crowdledger platform standing v1"


class StandingError(ValueError):
    """A statement that proves nothing; the message says why."""


def text(statement: dict[str, Any]) -> str:
    """What is signed."""
    return f"{FORM}\n{canonical(statement).decode()}\n"


def read(note: str, key: VerifierKey, now: datetime) -> dict[str, Any]:
    """The statement, where `key` signed just this and it still holds at `now`. Raises StandingError."""
    try:
        parsed = parse(note)
        signed = [each for each, _ in signers(parsed, [key])]
    except NoteError as error:
        raise StandingError(str(error)) from None
    if key.kind != ED25519 or not signed:
        raise StandingError(f"the key {key.name} has not signed it")
    form, _, line = parsed.text.partition("\n")
    if form != FORM:
        raise StandingError(f"it is signed, but says something else than {FORM!r}")
    statement: dict[str, Any] = json.loads(line)
    if datetime.fromisoformat(statement["valid_until"]) < now:
        raise StandingError(f"it held until {statement['valid_until']}: ask for a new one")
    return statement
