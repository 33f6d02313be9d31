"""The pages of the rules room and of the log: the rules of the monitor, the laws, how the log does."""

from __future__ import annotations

from starlette.routing import Route

from api.console.office import law_trial, log, log_held, log_proofs, rule, rule_backtest, rule_runs, rulebooks, rules
from api.console.shell import Shell

_PARTS = (rules, rule, rule_runs, rule_backtest, law_trial, rulebooks, log, log_proofs, log_held)


def rule_pages(shell: Shell) -> list[Route]:
    """Everything under /console/rules, /console/rulebooks and /console/log."""
    return [route for part in _PARTS for route in part.routes(shell)]
