"""The filter of the alert queue: it lives in the address, so that it can be kept, sent on and gone back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from api.console.words import SEVERITIES, STATUSES
from api.problems import Problem
from projections.alerts import Filters as Asked

QUEUE: Final = "/console/alerts"
UNSETTLED: Final = "unsettled"  # what still needs somebody: everything but closed
ALL: Final = "all"
TEXT_LENGTH_MAX: Final = 100
VALUE_LENGTH_MAX: Final = 1000


@dataclass(frozen=True)
class Filters:
    """What is looked for; empty means anything. `status` also knows `unsettled`, the default, and `all`."""

    status: str = UNSETTLED
    severity: str = ""
    rule: str = ""
    platform: str = ""
    text: str = ""
    cursor: str = ""

    @property
    def narrowed(self) -> bool:
        """True where something was chosen, so that an empty answer may be the filter's doing."""
        return self != Filters(cursor=self.cursor)

    @property
    def asked(self) -> Asked:
        """The same, as the view is asked."""
        statuses: list[str] | None = [self.status]
        if self.status == ALL:
            statuses = None
        elif self.status == UNSETTLED:
            statuses = [status for status in STATUSES if status != "closed"]
        return Asked(statuses, self.severity or None, self.rule or None, self.platform or None, text=self.text or None)

    def address(self, path: str = QUEUE, **more: object) -> str:
        """The address of the queue's first page, or of another page with the same filter."""
        default = asdict(Filters())
        chosen = {name: value for name, value in asdict(self).items() if value != default[name] and name != "cursor"}
        query = urlencode({**chosen, **{name: str(value) for name, value in more.items()}})
        return f"{path}?{query}" if query else path


def read(request: Request, *also: str) -> tuple[Filters, Mapping[str, str]]:
    """The filter of an address, and the parameters in `also`. Raises Problem for what is not known."""
    pairs = request.query_params.multi_items()
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
    if len(filters.text) > TEXT_LENGTH_MAX:
        raise Problem("invalid_parameter", f"text has at most {TEXT_LENGTH_MAX} characters.")
    return filters, {name: given[name] for name in also if name in given}


def _check(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise Problem("invalid_parameter", f"{name} is one of {', '.join(filter(None, known))}.")
