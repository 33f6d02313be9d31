"""Reads `-- name: xyz` blocks out of a .sql file. Python never spells a statement."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import LiteralString

_BLOCK = re.compile(r"^-- name: (\w+)[^\n]*\n", re.MULTILINE)
_INCLUDE = re.compile(r"^ *-- include: (\w+)$", re.MULTILINE)


@cache
def load(path: Path) -> dict[str, LiteralString]:
    """Return the statements of one file by block name.

    `-- include: xyz` on a line of its own stands for a block further up: what several statements must say alike is
    said once. Raises ValueError where a name stands twice, or an included one not before.
    """
    parts = _BLOCK.split(path.read_text(encoding="utf-8"))
    blocks: dict[str, LiteralString] = {}

    def included(found: re.Match[str]) -> str:
        if found.group(1) not in blocks:
            raise ValueError(f"{path.name}: block {found.group(1)!r} is included, and stands not before")
        return blocks[found.group(1)]

    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        if name in blocks:
            raise ValueError(f"{path.name}: block {name!r} stands twice")
        # The text is ours (a file of the package), never a user's; psycopg asks for LiteralString to say just that.
        blocks[name] = _INCLUDE.sub(included, text.strip())
    return blocks
