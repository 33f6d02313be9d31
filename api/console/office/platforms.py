"""The platforms under supervision: a list, and a page for each."""

from __future__ import annotations

from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api.console.frame import frame
from api.console.office.filters import Filters
from api.console.rows import row_of
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import PLATFORM_KINDS, known
from api.problems import Problem
from api.services import CustodyLine, PlatformRow, Scorecard

PLATFORMS: Final = "/console/platforms"
LISTED_MAX: Final = 200
ALERTS: Final = 10


class Line(NamedTuple):
    """A platform in the list."""

    platform: PlatformRow
    scorecard: Scorecard


def routes(shell: Shell) -> list[Route]:
    """/console/platforms and /console/platforms/{name}."""
    reads = shell.services.reads

    def listing(visit: Visit) -> Response:
        _no_query(visit)
        lines = [Line(each, reads.scorecard(each.id).value) for each in reads.platforms("", LISTED_MAX).value]
        lines.sort(key=lambda line: (-line.scorecard.open_alerts, line.platform.name))
        return shell.render(
            visit, "office/platforms.html", **frame(shell.services), lines=lines, kinds=_kinds, gap=_gap
        )

    def show(visit: Visit) -> Response:
        _no_query(visit)
        name = visit.request.path_params["name"]
        platform = reads.platform(name).value
        if platform is None:
            raise Problem("not_found", "there is no such platform.")
        found = reads.alerts(Filters(platform=name).asked, None, ALERTS).value
        return shell.render(
            visit,
            "office/platform.html",
            **frame(shell.services),
            platform=platform,
            scorecard=reads.scorecard(name).value,
            kinds=_kinds,
            gap=_gap,
            rows=[row_of(each, shell.services.rules, {}, visit.speech) for each in found],
        )

    return [
        Route(PLATFORMS, shell.page(listing), methods=["GET"], include_in_schema=False),
        Route(f"{PLATFORMS}/{{name}}", shell.page(show), methods=["GET"], include_in_schema=False),
    ]


def _no_query(visit: Visit) -> None:
    if visit.request.query_params:
        raise Problem("invalid_parameter", "this address takes no parameters.")


def _kinds(platform: PlatformRow, say: Speech) -> str:
    return say.listed(say.text(known(PLATFORM_KINDS, kind)) for kind in platform.kinds)


def _gap(custody: CustodyLine) -> int | None:
    """Reported minus derived; None where nothing was reported."""
    return None if custody.reported is None else custody.reported - custody.derived
