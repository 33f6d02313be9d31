"""Of an alert: closed ones of the same rule or about the same subject, and what they turned out to be."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from api.console.office.casework import platforms_of
from api.console.reasons import Sentence
from api.console.sentences import reason_of
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import OUTCOMES, REASONS
from projections.alerts import Alert


class Past(NamedTuple):
    """A closed alert. `rule` and `subject`: whether it shares them."""

    alert: Alert
    reason: Sentence
    rule: bool
    subject: bool


def of(shell: Shell, visit: Visit, alert: Alert) -> dict[str, Any]:
    """The alerts, and how many of them ended how."""
    found = shell.services.reads.similar_alerts(alert).value
    counted = Counter(each.outcome for each in found)
    reasons = Counter(each.outcome_reason for each in found if each.outcome_reason)
    rules, platforms = shell.services.rules, platforms_of(shell) if found else {}
    reasons_given = [reason_of(each, rules, platforms, visit.speech) for each in found]
    return {
        "past": [_past(each, alert, reason) for each, reason in zip(found, reasons_given, strict=True)],
        "outcomes": [(code, counted[code]) for code in OUTCOMES if counted[code]],
        "reasons": [(code, times) for code, times in reasons.most_common(3) if code in REASONS],
    }


def _past(each: Alert, alert: Alert, reason: Sentence) -> Past:
    same = bool({*each.subject} & {*alert.subject})
    return Past(each, reason, each.rule == alert.rule, same)
