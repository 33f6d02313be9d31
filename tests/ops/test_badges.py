"""`crowdledger verify badge.json`: what holds, what does not, and what it exits with."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger import badge, signing
from ledger.kernel import clock
from ledger.notes import Note
from ops.cli import program


@pytest.fixture
def stated() -> dict[str, Any]:
    """A badge.json as the server gives it out."""
    signer = signing.of_log("log.example", b"s" * 32, b"m" * 32)[0]
    statement = {
        "platform": "huizhong", "name": "汇众", "standing": "licensed", "licence": "L-1", "position": 7,
        "time": clock.now().isoformat(), "valid_until": (clock.now() + timedelta(minutes=10)).isoformat(),
    }  # fmt: skip
    text = badge.text(statement)
    return {"statement": statement, "note": str(Note(text, (signer.sign(text, 0),))), "key": str(signer.key)}


def _verify(folder: Path, stated: dict[str, Any], *more: str) -> tuple[int, str]:
    file = folder / "badge.json"
    file.write_text(json.dumps(stated), encoding="utf-8")
    found = CliRunner().invoke(program(["verify"]), ["verify", str(file), *more])
    return found.exit_code, found.output


def test_a_badge_that_holds(tmp_path: Path, stated: dict[str, Any]) -> None:
    code, said = _verify(tmp_path, stated, "--key", stated["key"])
    assert (code, "licensed" in said, "NO KEY" in said) == (0, True, False)
    code, said = _verify(tmp_path, stated)
    assert (code, "NO KEY" in said) == (0, True)
    code, said = _verify(tmp_path, stated, "--json", "--key", stated["key"])
    assert (code, json.loads(said)["trusted"]) == (0, True)


def test_what_was_altered_is_false(tmp_path: Path, stated: dict[str, Any]) -> None:
    beside = {**stated, "statement": {**stated["statement"], "standing": "suspended"}}
    assert _verify(tmp_path, beside)[0] == 1, "the statement beside the note counts for nothing"
    within = {**stated, "note": stated["note"].replace("licensed", "restrict")}
    assert _verify(tmp_path, within)[0] == 1
    other = signing.of_log("log.example", b"x" * 32, b"m" * 32)[0]
    assert _verify(tmp_path, stated, "--key", str(other.key))[0] == 1
    assert _verify(tmp_path, stated, "--key", "no key")[0] == 2
