"""Alerts about the platform that the supervisor shares with it: what was found, its figures, its own evidence.

Who works on an alert at the office, and what is said there, is not shown: as with the API.
"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from api import cursors
from api.console import evidence
from api.console.figures import measures
from api.console.frame import frame
from api.console.platform import own
from api.console.reasons import laws_of, title_of
from api.console.rows import row_of
from api.console.sentences import reason_of
from api.console.shell import Page, Shell
from api.console.visits import Visit
from api.console.ways import PLATFORM
from api.console.words import STATUSES
from api.problems import Problem
from api.services import Services
from projections.alerts import After, Alert, Filters, after_of

PAGE: Final = 50
UNSETTLED: Final = tuple(status for status in STATUSES if status != "closed")


def routes(shell: Shell) -> list[Route]:
    """/platform/alerts and /platform/alerts/{name}."""
    services = shell.services

    def listing(visit: Visit) -> Response:
        given = own.asked(visit.request, "show", "cursor")
        show = given.get("show", "open")
        if show not in {"open", "all"}:
            raise Problem("invalid_parameter", "show is open or all.")
        name = own.name_of(visit)
        question = ("platform alerts", name, show)
        after = cursors.decode(question, given.get("cursor"), After | None, None)
        found = services.reads.alerts(_visible(name, settled=show == "all"), after, PAGE + 1).value
        rows = [row_of(each, services.rules, {}, visit.speech) for each in found[:PAGE]]
        return shell.render(
            visit,
            "platform/alerts.html",
            **frame(services),
            rows=rows,
            show=show,
            given=given,
            following=cursors.encode(question, after_of(found[PAGE - 1])) if len(found) > PAGE else None,
        )

    return [
        Route(own.ALERTS, shell.page(listing, PLATFORM), methods=["GET"], include_in_schema=False),
        Route(f"{own.ALERTS}/{{name}}", shell.page(_one(shell), PLATFORM), methods=["GET"], include_in_schema=False),
    ]


def mine(services: Services, platform: str, limit: int) -> list[Alert]:
    """The most severe open alerts that are shared with the platform."""
    return services.reads.alerts(_visible(platform, settled=False), None, limit).value


def _visible(platform: str, *, settled: bool) -> Filters:
    return Filters(None if settled else UNSETTLED, platform=platform, shareable=True)


def _one(shell: Shell) -> Page:
    def page(visit: Visit) -> Response:
        own.asked(visit.request)
        reads, rules, say = shell.services.reads, shell.services.rules, visit.speech
        found = reads.alert(visit.request.path_params["name"]).value
        if found is None or found[0].platform != own.name_of(visit) or not found[0].shareable:
            raise Problem("not_found", "there is no such alert about your platform.")
        alert = found[0]
        rule = rules[alert.rule].rule if alert.rule in rules else None
        every = reads.events_at(alert.evidence[-evidence.FIRST :]).value
        events = [each for each in every if each.source == own.source_of(visit)]
        figures, params = measures(alert, rule, alert.key.get("currency") or evidence.currency(events), say)
        return shell.render(
            visit,
            "platform/alert.html",
            **frame(shell.services),
            alert=alert,
            title=title_of(alert.rule, rules, say.tag),
            reason=reason_of(alert, rules, {}, say),
            laws=laws_of(rule, say.tag),
            figures=figures,
            params=params,
            entries=list(
                zip(
                    evidence.timeline(events, {}, say),
                    sorted(events, key=lambda each: (each.happened_at, each.position)),
                    strict=True,
                )
            ),
            others=len(every) - len(events),
            earlier=max(0, alert.evidence_count - len(every)),
            event_address=own.event_address,
        )

    return page
