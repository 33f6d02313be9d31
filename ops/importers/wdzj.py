"""Chinese lending platforms as a directory of them had them in August 2018: who they are, their months, how they ended.

Three lists, each recognised by its header: companies, statuses (of the same platforms, with their day of registration)
and months. A platform has its `plat_id` in the list of companies and in the months, and the directory's number in all
three. What a row becomes is in `wdzj_events.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, NamedTuple

from ops.importers import files
from ops.importers.base import Event, ImportProblem, Rejected, Row, rejection
from ops.importers.parse import day
from ops.importers.wdzj_events import MONTHLY, Platform, ended, platform_id, registered, reported
from ops.importers.wdzj_totals import WdzjTotals

_COMPANIES = ("_id", "name", "plat_id", "wdzj_plat_id", "status")
_STATUSES = ("_id", "name", "register_location", "register_time", "status", "wdzj_plat_id")
_NO_NUMBER = "0"  # of a platform that the directory had not numbered


class Wdzj:
    """Reads the lists. `Row.labels` are list, platform (`plat_id`), status, month end."""

    name = "wdzj"
    wants = "company_list.csv, status.csv and monthly.csv of the platform directory, or their folder"
    suffixes = files.CSV_SUFFIXES
    reasons: ClassVar[Mapping[str, str]] = {
        "date_unreadable": "the month end, or the day of registration, is not a date",
        "id_not_allowed": "the id of the platform or of the month is no identifier",
        "no_figures": "the month has no figure at all",
        "number_unreadable": "a figure of the month is not a decimal number",
        "status_unknown": "the status is none of the directory's",
        "wrong_columns": "the line has fewer or more cells than the header",
    }

    def setup(self, paths: Sequence[Path]) -> list[Event]:
        """Each platform that any list names, registered and licensed; by id."""
        events: list[Event] = []
        for plat_id, platform in sorted(_platforms(_read(paths)).items()):
            with suppress(Rejected):  # its rows are rejected for the same reason, one by one
                events += registered(platform_id(plat_id), platform)
        return events

    def read(self, paths: Sequence[Path]) -> Iterator[Row]:
        """The months, then how platforms ended: by the list of companies, else by the list of statuses."""
        lists = _read(paths)
        by_number = {cells["wdzj_plat_id"]: plat_id for plat_id, (cells, _, _) in _platforms(lists).items()}
        by_number |= {cells["wdzj_plat_id"]: cells["plat_id"] for cells in lists.companies if cells and cells["status"]}
        for cells in lists.months:
            yield _row("monthly", cells, by_number)
        said: set[str] = set()
        for cells in lists.companies:
            row = _row("company_list", cells, by_number)
            yield row
            said.update([cells["wdzj_plat_id"]] if cells and row.events else [])
        for cells in lists.statuses:
            row = _row("status", cells, by_number)
            yield row._replace(events=[]) if cells and cells["wdzj_plat_id"] in said else row

    def totals(self) -> WdzjTotals:
        """How many rows of each list, by status."""
        return WdzjTotals()


_Cells = dict[str, str] | None  # None: a line that has fewer or more cells than its header


class _Lists(NamedTuple):
    companies: list[_Cells]
    statuses: list[_Cells]
    months: list[_Cells]


def _read(paths: Sequence[Path]) -> _Lists:
    lists = _Lists([], [], [])
    # The months have every column of the companies, too: what has most columns is tried first.
    headers = (("months", MONTHLY), ("statuses", _STATUSES), ("companies", _COMPANIES))
    found = False
    for path in files.expand(paths, Wdzj.suffixes):
        named = set(files.header(path))
        kind = next((kind for kind, columns in headers if named.issuperset(columns)), None)
        if kind is not None:
            getattr(lists, kind).extend(files.rows(path))
            found = True
    if not found:
        raise ImportProblem(
            f"None of the files is a list of the platform directory. Name {Wdzj.wants}; its companies have the columns "
            f"{', '.join(_COMPANIES)}."
        )
    return lists


def _platforms(lists: _Lists) -> dict[str, Platform]:
    """By `plat_id`; of a platform that only the list of statuses has, the number stands for it."""
    named: dict[str, dict[str, str]] = {}
    first: dict[str, str] = {}
    for cells in filter(None, lists.months):
        plat_id = cells["plat_id"]
        named.setdefault(plat_id, cells)
        first[plat_id] = min(cells["day"], first.get(plat_id, cells["day"]))
    named |= {cells["plat_id"]: cells for cells in filter(None, lists.companies)}
    statuses = {cells["wdzj_plat_id"]: cells for cells in filter(None, lists.statuses)}
    numbers = {cells["wdzj_plat_id"] for cells in named.values()}
    named |= {number: cells for number, cells in statuses.items() if number not in numbers and number not in named}
    statuses.pop(_NO_NUMBER, None)
    return {
        plat_id: Platform(cells, statuses.get(cells["wdzj_plat_id"]), first.get(plat_id))
        for plat_id, cells in named.items()
    }


def _row(about: str, cells: _Cells, by_number: Mapping[str, str]) -> Row:
    if cells is None:
        return rejection((about, "", "", ""), "wrong_columns")
    number = cells["wdzj_plat_id"]
    plat_id = cells["plat_id"] if "plat_id" in cells else by_number.get(number, number)
    labels = (about, plat_id, cells["status"], cells.get("day", ""))
    try:
        name = platform_id(plat_id)
        if about == "monthly":
            return Row(labels, [reported(name, cells)])
        if about == "status":
            day(cells["register_time"])
        return Row(labels, ended(name, about, cells["status"]))
    except Rejected as rejected:
        return rejection(labels, rejected.reason)
