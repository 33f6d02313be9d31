"""The pages of the rules room: the rules of the monitor, and the laws."""

from __future__ import annotations

from starlette.routing import Route

from api.console.office import law_trial, rule, rule_backtest, rule_runs, rulebooks, rules
from api.console.shell import Shell

_PARTS = (rules, rule, rule_runs, rule_backtest, law_trial, rulebooks)


def rule_pages(shell: Shell) -> list[Route]:
    """Everything under /console/rules and /console/rulebooks."""
    return [route for part in _PARTS for route in part.routes(shell)]
