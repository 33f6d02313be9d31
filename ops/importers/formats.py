"""The formats by name. A new one is its module and a line here."""

from __future__ import annotations

from ops.importers.base import Importer, ImportProblem
from ops.importers.cloudevents import CloudEvents
from ops.importers.gitcoin import Gitcoin
from ops.importers.lendingclub import LendingClub
from ops.importers.open_collective import OpenCollective
from ops.importers.sec_form_c import SecFormC
from ops.importers.transfers import Transfers
from ops.importers.wdzj import Wdzj

_ALL: tuple[Importer, ...] = (
    CloudEvents(), Gitcoin(), LendingClub(), OpenCollective(), SecFormC(),
    Transfers("amlsim", "IBM AMLSim"), Transfers("gentex", "AMLGentex"), Wdzj(),
)  # fmt: skip
FORMATS: dict[str, Importer] = {each.name: each for each in _ALL}


def importer(name: str) -> Importer:
    """The importer of a format; ImportProblem lists the names where there is none."""
    try:
        return FORMATS[name]
    except KeyError:
        raise ImportProblem(f"There is no import format {name!r}. Formats: {', '.join(sorted(FORMATS))}.") from None
