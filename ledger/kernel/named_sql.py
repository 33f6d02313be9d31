"""Reads `-- name: xyz` blocks out of a .sql file. Python never spells a statement."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import LiteralString, cast

_BLOCK = re.compile(r"^-- name: (\w+)[^\n]*\n", re.MULTILINE)


@cache
def load(path: Path) -> dict[str, LiteralString]:
    """Return the statements of one file by block name. Raises ValueError where a name stands twice."""
    parts = _BLOCK.split(path.read_text(encoding="utf-8"))
    blocks: dict[str, LiteralString] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        if name in blocks:
            raise ValueError(f"{path.name}: block {name!r} stands twice")
        # The text is ours (a file of the package), never a user's; psycopg asks for LiteralString to say just that.
        blocks[name] = cast("LiteralString", text.strip())
    return blocks
