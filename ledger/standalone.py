"""The single file that an auditor copies: the modules that check receipts, one after the other, as one program.

Made from the very modules that the ledger itself uses, so that there is no second copy to keep in step. It needs the
standard library, and the package `cryptography` for the signatures.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Final

MODULES: Final = ("merkle", "notes", "checkpoint", "receipt", "auditor")
_HEAD: Final = '''\
#!/usr/bin/env python3
"""Checks receipts of a crowdledger, offline. Usage: python3 verify.py RECEIPT.json --key KEY

Needs Python 3.11 or newer, and the package `cryptography` (47 or newer for ML-DSA-44) to check signatures. It asks no
server. Made of these modules of the ledger: {modules}.
License: Apache-2.0.
"""

from __future__ import annotations
'''
_TAIL: Final = """
if __name__ == "__main__":
    sys.exit(main())
"""


@cache
def source() -> str:
    """The text of the program."""
    folder = Path(__file__).parent
    texts = [(folder / f"{name}.py").read_text(encoding="utf-8") for name in MODULES]
    imports = sorted({line for text in texts for line in _imports(text)})
    bodies = [f"\n# ---- {name}: {_summary(text)}\n{_body(text)}" for name, text in zip(MODULES, texts, strict=True)]
    return "\n".join([_HEAD.format(modules=", ".join(MODULES)), "\n".join(imports), *bodies]) + _TAIL


def _summary(text: str) -> str:
    return (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]


def _imports(text: str) -> list[str]:
    """What the module imports from elsewhere; imports of our own modules fall away, for all stands in one file."""
    return [
        ast.unparse(node)
        for node in ast.parse(text).body
        if isinstance(node, ast.Import)
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in {"ledger", "__future__"})
    ]


def _body(text: str) -> str:
    """The module without its docstring and its imports, comments kept."""
    tree, lines = ast.parse(text), text.split("\n")
    for node in tree.body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or isinstance(node, ast.Import | ast.ImportFrom):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return "\n".join(lines).strip("\n") + "\n"
