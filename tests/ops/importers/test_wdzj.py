"""The platform directory: registered once, months as reports, ends at the time they were seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.importers.base import Event, ImportProblem, Row
from ops.importers.run import run_import
from ops.importers.wdzj import Wdzj
from ops.importers.wdzj_events import FETCHED, FIGURES
from tests.ops.importers.conftest import events_of

Write = Callable[..., Path]


def company(plat_id: str = "a", number: str = "7", status: str = "normal", **other: str) -> dict[str, str]:
    row = {"_id": plat_id, "background": "民营系", "name": f"name of {plat_id}", "plat_id": plat_id}
    return row | {"wdzj_plat_id": number, "status": status, "finished": "1"} | other


def status(number: str = "7", **other: str) -> dict[str, str]:
    row = {"_id": number, "name": "x", "register_location": "广东|深圳", "register_time": "2015-03-26"}
    return row | {"status": "normal", "wdzj_plat_id": number} | other


def month(day: str, plat_id: str = "a", number: str = "7", **other: str) -> dict[str, str]:
    row = {"_id": f"{plat_id}_{day}", "day": day, "name": "m", "plat_id": plat_id, "status": "normal"}
    return row | {"wdzj_plat_id": number} | dict.fromkeys(FIGURES, "0") | {FIGURES[0]: "9.5", FIGURES[-1]: ""} | other


@pytest.fixture
def imported(write_csv: Write, tmp_path: Path) -> Callable[..., tuple[list[Event], list[Row]]]:
    """What a folder of the three lists gives: the set-up, the rows."""

    def imported(
        companies: list[dict[str, Any]], statuses: list[dict[str, Any]], months: list[dict[str, Any]]
    ) -> tuple[list[Event], list[Row]]:
        for name, rows in (("company_list", companies), ("status", statuses), ("monthly", months)):
            if rows:
                write_csv(f"{name}.csv", rows)
        return Wdzj().setup([tmp_path]), list(Wdzj().read([tmp_path]))

    return imported


Imported = Callable[..., tuple[list[Event], list[Row]]]


def test_a_platform_begins_on_its_day_of_registration(imported: Imported) -> None:
    (registered, licensed), _ = imported([company()], [status()], [month("2018-06-30")])
    assert registered["time"] == licensed["time"] == "2015-03-26T00:00:00+08:00"
    assert registered["data"] == {
        "platform": "wdzj-a",
        "name": "name of a",
        "kinds": ["lending"],
        "jurisdiction": "CN",
        "region": "广东 深圳",
        "extra": {"background": "民营系", "number": "7", "since": "register_time"},
    }


@pytest.mark.parametrize(
    ("months", "time", "since"),
    [
        ([month("2018-07-31"), month("2018-06-30")], "2018-06-01T00:00:00+08:00", "first_month"),
        ([], FETCHED, "fetched"),
    ],
)
def test_a_platform_without_that_day_begins_with_what_is_known(
    imported: Imported, months: list[dict[str, str]], time: str, since: str
) -> None:
    (registered, _), _ = imported([company()], [], months)
    assert (registered["time"], registered["data"]["extra"]["since"]) == (time, since)


def test_a_month_is_the_platforms_own_report(imported: Imported) -> None:
    _, (row, _) = imported([company()], [], [month("2018-06-30")])
    (event,) = row.events
    assert (event["source"], event["id"], event["time"]) == (
        "platform:wdzj-a",
        "a_2018-06-30",
        "2018-06-30T23:59:59+08:00",
    )
    assert event["data"]["month"] == "2018-06"
    metrics = event["data"]["metrics"]
    assert metrics.pop(FIGURES[0]) == 9.5
    assert metrics == dict.fromkeys(FIGURES[1:-1], 0), "0 is a figure, an empty cell is none"


@pytest.mark.parametrize(
    ("of_company", "of_status", "types"),
    [
        ("提现困难", "问题平台", ["platform.suspended"]),
        ("经侦介入", "normal", ["platform.suspended"]),
        ("跑路", "问题平台", ["platform.closed"]),
        ("停业", "停业或转型", ["platform.closed"]),
        ("转型", "停业或转型", ["platform.closed"]),
        ("normal", "停业或转型", ["platform.closed"]),
        ("", "问题平台", ["platform.suspended"]),
        ("normal", "normal", []),
    ],
)
def test_an_end_is_said_once_at_the_time_it_was_seen(
    imported: Imported, of_company: str, of_status: str, types: list[str]
) -> None:
    _, rows = imported([company(status=of_company)], [status(status=of_status)], [])
    events = events_of(rows)
    assert [each["type"] for each in events] == types
    assert {each["time"] for each in events} <= {FETCHED}
    assert [row.rejected for row in rows] == [None, None]


def test_what_only_one_list_has_is_registered_too(imported: Imported) -> None:
    setup, rows = imported([company()], [status("9", status="问题平台")], [month("2018-06-30", "c", "11")])
    names = [each["data"]["platform"] for each in setup if each["type"] == "platform.registered"]
    assert names == ["wdzj-9", "wdzj-a", "wdzj-c"]
    assert [each["data"]["platform"] for each in events_of(rows) if each["source"] == "registry"] == ["wdzj-9"]


def test_a_number_that_was_not_given_joins_nothing(imported: Imported) -> None:
    setup, _ = imported([company("a", "0"), company("b", "0")], [status("0")], [])
    assert {each["time"] for each in setup} == {FETCHED}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"day": "2018-06-31"}, "date_unreadable"),
        ({FIGURES[3]: "n/a"}, "number_unreadable"),
        (dict.fromkeys(FIGURES, ""), "no_figures"),
        ({"_id": "a b"}, "id_not_allowed"),
    ],
)
def test_a_bad_month_is_counted_under_its_reason(
    imported: Imported, make_ledger: Callable[..., Any], tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    _, rows = imported([company()], [status()], [month("2018-06-30") | change, month("2018-07-31")])
    assert [row.rejected for row in rows] == [reason, None, None, None]
    figures = run_import(Wdzj(), [tmp_path], make_ledger(), lambda _: None)
    assert figures["rejected"] == {reason: 1}
    assert (figures["monthly"], figures["accepted"]) == (2, 3)


def test_an_unknown_status_is_rejected(imported: Imported) -> None:
    _, rows = imported([company(status="sold")], [status(register_time="soon")], [])
    assert [row.rejected for row in rows] == ["status_unknown", "date_unreadable"]


def test_the_months_alone_can_be_imported(write_csv: Write, make_ledger: Callable[..., Any]) -> None:
    path = write_csv("months.csv.gz", [month("2018-06-30"), month("2018-06-30", "b", "8")])
    ledger = make_ledger()
    first = run_import(Wdzj(), [path], ledger, lambda _: None)
    again = run_import(Wdzj(), [path], ledger, lambda _: None)
    assert (first["accepted"], again["accepted"], again["duplicate"]) == (6, 0, 6)


def test_a_file_of_another_kind_is_named(write_csv: Write) -> None:
    with pytest.raises(ImportProblem, match="list of the platform directory"):
        Wdzj().setup([write_csv("pets.csv", [{"cat": "1"}])])
