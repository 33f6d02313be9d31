"""An alert as one line: in the queue, and on the page of its platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from api.console.reasons import Sentence, title_of
from api.console.sentences import reason_of
from api.console.speech import Speech
from projections.alerts import Alert
from risk.document import Loaded


class Row(NamedTuple):
    """What the line shows."""

    alert: Alert
    title: Sentence
    reason: Sentence
    platform: str | None
    subject: str


def row_of(alert: Alert, rules: Mapping[str, Loaded], platforms: Mapping[str, str], say: Speech) -> Row:
    """The line of an alert; `platforms` are names by id."""
    return Row(
        alert,
        title_of(alert.rule, rules, say.tag),
        reason_of(alert, rules, platforms, say),
        platforms.get(alert.platform, alert.platform) if alert.platform else None,
        say.listed(each.rpartition("/")[2] for each in alert.subject[:2] if "/" in each),
    )
