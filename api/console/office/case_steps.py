"""What happened to a case, step by step, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from api.console.office import case_words
from api.console.speech import Speech
from api.console.words import N_, OUTCOMES, REASONS, known
from projections.cases import Step


class Past(NamedTuple):
    """One step. `alerts` are ids that it names; `text` is what was written."""

    step: Step
    what: str
    details: list[str]
    alerts: list[str]
    text: str | None


def past(steps: Sequence[Step], files: Sequence[Mapping[str, Any]], say: Speech) -> list[Past]:
    """The history, oldest first; `files` are the case's, whose names the steps don't repeat."""
    names = {each["evidence"]: each["name"] for each in files}
    return [_past(each, names, say) for each in steps]


def _past(step: Step, names: Mapping[str, str], say: Speech) -> Past:
    given = step.details
    details = [said for name, tell in _DETAILS.items() if name in given and (said := tell(given[name], say))]
    if step.step == "evidence_opened":
        details = [names.get(given["evidence"], given["evidence"])]
    alerts = [given["alert"]] if "alert" in given else [*given.get("alerts", ())]
    text = given.get("text")
    if step.step == "evidence_opened":
        text = given.get("reason")
    return Past(step, say.text(known(case_words.STEPS, step.step)), details, alerts, text)


def _reason(code: str, say: Speech) -> str:
    return say.text(REASONS[code]) if code in REASONS else ""


_DETAILS: Final[Mapping[str, Callable[[Any, Speech], str]]] = {
    "to": lambda to, say: say.text(N_("to %(name)s"), name=to),
    "assignee": lambda to, say: say.text(N_("to %(name)s"), name=to),
    "agency": lambda code, say: case_words.agency(code, say).text,
    "status": lambda code, say: say.text(known(case_words.REFERRALS, code)),
    "reference": lambda text, say: say.text(N_("reference %(reference)s"), reference=text),
    "outcome": lambda code, say: say.text(known(OUTCOMES, code)),
    "reason": _reason,
    "name": lambda name, _say: name,
    "due": lambda day, say: say.text(N_("due %(day)s"), day=say.day(day)),
}
