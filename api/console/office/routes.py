"""All pages of the supervising office."""

from __future__ import annotations

from starlette.routing import Route

from api.console.office import (
    alert,
    alert_acts,
    alerts,
    bulk,
    campaign,
    case,
    case_acts,
    case_new,
    cases,
    changed,
    complaints,
    custody,
    deeds,
    event,
    find,
    law_trial,
    live,
    loan,
    log,
    log_held,
    log_proofs,
    mutes,
    notify,
    overview,
    party,
    platform,
    platforms,
    pledge,
    rule,
    rule_backtest,
    rule_runs,
    rulebooks,
    rules,
    sanctions,
    views,
)
from api.console.shell import Shell

# The first that fits answers: `bulk` and `case_new` are no ids of an alert or a case.
PAGES = (
    overview,
    alerts,
    bulk,
    views,
    deeds,
    live,
    alert,
    changed,
    cases,
    case_new,
    case,
    case_acts,
    alert_acts,
    mutes,
    sanctions,
    notify,
    rules,
    rule,
    rule_runs,
    rule_backtest,
    law_trial,
    rulebooks,
    log,
    log_proofs,
    log_held,
    platforms,
    platform,
    custody,
    find,
    party,
    campaign,
    loan,
    pledge,
    event,
    complaints,
)


def routes(shell: Shell) -> list[Route]:
    """Everything under /console but the ways in."""
    return [route for page in PAGES for route in page.routes(shell)]
