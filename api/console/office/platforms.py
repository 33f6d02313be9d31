"""The platforms under supervision: the list, the one with the most severe open alerts first; or a month's index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api import cursors
from api.console import asked, scorecard
from api.console.frame import frame
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import PLATFORM_KINDS, PLATFORM_STATUSES, known
from api.problems import Problem
from api.scorecards import SEVERITIES, Indexes, Listed, Registered, Wanted
from risk.index.combined import Index

PLATFORMS: Final = "/console/platforms"
PAGE: Final = 50
SILENT: Final = timedelta(days=7)  # without a report from a platform that runs
STEADY: Final = 25  # thousandths by which an index may move without having moved
_Place = tuple[int, int, int, int, int, str] | None


class Line(NamedTuple):
    """A platform in the list; `judged` is of the newest month that has one, `moved` since the month before."""

    listed: Listed
    judged: Index | None
    moved: int | None
    silent: bool


def routes(shell: Shell) -> list[Route]:
    """/console/platforms."""
    reads = shell.services.reads

    def listing(visit: Visit) -> Response:
        given = asked.read(
            visit.request, view=("list", "index"), kind=PLATFORM_KINDS, status=PLATFORM_STATUSES, text=None,
            cursor=None, month=None,
        )  # fmt: skip
        if given.get("view") == "index":
            return compare(visit, given)
        if "month" in given:
            raise Problem("invalid_parameter", "month goes with view=index.")
        wanted = Wanted(given.get("kind"), given.get("status"), given.get("text"))
        question = ("console platforms", *wanted)
        after: _Place = cursors.decode(question, given.get("cursor"), _Place, None)
        found = reads.platforms_listed(wanted, after, PAGE + 1).value
        indexes = reads.indexes()
        lines = [_line(each, indexes, visit, shell) for each in found[:PAGE]]
        return shell.render(
            visit, "office/platforms.html", **frame(shell.services), lines=lines, given=given, kinds=kinds_of,
            severities=SEVERITIES, steady=STEADY, computed=indexes is not None,
            following=cursors.encode(question, found[PAGE - 1].place) if len(found) > PAGE else None,
            options={"kinds": _said(PLATFORM_KINDS, visit.speech), "statuses": _said(PLATFORM_STATUSES, visit.speech)},
        )  # fmt: skip

    def compare(visit: Visit, given: dict[str, str]) -> Response:
        if given.keys() - {"view", "month"}:
            raise Problem("invalid_parameter", "view=index takes month, and nothing else.")
        indexes = reads.indexes()
        months = sorted(indexes.months, reverse=True) if indexes else []
        month = given.get("month") or (months[0] if months else "")
        if months and month not in months:
            raise Problem("invalid_parameter", f"month is one of {', '.join(months)}.")
        names = {each.id: each.name for each in reads.register(Wanted(), None, 1_000).value}
        return shell.render(
            visit, "office/platform_index.html", **frame(shell.services), indexes=indexes, months=months, month=month,
            rows=_ranked(indexes, months, month), names=names, dimensions=scorecard.DIMENSIONS, steady=STEADY,
            options=[(each, each) for each in months],
        )  # fmt: skip

    return [Route(PLATFORMS, shell.page(listing), methods=["GET"], include_in_schema=False)]


def _line(listed: Listed, indexes: Indexes | None, visit: Visit, shell: Shell) -> Line:
    index, moved = newest(indexes, listed.platform.id)
    last = listed.platform.last_recorded_at
    runs = listed.platform.status in {"licensed", "suspended"}
    return Line(listed, index, moved, runs and (last is None or shell.services.now() - last > SILENT))


def newest(indexes: Indexes | None, platform: str) -> tuple[Index | None, int | None]:
    """The platform's index of the newest month that has a score, and by how much it went up since the month before."""
    history = [of[platform] for _, of in sorted(indexes.months.items()) if platform in of] if indexes else []
    scored = [each for each in history if each.score is not None]
    if not scored:
        return None, None
    before = scored[-2].score if len(scored) > 1 else None
    return scored[-1], None if before is None else (scored[-1].score or 0) - before


class Ranked(NamedTuple):
    """A platform's month in the comparison; `scores` by dimension, `moved` since the month before."""

    judged: Index
    scores: dict[str, int | None]
    moved: int | None


def _ranked(indexes: Indexes | None, months: Sequence[str], month: str) -> list[Ranked]:
    if indexes is None or month not in indexes.months:
        return []
    place = list(months).index(month)
    before = indexes.months[months[place + 1]] if place + 1 < len(months) else {}
    rows = []
    for platform, index in indexes.months[month].items():
        old = before[platform].score if platform in before else None
        moved = None if old is None or index.score is None else index.score - old
        rows.append(Ranked(index, {each.name: each.score for each in index.dimensions}, moved))
    return sorted(rows, key=lambda row: (row.judged.score is None, -(row.judged.score or 0), row.judged.platform))


def _said(vocabulary: Mapping[str, str], say: Speech) -> list[tuple[str, str]]:
    return [(code, say.text(message)) for code, message in vocabulary.items()]


def kinds_of(platform: Registered, say: Speech) -> str:
    """What a platform does, in words."""
    return say.listed(say.text(known(PLATFORM_KINDS, kind)) for kind in platform.kinds)
