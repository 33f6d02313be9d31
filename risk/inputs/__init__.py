"""The published inputs of rules: named relations over the views, each with a cutoff. A rule never reads a table.

A family is a module with `INPUTS` and a .sql file of the same name; the block of `v1.pledge` is called `v1_pledge`.

Parameters of each statement: cutoff (position), first_day, last_day (days since 1970-01-01, both included). A row is
there if every event that makes it true has a position up to the cutoff and none up to the cutoff took it back: the same
question with the same cutoff has the same answer for ever. A key whose entity was corrected away may live again in
another row, so joins by key ask for the row that stood at the cutoff. `position` is the event that a person would be
shown. Money is in minor units, `day` is the local day of what was reported, `epoch` in Unix seconds. What a row says
may not depend on first_day and last_day: they cut rows, so that a run over many days sees what one over a day sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import LiteralString

from ledger.kernel import named_sql
from risk.inputs import (
    acts,
    borrowers,
    campaigns,
    cash,
    conduct,
    intake,
    lending,
    limits,
    links,
    listings,
    payments,
    platforms,
    pledges,
    proceeds,
    sanctions,
)
from risk.inputs.form import Input, Type

__all__ = ["INPUTS", "SQL", "Input", "Type", "statement"]

FAMILIES: tuple[ModuleType, ...] = (
    acts,
    borrowers,
    campaigns,
    cash,
    conduct,
    intake,
    lending,
    limits,
    links,
    listings,
    payments,
    platforms,
    pledges,
    proceeds,
    sanctions,
)


def _all_inputs() -> Mapping[str, Input]:
    found: dict[str, Input] = {}
    for family in FAMILIES:
        if twice := sorted(found.keys() & family.INPUTS.keys()):
            raise ValueError(f"{family.__name__}: {', '.join(twice)} is declared by another family too")
        found |= family.INPUTS
    return MappingProxyType(dict(sorted(found.items())))


def _all_statements() -> Mapping[str, LiteralString]:
    folder = Path(__file__).parent
    families = (family.__name__.rpartition(".")[2] for family in FAMILIES)
    return MappingProxyType({name: text for each in families
                             for name, text in named_sql.load(folder / f"{each}.sql").items()})  # fmt: skip


INPUTS = _all_inputs()
SQL = _all_statements()


def statement(name: str) -> LiteralString:
    """The query behind an input."""
    return SQL[name.replace(".", "_")]
