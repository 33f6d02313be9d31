"""What was sent and is not in the log: refused, or parked. Newest first; the filter lives in the address."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from api import cursors
from api.console.frame import frame
from api.console.platform import own
from api.console.platform.body import parsed
from api.console.shell import Page, Shell
from api.console.visits import Visit
from api.console.ways import PLATFORM
from api.console.words import CODES, EVENTS, known
from api.own import Fate, Wanted
from api.problems import Problem
from ledger.events.catalogue import TYPES
from ledger.store.reading import ParkedEvent, Refusal

PAGE: Final = 50
REFUSED: Final = f"{own.HELD}/refused"
PARKED: Final = f"{own.HELD}/parked"
FILTERS: Final = ("show", "code", "type", "id", "day", "cursor")
# What a platform may send at all: the rest of the catalogue is others' word.
OWN_TYPES: Final = tuple(name for name, data in TYPES.items() if data.SENDER in {"platform", "either"})


class Row(NamedTuple):
    """A refused item as a line. `type` is what its body says; `mended`: what is recorded or parked in its place."""

    refusal: Refusal
    type: str
    mended: Fate | None


def routes(shell: Shell) -> list[Route]:
    """/platform/held."""
    return [Route(own.HELD, shell.page(_list(shell), PLATFORM), methods=["GET"], include_in_schema=False)]


def _list(shell: Shell) -> Page:
    def page(visit: Visit) -> Response:
        given = own.asked(visit.request, *FILTERS)
        show = given.get("show", "refused")
        if show not in {"refused", "parked"}:
            raise Problem("invalid_parameter", "show is refused or parked.")
        question = ("platform", own.source_of(visit), *(given.get(name) for name in FILTERS[:-1]))
        wanted = _wanted(given, shell.zone)._replace(
            before=cursors.decode(question, given.get("cursor"), int | None, None)
        )
        rows, rest = (_refused if show == "refused" else _parked)(shell, visit, wanted)
        narrowed = any(given.get(name) for name in ("code", "type", "id", "day"))
        return shell.render(
            visit,
            "platform/held.html",
            **frame(shell.services),
            show=show,
            rows=rows,
            given=given,
            narrowed=narrowed,
            following=None if rest is None else cursors.encode(question, rest),
            counts=shell.services.own.counts(own.source_of(visit)).value,
            event_address=own.event_address,
            codes=[(code, visit.speech.text(said)) for code, said in CODES.items()],
            types=[(name, visit.speech.text(known(EVENTS, name))) for name in OWN_TYPES],
            code=lambda name: visit.speech.text(known(CODES, name)),
            event=lambda name: visit.speech.text(known(EVENTS, name)) if name else "–",
        )

    return page


def _refused(shell: Shell, visit: Visit, wanted: Wanted) -> tuple[list[Row], int | None]:
    source = own.source_of(visit)
    found = shell.services.own.refused(source, wanted, PAGE).value
    return rows_of(shell, source, found.rows), found.rest


def rows_of(shell: Shell, source: str, refused: list[Refusal]) -> list[Row]:
    """Refused items as lines, each with what became of it since."""
    ids = [each.id for each in refused if each.id is not None]
    fates = shell.services.own.fates(source, ids).value if ids else {}
    mends = shell.services.own.mends(source, [each.number for each in refused]).value if refused else {}
    return [Row(each, type_of(each), fate_of(each, fates, mends)) for each in refused]


def fate_of(refusal: Refusal, fates: dict[str, Fate], mends: dict[int, Fate]) -> Fate | None:
    """What is there in the place of a refused item: what was sent for it by hand, or its own id by now.

    Under a reused id stands another thing, and under the id of a thing that exists already the same one may.
    """
    if refusal.number in mends:
        return mends[refusal.number]
    if refusal.id is None or refusal.code == "id_reused":
        return None
    return fates.get(refusal.id)


def type_of(refusal: Refusal) -> str:
    """The type that its body names; empty where none can be read."""
    try:
        event = parsed((refusal.body or b"").decode())
    except UnicodeDecodeError:
        return ""
    found = (event or {}).get("type")
    return found[:100] if isinstance(found, str) else ""


def _parked(shell: Shell, visit: Visit, wanted: Wanted) -> tuple[list[ParkedEvent], int | None]:
    found = shell.services.own.waiting(own.source_of(visit), wanted, PAGE + 1).value
    return found[:PAGE], found[PAGE - 1].number if len(found) > PAGE else None


def _wanted(given: dict[str, str], zone: ZoneInfo) -> Wanted:
    """The filter of an address. Raises Problem for a value that can't be meant."""
    code, kind, day = given.get("code"), given.get("type"), given.get("day")
    if code is not None and code not in CODES:
        raise Problem("invalid_parameter", "code is one of the refusal codes.")
    since = until = None
    if day is not None:
        try:
            since = datetime.combine(date.fromisoformat(day), datetime.min.time(), zone)
            until = since + timedelta(days=1)
        except (ValueError, OverflowError):
            raise Problem("invalid_parameter", "day is YYYY-MM-DD.") from None
    return Wanted(code, kind, given.get("id"), since, until)
