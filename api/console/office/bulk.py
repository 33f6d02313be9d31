"""Several alerts at once: one act each, by the same way as alone, and an answer that says what became of each."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import alert_actions, case_actions
from api.access import Principal
from api.console import words
from api.console.forms import CSRF_FIELD
from api.console.frame import frame
from api.console.office import filters
from api.console.office.casework import BOARD as CASES
from api.console.office.filters import QUEUE
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import DONE, N_, REASONS, SEVERITIES
from api.problems import Problem
from api.services import Services
from ledger.events.cases import CASE_ALERTS_MAX
from ledger.states.alerts import FOUR_EYES, AlertKey, alert_key, parts
from projections.alerts import Alert
from projections.cases import Filters as CaseFilters

BULK: Final = f"{QUEUE}/bulk"
MOST: Final = 100
WHOLE_MAX: Final = 200  # all that fit a filter, at once: some seconds of work, and as many as a case takes
POSITION_DIGITS: Final = 18
CASES_OFFERED: Final = 30
NEW_CASE: Final = "new"
PICK: Final = "pick."
# What can be done to many, and the fields that it takes.
ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "acknowledge": frozenset({"text"}),
    "assign": frozenset({"to", "text"}),
    "comment": frozenset({"text"}),
    "add_alert": frozenset({"case", "text"}),
    "close": frozenset({"reason", "text"}),
}
LABELS: Final[Mapping[str, str]] = {
    "acknowledge": N_("Acknowledge"),
    "assign": N_("Assign"),
    "comment": N_("Comment"),
    "add_alert": N_("Put into a case"),
    "close": N_("Close as false alarms"),
}
SAID: Final[Mapping[str, str]] = {**DONE, "add_alert": N_("The alerts are in the case.")}
# After these nothing else can be recorded either: the rest is left as it is, and told so.
HOPELESS: Final = frozenset({"unavailable", "overloaded", "internal", "shutting_down"})


class Offered(NamedTuple):
    """What the bar over the queue offers: (value, words)."""

    actions: list[tuple[str, str]]
    officers: list[tuple[str, str]]
    cases: list[tuple[str, str]]
    reasons: list[tuple[str, str]]


class Asked(NamedTuple):
    """What is to be done, to which alerts. `once`: the id of the form, so that sent again it changes nothing."""

    action: str
    names: list[str]
    fields: dict[str, str]
    once: str

    def once_for(self, name: str) -> str | None:
        """The id of the event about one of them."""
        return f"{self.once}-{hashlib.sha256(name.encode()).hexdigest()[:16]}" if self.once else None


class Whole(NamedTuple):
    """The alerts that fit a filter, the most severe first, and how many more there are than are done at once."""

    alerts: list[Alert]
    more: int


class Outcome(NamedTuple):
    """What became of one alert. `why` is empty where it was done; `detail` is the ledger's own sentence, in English."""

    id: str
    why: str
    detail: str = ""


def routes(shell: Shell) -> list[Route]:
    """POST /console/alerts/bulk; who loads the answer again is led back to the queue."""

    async def act(visit: Visit, form: dict[str, str]) -> Response:
        who = visit.principal
        if not visit.may_act or who is None:
            raise Problem("forbidden", "only a regulator works on alerts.")
        return await asyncio.to_thread(_answer, shell, visit, who, form)

    def back(_visit: Visit) -> Response:
        return RedirectResponse(QUEUE, 303)

    return [
        Route(BULK, shell.action(act), methods=["POST"], include_in_schema=False),
        Route(BULK, shell.page(back), methods=["GET"], include_in_schema=False),
    ]


def offered(services: Services, say: Speech) -> Offered:
    """What can be done to many: to whom, into which of the open cases, for which reason."""
    open_cases = services.reads.cases(CaseFilters(statuses=("open", "close_requested")), None, CASES_OFFERED).value
    return Offered(
        [(code, say.text(message)) for code, message in LABELS.items()],
        [(name, name) for name in services.officers()],
        [(row.case.id, f"{row.case.id} {row.case.title}") for row in open_cases],
        [(code, say.text(message)) for code, message in REASONS.items()],
    )


def _answer(shell: Shell, visit: Visit, who: Principal, form: Mapping[str, str]) -> Response:
    """Does it and says what became of each; first asks where all that fit a filter are meant."""
    whole = _whole(shell.services, who, form) if form.get("whole") else None
    asked = _asked(form, None if whole is None else [each.id for each in whole.alerts])
    if asked.action == "add_alert" and asked.fields["case"] == NEW_CASE:
        return RedirectResponse(_new_case(asked.names), 303)
    if whole is not None and "sure" not in form:
        return _sure(shell, visit, asked.action, whole, form)
    outcomes = list(_each(shell.services, who, asked, visit.speech))
    return _told(shell, visit, asked.action, outcomes, 0 if whole is None else whole.more)


def _whole(services: Services, who: Principal, form: Mapping[str, str]) -> Whole:
    """All alerts that fit the filter that the form was made with, without what was found since. Raises Problem."""
    upto = form.get("upto", "")
    if not upto.isascii() or not upto.isdigit() or len(upto) > POSITION_DIGITS:
        raise Problem("invalid_parameter", "upto is a position of the ledger.")
    chosen = filters.kept(form.get("query", ""))
    asked = chosen.asked_by(who.name, services.now())._replace(found_upto=int(upto))
    total = sum(each.alerts for each in services.reads.alert_groups(asked).value)
    found = services.reads.alerts(asked, None, WHOLE_MAX).value
    return Whole(found, max(0, total - len(found)))


