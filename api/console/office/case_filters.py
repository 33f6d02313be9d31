"""The filter of the case board: it lives in the address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from api.console.office.case_words import STATUSES
from api.console.office.casework import BOARD, parameters
from api.console.visits import Visit
from api.problems import Problem
from projections.cases import Filters as Asked

UNSETTLED: Final = "unsettled"  # everything but closed
NOBODY: Final = "-"
VIEWS: Final = ("board", "list")
FLAGS: Final = ("", "1")
TEXT_LENGTH_MAX: Final = 100


@dataclass(frozen=True)
class Filters:
    """What is looked for; empty means anything. `owner` also knows `-`, nobody; `mine` is whoever asks."""

    view: str = "board"
    status: str = ""
    owner: str = ""
    platform: str = ""
    mine: str = ""
    overdue: str = ""
    text: str = ""
    cursor: str = ""

    @property
    def narrowed(self) -> bool:
        """True where something was chosen, so that an empty answer may be the filter's doing."""
        return self != Filters(view=self.view, cursor=self.cursor)

    def asked(self, me: str, today: date) -> Asked:
        """The same, as the view is asked."""
        statuses: list[str] | None = [self.status] if self.status else None
        if self.status == UNSETTLED:
            statuses = [status for status in STATUSES if status != "closed"]
        owner = me if self.mine else self.owner
        return Asked(
            statuses=statuses,
            platform=self.platform or None,
            assignee=None if owner in {"", NOBODY} else owner,
            unassigned=True if owner == NOBODY else None,
            overdue=True if self.overdue else None,
            today=today,
            text=self.text or None,
        )

    def address(self, **changes: str) -> str:
        """The first page with the same filter but for some changes."""
        default = asdict(Filters())
        chosen = {**asdict(self), "cursor": "", **changes}
        query = urlencode({name: value for name, value in chosen.items() if value != default[name]})
        return f"{BOARD}?{query}" if query else BOARD


def read(visit: Visit) -> Filters:
    """The filter of an address. Raises Problem for what is not known."""
    filters = Filters(**parameters(visit, *asdict(Filters())))
    _check("view", filters.view, VIEWS)
    _check("status", filters.status, ("", UNSETTLED, *STATUSES))
    _check("mine", filters.mine, FLAGS)
    _check("overdue", filters.overdue, FLAGS)
    if len(filters.text) > TEXT_LENGTH_MAX:
        raise Problem("invalid_parameter", f"text has at most {TEXT_LENGTH_MAX} characters.")
    return filters


def _check(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise Problem("invalid_parameter", f"{name} is one of {', '.join(filter(None, known))}.")
