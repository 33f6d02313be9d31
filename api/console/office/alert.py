"""One alert: what and why, figures against thresholds, evidence in time, what people did, and what they can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import alert_actions
from api.console import evidence, words
from api.console.figures import measures
from api.console.links import page_of
from api.console.office import alert_sections
from api.console.office.casework import Reply, Told, frame_of, officer, platforms_of, recorded, reply_of
from api.console.office.filters import QUEUE
from api.console.reasons import guide_of, laws_of, title_of
from api.console.sentences import reason_of
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import ENTITIES, OUTCOMES, REASONS, STEPS, known
from api.problems import Problem
from ledger.states.alerts import FOUR_EYES
from projections.alerts import Alert, Step

# What a form begins with.
EMPTY: Final = {"to": "", "text": "", "outcome": "", "reason": ""}
# Refusals that a form shows as a sentence, in place.
TOLD: Final = frozenset({"alert_not_open", "second_person_needed", "malformed"})


class Subject(NamedTuple):
    """An entity that the alert is about."""

    kind: str
    id: str
    platform: str
    href: str | None


class Past(NamedTuple):
    """A step of the history in words. Findings that followed one another are one line: it says how many they were."""

    step: Step
    what: str
    details: list[str]
    times: int


def routes(shell: Shell) -> list[Route]:
    """/console/alerts/{name} and its actions."""

    def show(visit: Visit) -> Response:
        reply, given = reply_of(visit, "evidence", "hops")
        return page(shell, visit, reply, whole=given.get("evidence") == "all")

    async def act(visit: Visit, form: dict[str, str]) -> Response:
        who, name = officer(visit), visit.request.path_params["name"]
        action, once = form.pop("action", ""), form.pop("once", None)
        form.pop("csrf", None)
        if action not in alert_actions.ACTIONS:
            raise Problem("invalid_parameter", f"an action is one of {', '.join(alert_actions.ACTIONS)}.")

        def do() -> tuple[str, int]:
            _, position = alert_actions.act(shell.services, who, name, action, form, once)
            return address(visit), position

        def refused(problem: Problem) -> Response:
            if problem.code not in TOLD:
                raise problem
            shown = Told(words.problem(problem.code), None, problem.status)
            return page(shell, visit, Reply(trouble=shown, tried=action, form=form))

        return await recorded(do, action, refused)

    def back(visit: Visit) -> Response:
        """Whoever loads the answer to a form again, or changes its language, is led to the alert."""
        return RedirectResponse(address(visit), 303)

    return [
        Route(f"{QUEUE}/{{name}}", shell.page(show), methods=["GET"], include_in_schema=False),
        Route(f"{QUEUE}/{{name}}/actions", shell.action(act), methods=["POST"], include_in_schema=False),
        Route(f"{QUEUE}/{{name}}/actions", shell.page(back), methods=["GET"], include_in_schema=False),
    ]


def address(visit: Visit) -> str:
    """The page of the alert in the address."""
    return f"{QUEUE}/{quote(_name(visit), safe=':')}"


def _name(visit: Visit) -> str:
    """The alert's id: `name` in the address of the page, `alert` in those of what casework does with it."""
    params = visit.request.path_params
    return str(params.get("name") or params["alert"])


def page(shell: Shell, visit: Visit, reply: Reply, *, whole: bool = False) -> Response:
    """The page of the alert in the address, after an act or without one. Raises Problem (404)."""
    reads = shell.services.reads
    read = reads.alert(_name(visit))
    if read.value is None:
        raise Problem("not_found", "there is no such alert.")
    alert, history = read.value
    say, rules = visit.speech, shell.services.rules
    rule = rules[alert.rule].rule if alert.rule in rules else None
    platforms = platforms_of(shell)
    shown = alert.evidence if whole else alert.evidence[-evidence.FIRST :]
    events = reads.events_at(shown).value
    marks = reads.states([evidence.mark_of(each) for each in events]).value.keys()
    figures, params = measures(alert, rule, alert.key.get("currency") or evidence.currency(events), say)
    return shell.render(
        visit,
        "office/alert.html",
        reply.status,
        **frame_of(shell, read.as_of, reply),
        since=read.as_of.position,
        own_address=address(visit),
        alert=alert,
        rule=rule,
        title=title_of(alert.rule, rules, say.tag),
        reason=reason_of(alert, rules, platforms, say),
        guide=guide_of(rule, say.tag),
        laws=laws_of(rule, say.tag, alert.key.get("limit_rule")),
        figures=figures,
        params=params,
        subjects=[_subject(each, platforms, say) for each in alert.subject],
        platform=platforms.get(alert.platform, alert.platform) if alert.platform else None,
        entries=evidence.timeline(events, platforms, say, marks),
        left_out=len(alert.evidence) - len(shown),
        untold=max(0, alert.evidence_count - len(alert.evidence)),
        history=_history(history, say),
        sections=alert_sections.of(shell, visit, alert),
        beside=alert_sections.of(shell, visit, alert, alert_sections.BESIDE),
        panel=_panel(alert, visit, shell.services.officers()),
        tried=reply.tried,
        form={**EMPTY, **(reply.form or {})},
    )


def _subject(key: str, platforms: Mapping[str, str], say: Speech) -> Subject:
    kind, _, rest = key.partition(":")
    scope, slash, name = rest.partition("/")
    where = platforms.get(scope, scope)
    return Subject(say.text(known(ENTITIES, kind)), name if slash else where, where if slash else scope, page_of(key))


def _history(steps: Sequence[Step], say: Speech) -> list[Past]:
    told: list[Past] = []
    for step in steps:
        past = _past(step, say)
        if told and told[-1].step.step == step.step == "joined":
            past = past._replace(times=told.pop().times + 1)
        told.append(past)
    return told


def _past(step: Step, say: Speech) -> Past:
    details = []
    if step.to_whom:
        details.append(say.text("to %(name)s", name=step.to_whom))
    if step.outcome:
        details.append(say.text(known(OUTCOMES, step.outcome)))
    if step.reason:
        details.append(say.text(known(REASONS, step.reason)))
    return Past(step, say.text(known(STEPS, step.step)), details, 1)


def _panel(alert: Alert, visit: Visit, officers: Sequence[str]) -> dict[str, Any]:
    """Which actions are open to this person, now."""
    me = visit.principal.name if visit.principal else ""
    waiting = alert.status == "close_requested"
    settled = alert.status == "closed"
    return {
        "me": me,
        "may_act": visit.may_act,
        "officers": sorted({*officers, me}),
        "acknowledge": alert.status == "open",
        "settled": settled,
        "waiting": waiting,
        "mine": waiting and alert.close_by == me,
        "close": not settled and not (waiting and alert.close_by == me),
        "asks": alert.severity == FOUR_EYES and not waiting,
    }
