"""The table of postings in the docstring of `ledger/accounts.py`, read as a rule: which classes an event may touch."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from ledger import accounts

_TYPE = re.compile(r"[a-z]+\.[a-z_]+")
_ASIDE = re.compile(r"\([^)]*\)")
_NOTHING = ""


class Row(NamedTuple):
    """The classes of account from which (credit, negative) and to which (debit, positive) an event moves money."""

    source: frozenset[str]
    target: frozenset[str]

    def allows(self, line: accounts.Posting) -> bool:
        """Whether a line of an entry is of a class and sign that the row names."""
        return accounts_class(line.account) in (self.source if line.amount < 0 else self.target)


def accounts_class(account: str) -> str:
    """`escrow` of `escrow/huizhong/C`."""
    return account.partition("/")[0]


@cache
def classes() -> frozenset[str]:
    """The classes of the first table."""
    return frozenset(cells[0].split("/")[0].strip("`") for cells in _rows() if cells[0].startswith("`"))


@cache
def rules() -> dict[str, Row]:
    """The row of each type of the second table; several rows of a type count together."""
    found: dict[str, Row] = {}
    for what, source, target, *_ in _rows():
        for type in _TYPE.findall(what):
            former = found.get(type, Row(frozenset(), frozenset()))
            found[type] = Row(former.source | _named(source), former.target | _named(target))
    return found


def _named(cell: str) -> frozenset[str]:
    return classes() & set(re.findall(r"[a-z]+", _ASIDE.sub(_NOTHING, cell)))


@cache
def _rows() -> list[list[str]]:
    text = accounts.__doc__ or ""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
