"""One case: what it is about, what may be done next, what happened to it, what is kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from api import case_actions
from api.console.links import event_page, page_of
from api.console.office import case_words
from api.console.office.case_steps import past
from api.console.office.case_told import card, pending
from api.console.office.casework import BOARD, Reply, frame_of, platforms_of, reply_of
from api.console.reasons import Sentence, title_of
from api.console.sentences import reason_of
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import ENTITIES, known
from api.problems import Problem
from api.services import CaseRead
from ledger.casework import deadlines
from ledger.casework.lists import lists
from ledger.states.alerts import rank
from ledger.states.cases import FOUR_EYES
from projections.alerts import Alert
from projections.cases import Fired

ENTITIES_MAX: Final = 60


class Line(NamedTuple):
    """An alert of the case."""

    alert: Alert
    title: Sentence
    reason: Sentence


class Rule(NamedTuple):
    """A rule that fired."""

    fired: Fired
    title: Sentence


class Concerned(NamedTuple):
    """An entity that alerts of the case are about, and how many."""

    key: str
    kind: str
    id: str
    scope: str
    platform: str
    alerts: int
    href: str | None


def routes(shell: Shell) -> list[Route]:
    """/console/cases/{name}."""

    def show(visit: Visit) -> Response:
        reply, _ = reply_of(visit)
        return page(shell, visit, reply)

    return [Route(f"{BOARD}/{{name}}", shell.page(show), methods=["GET"], include_in_schema=False)]


def page(shell: Shell, visit: Visit, reply: Reply) -> Response:
    """The page of the case in the address, after an act or without one. Raises Problem (404)."""
    name = visit.request.path_params["name"]
    found = shell.services.reads.case(name)
    if found.value is None:
        raise Problem("not_found", f"there is no case {name!r}.")
    read, say, rules = found.value, visit.speech, shell.services.rules
    case, platforms = read.listed.case, platforms_of(shell)
    return shell.render(
        visit,
        "office/case.html",
        reply.status,
        **frame_of(shell, found.as_of, reply),
        as_of=found.as_of,
        since=found.as_of.position,
        own_address=f"{BOARD}/{quote(name, safe=':')}",
        read=read,
        case=case,
        card=card(read.listed, case_actions.today(shell.services), platforms, say),
        level=_level(read),
        levels=lists().service_levels,
        calendar=deadlines.calendar(case.jurisdiction),
        alerts=[
            Line(each, title_of(each.rule, rules, say.tag), reason_of(each, rules, platforms, say))
            for each in read.alerts
        ],
        fired=[Rule(each, title_of(each.rule, rules, say.tag)) for each in read.rules],
        names=platforms,
        concerned=_concerned(read.alerts, platforms, say),
        history=past(read.history, case.files, say),
        moment=datetime.fromisoformat,
        event_page=event_page,
        page_of=page_of,
        panel=_panel(read, visit, shell.services.officers()),
        agencies=[(code, case_words.agency(code, say).text) for code in lists().agencies],
        reasons=list(lists().false_positives),
        goaml=shell.services.goaml.profile is not None,
        goaml_checked=shell.services.goaml.schema is not None,
    )


def _level(read: CaseRead) -> str:
    """The severity whose service level the deadline began with; `medium` where a case has no alert."""
    return read.listed.severity or "medium"


def _panel(read: CaseRead, visit: Visit, officers: Sequence[str]) -> dict[str, Any]:
    """What is open to this person, now, as ledger/decisions/cases.py will judge it."""
    case, me = read.listed.case, visit.principal.name if visit.principal else ""
    waiting, settled = case.status == "close_requested", case.status == "closed"
    with_agency = [each["agency"] for each in pending(case)]
    grave = max((each.severity for each in read.alerts), key=rank, default="info") in FOUR_EYES
    return {
        "me": me,
        "may_act": visit.may_act,
        "officers": sorted({*officers, me}),
        "settled": settled,
        "waiting": waiting,
        "mine": waiting and case.close_by == me,
        "grave": grave,
        "asks": grave and not waiting,
        "pending": with_agency,
        "close": not settled and not with_agency and not (waiting and case.close_by == me),
        "free_agencies": [code for code in lists().agencies if code not in with_agency],
    }


def _concerned(alerts: Sequence[Alert], platforms: Mapping[str, str], say: Speech) -> list[Concerned]:
    counted = Counter(key for alert in alerts for key in alert.subject)
    return [_entity(key, alerts, platforms, say) for key, alerts in counted.most_common(ENTITIES_MAX)]


def _entity(key: str, alerts: int, platforms: Mapping[str, str], say: Speech) -> Concerned:
    kind, _, rest = key.partition(":")
    scope, slash, name = rest.partition("/")
    where = platforms.get(scope, scope)
    return Concerned(key, say.text(known(ENTITIES, kind)), name if slash else where, scope, where, alerts, page_of(key))