def _new_case(names: Sequence[str]) -> str:
    if len(names) > CASE_ALERTS_MAX:
        raise Problem("invalid_parameter", f"a case has at most {CASE_ALERTS_MAX} alerts; these are {len(names)}.")
    return f"{CASES}/new?{urlencode([('alert', name) for name in names])}"


def _sure(shell: Shell, visit: Visit, action: str, whole: Whole, form: Mapping[str, str]) -> Response:
    """What is about to be done to how many, with the same form once more."""
    say = visit.speech
    counts = Counter(each.severity for each in whole.alerts)
    kept = {name: value for name, value in form.items() if name != CSRF_FIELD and not name.startswith(PICK)}
    return shell.render(
        visit,
        "office/bulk_sure.html",
        **frame(shell.services),
        what=say.text(LABELS[action]),
        number=len(whole.alerts),
        more=whole.more,
        severities=[(code, counts[code]) for code in SEVERITIES if counts[code]],
        back=filters.kept(form.get("query", "")).address(),
        kept=kept,
    )


def _asked(form: Mapping[str, str], whole: list[str] | None) -> Asked:
    """Which action on which alerts (`whole`: these), with what. Raises Problem before anything is done."""
    action = form.get("action", "")
    if action not in ACTIONS:
        raise Problem("invalid_parameter", f"an action is one of {', '.join(ACTIONS)}.")
    names = list(dict.fromkeys(value for name, value in form.items() if name.startswith(PICK)))
    if whole is not None:
        names = whole
    elif not names or len(names) > MOST:
        raise Problem("invalid_parameter", f"choose between 1 and {MOST} alerts.")
    fields = {name: form[name] for name in ACTIONS[action] if name in form}
    if action == "assign" and "to" not in fields:
        raise Problem("malformed", "say whom the alerts are assigned to.")
    if action == "comment" and "text" not in fields:
        raise Problem("malformed", "a comment needs words.")
    if action == "add_alert" and "case" not in fields:
        raise Problem("malformed", "say which case the alerts are put into.")
    if action == "close":
        if fields.get("reason") not in REASONS:
            raise Problem("malformed", "a false alarm needs a reason.")
        fields["outcome"] = "false_positive"
    return Asked(action, names, fields, form.get("once", ""))


def _each(services: Services, who: Principal, asked: Asked, say: Speech) -> Iterator[Outcome]:
    critical = _critical(services, asked.names) if asked.action == "close" else frozenset()
    hopeless: Problem | None = None
    for name in asked.names:
        if name in critical:
            yield Outcome(name, say.text("Critical: two people close it, on its own page"))
        elif hopeless is not None:
            yield Outcome(name, say.text("Not tried any more"), hopeless.detail)
        else:
            trouble = _one(services, who, name, asked)
            if trouble is not None and trouble.code in HOPELESS:
                hopeless = trouble
            yield Outcome(name, "") if trouble is None else Outcome(name, _said(trouble, say), trouble.detail)


def _one(services: Services, who: Principal, alert: str, asked: Asked) -> Problem | None:
    """What went wrong with this one; what was done to the others stays done."""
    try:
        if asked.action == "add_alert":
            case, fields = asked.fields["case"], {name: text for name, text in asked.fields.items() if name != "case"}
            case_actions.act(services, who, case, "add_alert", {"alert": alert, **fields}, asked.once_for(alert))
        else:
            alert_actions.act(services, who, alert, asked.action, asked.fields, asked.once_for(alert))
    except Problem as problem:
        return problem
    except Exception as error:
        known = services.problem_of(error)
        if known is None:
            raise
        return known
    return None


def _critical(services: Services, names: Sequence[str]) -> frozenset[str]:
    """Those that need four eyes, of the state that decides; all in one question."""
    keys = {}
    for name in names:
        with suppress(ValueError):  # what is no alert's id is refused where it is acted on
            rule, hashed, _ = parts(name)
            keys[name] = alert_key(rule, hashed)
    states = services.reads.states(sorted(set(keys.values()))).value
    found = {name: states.get(key) for name, key in keys.items()}
    return frozenset(name for name, own in found.items() if isinstance(own, AlertKey) and own.severity == FOUR_EYES)


def _said(trouble: Problem, say: Speech) -> str:
    return say.text(words.problem(trouble.code).title)


def _told(shell: Shell, visit: Visit, action: str, outcomes: Sequence[Outcome], more: int) -> Response:
    say = visit.speech
    done = [each for each in outcomes if not each.why]
    refused = [each for each in outcomes if each.why]
    return shell.render(
        visit,
        "office/bulk.html",
        **frame(shell.services),
        what=say.text(LABELS[action]),
        said=say.text(SAID[action]),
        more=more,
        done=done,
        refused=refused,
        alerts=_known(shell.services, [each.id for each in outcomes]),
    )


def _known(services: Services, names: Sequence[str]) -> dict[str, Alert]:
    return {each.id: each for each in services.reads.several_alerts(names).value}
