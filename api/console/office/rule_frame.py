"""What the pages of one rule share: which rule it is, what it is called, the ways between its pages."""

from __future__ import annotations

from typing import Any, Final

from api.console.frame import frame
from api.console.office.rules import RULES
from api.console.reasons import title_of
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import N_
from api.problems import Problem
from risk.document import Loaded

TABS: Final = (
    ("", N_("Summary")),
    ("/document", N_("Document")),
    ("/history", N_("Versions")),
    ("/statistics", N_("Statistics")),
    ("/runs", N_("Past runs")),
    ("/backtest", N_("Backtest")),
    ("/shadow", N_("Candidate")),
)


def rule_of(shell: Shell, visit: Visit) -> Loaded:
    """The rule of the address. Raises Problem where there is none."""
    name = visit.request.path_params["name"]
    if name not in shell.services.rules:
        raise Problem("not_found", "there is no such rule.")
    return shell.services.rules[name]


def framed(shell: Shell, visit: Visit, loaded: Loaded, tab: str) -> dict[str, Any]:
    """The values that each page of a rule is rendered with."""
    home = f"{RULES}/{loaded.rule.id}"
    return {
        **frame(shell.services),
        "loaded": loaded,
        "rule": loaded.rule,
        "title": title_of(loaded.rule.id, shell.services.rules, visit.speech.tag),
        "home": home,
        "tabs": [(home + end, visit.speech.text(said)) for end, said in TABS],
        "here": home + tab,
    }


def no_query(visit: Visit) -> None:
    """Raises Problem where the address has parameters."""
    if visit.request.query_params:
        raise Problem("invalid_parameter", "this address takes no parameters.")
