"""Several alerts at once: one act each, by the same way as alone, and an answer that says what became of each."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import alert_actions
from api.access import Principal
from api.console import words
from api.console.frame import frame
from api.console.office.filters import QUEUE
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import DONE, N_, REASONS
from api.problems import Problem
from api.services import Services
from ledger.states.alerts import FOUR_EYES, AlertKey, alert_key, parts
from projections.alerts import Alert

BULK: Final = f"{QUEUE}/bulk"
MOST: Final = 100
PICK: Final = "pick."
# What can be done to many, and the fields that it takes.
ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "acknowledge": frozenset({"text"}),
    "assign": frozenset({"to", "text"}),
    "comment": frozenset({"text"}),
    "close": frozenset({"reason", "text"}),
}
LABELS: Final[Mapping[str, str]] = {
    "acknowledge": N_("Acknowledge"),
    "assign": N_("Assign"),
    "comment": N_("Comment"),
    "close": N_("Close as false alarms"),
}
# After these nothing else can be recorded either: the rest is left as it is, and told so.
HOPELESS: Final = frozenset({"unavailable", "overloaded", "internal", "shutting_down"})


class Asked(NamedTuple):
    """What is to be done, to which alerts. `once`: the id of the form, so that sent again it changes nothing."""

    action: str
    names: list[str]
    fields: dict[str, str]
    once: str

    def once_for(self, name: str) -> str | None:
        """The id of the event about one of them."""
        return f"{self.once}-{hashlib.sha256(name.encode()).hexdigest()[:16]}" if self.once else None


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
        asked = _asked(form)
        outcomes = await asyncio.to_thread(lambda: list(_each(shell.services, who, asked, visit.speech)))
        return await asyncio.to_thread(_answer, shell, visit, asked.action, outcomes)

    def back(_visit: Visit) -> Response:
        return RedirectResponse(QUEUE, 303)

    return [
        Route(BULK, shell.action(act), methods=["POST"], include_in_schema=False),
        Route(BULK, shell.page(back), methods=["GET"], include_in_schema=False),
    ]


def _asked(form: Mapping[str, str]) -> Asked:
    """Which action on which alerts, with what. Raises Problem before anything is done."""
    action = form.get("action", "")
    if action not in ACTIONS:
        raise Problem("invalid_parameter", f"an action is one of {', '.join(ACTIONS)}.")
    names = list(dict.fromkeys(value for name, value in form.items() if name.startswith(PICK)))
    if not names or len(names) > MOST:
        raise Problem("invalid_parameter", f"choose between 1 and {MOST} alerts.")
    fields = {name: form[name] for name in ACTIONS[action] if name in form}
    if action == "assign" and "to" not in fields:
        raise Problem("malformed", "say whom the alerts are assigned to.")
    if action == "comment" and "text" not in fields:
        raise Problem("malformed", "a comment needs words.")
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


def _one(services: Services, who: Principal, name: str, asked: Asked) -> Problem | None:
    """What went wrong with this one; what was done to the others stays done."""
    try:
        alert_actions.act(services, who, name, asked.action, asked.fields, asked.once_for(name))
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


def _answer(shell: Shell, visit: Visit, action: str, outcomes: Sequence[Outcome]) -> Response:
    say = visit.speech
    done = [each for each in outcomes if not each.why]
    refused = [each for each in outcomes if each.why]
    return shell.render(
        visit,
        "office/bulk.html",
        **frame(shell.services),
        what=say.text(LABELS[action]),
        said=say.text(DONE[action]),
        done=done,
        refused=refused,
        alerts=_known(shell.services, [each.id for each in outcomes]),
    )


def _known(services: Services, names: Sequence[str]) -> dict[str, Alert]:
    return {each.id: each for each in services.reads.several_alerts(names).value}
