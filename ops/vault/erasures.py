"""The register of erasures: pseudonymous, kept outside, so that an old backup can't bring the erased back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg

from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ledger.store import vault

SQL = load(Path(__file__).with_name("erasures.sql"))


def write(connection: psycopg.Connection[Any], to: Path) -> int:
    """One JSON object per line, oldest first: party, position, when. Returns how many."""
    rows = connection.execute(SQL["erasures"]).fetchall()
    text = "".join(
        json.dumps({"party": party, "position": position, "erased_at": at.isoformat()}) + "\n"
        for party, position, at in rows
    )
    to.write_text(text, encoding="ascii")
    return len(rows)


def read(path: Path) -> list[str]:
    """The parties of a register. Raises ValueError where it is none."""
    found = []
    for number, line in enumerate(path.read_text(encoding="ascii").splitlines(), start=1):
        try:
            found.append(str(json.loads(line)["party"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path}, line {number}: no erasure. Write one with `crowdledger vault register`."
            ) from error
    return found


def apply(connection: psycopg.Connection[Any], parties: list[str]) -> list[str]:
    """Drop the boxes of parties that were erased, as the log or a register says; those that were there."""
    again = vault.forget_again(connection)
    rows = connection.execute(SQL["drop"], {"parties": parties, "now": clock.now()}).fetchall()
    return [*again, *(party for (party,) in rows)]
