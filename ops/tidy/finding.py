"""What a rule finds, and a parsed file as the rules see it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

# `# tidy: allow no-float -- refuses all but integers`, on the line itself or on the one above. No reason, no leave.
ALLOW = re.compile(r"(?:#|--|/\*)\s*tidy: allow ([a-z-]+) -- \S")


@dataclass(frozen=True, order=True)
class Finding:
    """One place where a rule is broken."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class Source:
    """One Python file, parsed once for all rules. `path` is relative to the repository's root."""

    path: str
    text: str
    tree: ast.Module

    @property
    def folder(self) -> str:
        """The top folder: ledger, projections, risk, api, ops or tests."""
        return PurePosixPath(self.path).parts[0]

    def finding(self, node: ast.AST | int, rule: str, message: str) -> Finding:
        """A finding at a node or at a line."""
        return Finding(self.path, node if isinstance(node, int) else getattr(node, "lineno", 1), rule, message)


def allowed(lines: list[str], finding: Finding) -> bool:
    """Whether the line, or the one above it, gives this rule leave with a reason."""
    near = lines[max(finding.line - 2, 0) : finding.line]
    return any(found.group(1) == finding.rule for line in near for found in ALLOW.finditer(line))
