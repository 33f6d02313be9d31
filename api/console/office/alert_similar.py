"""Of an alert: closed ones of the same rule or about the same subject, and what they turned out to be."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from api.console.reasons import Sentence, reason_of
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
    return {
        "past": [_past(each, alert, visit) for each in found],
        "outcomes": [(code, counted[code]) for code in OUTCOMES if counted[code]],
        "reasons": [(code, times) for code, times in reasons.most_common(3) if code in REASONS],
    }


def _past(each: Alert, alert: Alert, visit: Visit) -> Past:
    same = bool({*each.subject} & {*alert.subject})
    return Past(each, reason_of(each, visit.speech.tag), each.rule == alert.rule, same)
