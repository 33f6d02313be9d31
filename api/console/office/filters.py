"""The filter of the alert queue: it lives in the address, so that it can be kept, sent on and gone back to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from api.console.words import N_, SEVERITIES, STATUSES
from api.problems import Problem
from projections.alerts import Filters as Asked
from projections.alerts import Order

QUEUE: Final = "/console/alerts"
UNSETTLED: Final = "unsettled"  # what still needs somebody: everything but closed
ALL: Final = "all"
TEXT_LENGTH_MAX: Final = 100
VALUE_LENGTH_MAX: Final = 1000
# Who has it: no user's name begins with these, so that a view that is shared means its reader.
ME: Final = "@me"
NOBODY: Final = "@nobody"
# Found in the last so many days.
DAYS: Final[Mapping[str, str]] = {
    "1": N_("In the last day"),
    "3": N_("In the last three days"),
    "7": N_("In the last week"),
    "30": N_("In the last month"),
}
SORTS: Final[Mapping[str, str]] = {
    "severity": N_("Most severe first"),
    "newest": N_("Newest first"),
    "score": N_("Highest score first"),
}


@dataclass(frozen=True)
class Filters:
    """What is looked for; empty means anything. `status` also knows `unsettled`, the default, and `all`."""

    status: str = UNSETTLED
    severity: str = ""
    rule: str = ""
    platform: str = ""
    text: str = ""
    assignee: str = ""
    days: str = ""
    sort: str = "severity"
    cursor: str = ""

    @property
    def narrowed(self) -> bool:
        """True where something was chosen, so that an empty answer may be the filter's doing."""
        return self != Filters(sort=self.sort, cursor=self.cursor)

    def asked_by(self, me: str, now: datetime) -> Asked:
        """The same, as the view is asked: `@me` is the reader, and days are counted back from `now`."""
        statuses: list[str] | None = [self.status]
        if self.status == ALL:
            statuses = None
        elif self.status == UNSETTLED:
            statuses = [status for status in STATUSES if status != "closed"]
        assignee = None if self.assignee == NOBODY else (me if self.assignee == ME else self.assignee) or None
        return Asked(
            statuses, self.severity or None, self.rule or None, self.platform or None, text=self.text or None,
            assignee=assignee, assigned=False if self.assignee == NOBODY else None,
            found_since=now - timedelta(days=int(self.days)) if self.days else None, order=_order(self.sort),
        )  # fmt: skip

    def address(self, path: str = QUEUE, **more: object) -> str:
        """The address of the queue's first page, or of another page with the same filter."""
        default = asdict(Filters())
        chosen = {name: value for name, value in asdict(self).items() if value != default[name] and name != "cursor"}
        query = urlencode({**chosen, **{name: str(value) for name, value in more.items()}})
        return f"{path}?{query}" if query else path


def read(request: Request, *also: str) -> tuple[Filters, Mapping[str, str]]:
    """The filter of an address, and the parameters in `also`. Raises Problem for what is not known."""
    return _read(request.query_params.multi_items(), also)


def kept(query: str) -> Filters:
    """The filter of a query that somebody keeps, without its place in the pages. Raises Problem."""
    filters, _ = _read(parse_qsl(query.removeprefix("?")), ())
    return replace(filters, cursor="")


def _order(sort: str) -> Order:
    return "newest" if sort == "newest" else "score" if sort == "score" else "severity"


def _read(pairs: Sequence[tuple[str, str]], also: Sequence[str]) -> tuple[Filters, Mapping[str, str]]:
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Problem("invalid_parameter", "a parameter is given twice.")
    names = set(asdict(Filters()))
    unknown = sorted(given.keys() - names - set(also))
    if unknown:
        raise Problem("invalid_parameter", f"unknown: {', '.join(unknown)}. Known: {', '.join(sorted(names))}.")
    if any(len(value) > VALUE_LENGTH_MAX or "\0" in value or "\ufffd" in value for value in given.values()):
        raise Problem("invalid_parameter", "a parameter is too long, or no text.")
    filters = Filters(**{name: value.strip() for name, value in given.items() if name in names and value.strip()})
    _check("status", filters.status, (UNSETTLED, ALL, *STATUSES))
    _check("severity", filters.severity, ("", *SEVERITIES))
    _check("sort", filters.sort, tuple(SORTS))
    _check("days", filters.days, ("", *DAYS))
    if len(filters.text) > TEXT_LENGTH_MAX:
        raise Problem("invalid_parameter", f"text has at most {TEXT_LENGTH_MAX} characters.")
    return filters, {name: given[name] for name in also if name in given}


def _check(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise Problem("invalid_parameter", f"{name} is one of {', '.join(filter(None, known))}.")
