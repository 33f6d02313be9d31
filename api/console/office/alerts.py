"""The alert queue: filter, counts by severity, one page of alerts, and a bar that tells of new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import cursors
from api.console.frame import counted, frame, open_alerts
from api.console.office import alert_groups, bulk, filters, views
from api.console.office.filters import ALL, DAYS, ME, NOBODY, QUEUE, SORTS, UNSETTLED
from api.console.reasons import title_of
from api.console.rows import row_of
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import N_, SEVERITIES, STATUSES
from api.problems import Problem
from ledger.kernel import clock
from projections.alerts import After, after_of
from risk.document import Loaded

PAGE: Final = 25
PLATFORMS_MAX: Final = 1_000


class Options(NamedTuple):
    """What the filter's fields offer: (value, words)."""

    statuses: list[tuple[str, str]]
    severities: list[tuple[str, str]]
    rules: list[tuple[str, str]]
    platforms: list[tuple[str, str]]
    assignees: list[tuple[str, str]]
    days: list[tuple[str, str]]
    sorts: list[tuple[str, str]]


def routes(shell: Shell) -> list[Route]:
    """/console/alerts and the fragment that is polled."""
    reads = shell.services.reads

    def queue(visit: Visit) -> Response:
        chosen, _ = filters.read(visit.request)
        at_start = None if visit.request.query_params else views.start(shell.services, visit)
        if at_start is not None:
            return RedirectResponse(at_start, 303)
        say, rules = visit.speech, shell.services.rules
        names = {each.id: each.name for each in reads.platforms("", PLATFORMS_MAX).value}
        _check("rule", chosen.rule, rules)
        _check("platform", chosen.platform, names)
        asked, officers = chosen.asked_by(_me(visit), shell.services.now()), shell.services.officers()
        question = ("console", chosen.days, *asked._replace(found_since=None))
        after = cursors.decode(question, chosen.cursor or None, After | None, None)
        found = reads.alerts(asked, after, PAGE + 1)
        shown = found.value[:PAGE]
        groups = reads.alert_groups(asked).value
        total = sum(each.alerts for each in groups)
        return shell.render(
            visit,
            "office/alerts.html",
            **frame(shell.services),
            counted=counted(shell.services),
            open_alerts=open_alerts(shell.services),
            filters=chosen,
            options=_options(say, rules, names, officers),
            tabs=views.tabs(shell.services, visit, chosen),
            order=say.text(SORTS[chosen.sort]),
            bulk=bulk.offered(shell.services, say) if visit.may_act else None,
            groups=alert_groups.of(groups, chosen, rules, names, say),
            total=total,
            whole=min(total, bulk.WHOLE_MAX),
            me=_me(visit),
            once=clock.new_id,
            rows=[row_of(each, rules, names, say) for each in shown],
            following=cursors.encode(question, after_of(shown[-1])) if len(found.value) > PAGE else None,
            summary=say.plural("%(num)s alert", "%(num)s alerts", total),
            since=found.as_of.position,
            news=0,
        )

    def news(visit: Visit) -> Response:
        chosen, also = filters.read(visit.request, "after")
        after = also.get("after", "")
        if not after.isascii() or not after.isdigit():
            raise Problem("invalid_parameter", "after is a position of the ledger.")
        count = reads.alerts_found(chosen.asked_by(_me(visit), shell.services.now()), int(after)).value
        return shell.render(visit, "office/_news.html", filters=chosen, since=after, news=count)

    return [
        Route(QUEUE, shell.page(queue), methods=["GET"], include_in_schema=False),
        Route(f"{QUEUE}/news", shell.page(news), methods=["GET"], include_in_schema=False),
    ]


def _check(name: str, value: str, known: Mapping[str, object]) -> None:
    """A question that can't be answered as asked is an error, never an empty list."""
    if value and value not in known:
        raise Problem("invalid_parameter", f"there is no {name} {value!r}.")


def _me(visit: Visit) -> str:
    return visit.principal.name if visit.principal else ""


def _options(
    say: Speech, rules: Mapping[str, Loaded], platforms: Mapping[str, str], officers: Sequence[str]
) -> Options:
    statuses = [(UNSETTLED, say.text(N_("Not closed"))), *_said(say, STATUSES), (ALL, say.text(N_("All")))]
    titles = {name: title_of(name, rules, say.tag).text for name in sorted(rules)}
    return Options(
        statuses,
        _said(say, SEVERITIES),
        [(name, f"{name.partition('-')[0]} {title}") for name, title in titles.items()],
        sorted(platforms.items(), key=lambda each: each[1]),
        [(ME, say.text(N_("Me"))), (NOBODY, say.text(N_("Nobody"))), *((name, name) for name in officers)],
        _said(say, DAYS),
        _said(say, SORTS),
    )


def _said(say: Speech, vocabulary: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, say.text(message)) for code, message in vocabulary.items()]
