"""Who did what: acts of the office from the log, and what was done at the door, newest first; also as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from api import cursors, deeds
from api.console import asked
from api.console.frame import frame
from api.console.office import case_words
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import ENTITIES, EVENTS, METHODS, N_, OUTCOMES, REASONS, known
from api.deeds import AskedDeeds, BeforeDeed, Deed
from api.problems import Problem

DEEDS: Final = "/console/deeds"
PAGE: Final = 50
FILE_PAGE: Final = 500
FILE_MAX: Final = 10_000
KINDS: Final[Mapping[str, str]] = {
    "alert.": N_("Alerts"),
    "case.": N_("Cases"),
    "sanction.": N_("Sanctions"),
    "correction.": N_("Corrections"),
    deeds.PEOPLE: N_("People's data"),
    "platform.": N_("Platforms"),
    deeds.DOOR: N_("Coming in"),
}
AT_DOOR: Final[Mapping[str, str]] = {
    "signed_in": N_("Signed in"),
    "signed_out": N_("Signed out"),
    "refused": N_("Sign-in refused"),
    "locked": N_("Locked out for a while"),
    "session_ended": N_("Ended a session"),
    "password_changed": N_("Changed the password"),
    "totp_enrolled": N_("Enrolled a second factor"),
    "totp_removed": N_("Removed the second factor"),
    "recovery_codes_made": N_("Made recovery codes"),
    "recovery_code_used": N_("Used a recovery code"),
    "link_made": N_("Made a link"),
    "link_used": N_("Used a link"),
    "code_made": N_("Made a one-time code"),
    "code_used": N_("Used a one-time code"),
}
# What an event is about, and the page that shows it.
_ROOMS: Final = (("alert", "/console/alerts/"), ("case", "/console/cases/"), ("platform", "/console/platforms/"))
# Fields of deeds that have words of their own, and those that hold a day or a moment.
_VOCABULARIES: Final = {"outcome": OUTCOMES, "reason": REASONS, "method": METHODS}
_TIMES: Final = ("begins", "until", "due")
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


class Line(NamedTuple):
    """A deed in words. `address`: the page of what it was done to; `entry`: of the event."""

    deed: Deed
    what: str
    thing: str
    address: str
    details: str
    entry: str


def routes(shell: Shell) -> list[Route]:
    """/console/deeds, and the same as a file."""

    def page(visit: Visit) -> Response:
        given, question = _asked(visit, shell)
        mark = ("deeds", *(given.get(name, "") for name in ("who", "kind", "since", "until")))
        before = cursors.decode(mark, given.get("cursor"), BeforeDeed | None, None)
        found = shell.services.reads.deeds(question, before, PAGE + 1).value
        shown = found[:PAGE]
        kept = {name: value for name, value in given.items() if name != "cursor"}
        return shell.render(
            visit,
            "office/deeds.html",
            **frame(shell.services),
            given=given,
            lines=[line(each, visit.speech) for each in shown],
            kinds=[(code, visit.speech.text(said)) for code, said in KINDS.items()],
            people=[(name, name) for name in shell.services.officers()],
            file=f"{DEEDS}/file?{urlencode(kept)}",
            following=cursors.encode(mark, deeds.below(shown, before)) if len(found) > PAGE else None,
        )

    def file(visit: Visit) -> Response:
        _, question = _asked(visit, shell)
        headers = {"Content-Disposition": 'attachment; filename="deeds.csv"', "Cache-Control": "no-store"}
        return StreamingResponse(_file(shell, question, visit.speech), 200, headers, "text/csv; charset=utf-8")

    return [
        Route(DEEDS, shell.page(page), methods=["GET"], include_in_schema=False),
        Route(f"{DEEDS}/file", shell.page(file), methods=["GET"], include_in_schema=False),
    ]


def line(deed: Deed, say: Speech) -> Line:
    """What the list shows of a deed."""
    if deed.position is None:
        return Line(deed, say.text(known(AT_DOOR, deed.what)), "", "", _told(deed.about, say), "")
    thing, address = next(
        ((str(deed.about[name]), room + quote(str(deed.about[name]), safe=":")) for name, room in _ROOMS
         if deed.about.get(name)), (str(deed.about.get("party", "")), ""),
    )  # fmt: skip
    rest = {name: value for name, value in deed.about.items() if str(value) != thing}
    entry = f"/console/events/{deed.position}"
    return Line(deed, say.text(known(EVENTS, deed.what)), thing, address, _told(rest, say), entry)


def cell(value: object) -> str:
    """A field of the file: what a spreadsheet would take for a formula is marked as text."""
    said = str(value)
    return f"'{said}" if said.startswith(_RISKY) else said


def _told(about: Mapping[str, Any], say: Speech) -> str:
    currency = str(about.get("currency", ""))
    said = [
        _in_words(name, value, currency, say)
        for name, value in about.items()
        if isinstance(value, str | int) and value != "" and name != "currency"
    ]
    return " · ".join(said)[:300]


def _in_words(name: str, value: str | int, currency: str, say: Speech) -> str:
    if name in _VOCABULARIES:
        return say.text(known(_VOCABULARIES[name], str(value)))
    if name in _TELLING:
        return _TELLING[name](str(value), say)
    if name in {"amount", "limit"} and isinstance(value, int) and currency:
        return say.money(value, currency)
    if name in _TIMES:
        return _time(str(value), say)
    return str(value)


def _subject(value: str, say: Speech) -> str:
    kind, _, thing = value.partition(":")
    return f"{say.text(known(ENTITIES, kind))} {thing}"


_TELLING: Final[Mapping[str, Callable[[str, Speech], str]]] = {
    "subject": _subject,
    "kind": lambda value, say: case_words.sanction(value, say).text,
    "agency": lambda value, say: case_words.agency(value, say).text,
}


def _time(value: str, say: Speech) -> str:
    try:
        return say.day(value) if len(value) == len("2026-01-05") else say.moment(datetime.fromisoformat(value))
    except ValueError:
        return value


def _asked(visit: Visit, shell: Shell) -> tuple[dict[str, str], AskedDeeds]:
    given = asked.read(visit.request, who=None, kind=("", *KINDS), since=None, until=None, cursor=None)
    since, until = _day(given, "since"), _day(given, "until")
    return given, deeds.asked(given.get("who"), given.get("kind"), since, until, shell.zone)


def _day(given: Mapping[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(given[name]) if name in given else None
    except ValueError:
        raise Problem("invalid_parameter", f"{name} is a day, YYYY-MM-DD.") from None


def _file(shell: Shell, question: AskedDeeds, say: Speech) -> Iterator[str]:
    yield "\ufeff" + _row(["time", "who", "what", "type", "about", "details", "position"])
    before: BeforeDeed | None = None
    for _ in range(FILE_MAX // FILE_PAGE):
        found = shell.services.reads.deeds(question, before, FILE_PAGE).value
        for each in found:
            told = line(each, say)
            at = each.at.astimezone(say.zone).isoformat(timespec="seconds")
            yield _row([at, each.who or "", told.what, each.what, told.thing, told.details, each.position or ""])
        before = deeds.below(found, before)
        if len(found) < FILE_PAGE:
            return
    yield _row([f"There are more than {FILE_MAX} lines: narrow the days."])


def _row(values: list[object]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([cell(value) for value in values])
    return written.getvalue()
