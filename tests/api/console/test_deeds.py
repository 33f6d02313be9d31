"""Who did what: both sources in one order over all pages, filters, and a file that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import httpx
import pytest

from api.console.office.deeds import cell
from api.deeds import AskedDeeds, BeforeDeed
from tests.api.console.test_on_the_ledger import _act, _signed_in
from tests.api.console.test_on_the_ledger import alert as the_alert
from tests.api.house import House

alert = the_alert


@pytest.fixture
def wang(house: House, alert: str) -> Iterator[httpx.Client]:
    with _signed_in(house, "wang") as client:
        _act(client, alert, action="comment", text="=1+1<b>")
        yield client


def test_acts_and_sign_ins_stand_in_one_order_over_pages(house: House, wang: httpx.Client) -> None:
    read = house.services.reads.deeds
    whole = read(AskedDeeds(), None, 1000).value
    assert {each.what for each in whole} >= {"signed_in", "alert.commented", "platform.registered"}
    assert [each.at for each in whole] == sorted((each.at for each in whole), reverse=True)
    found, position, number = [], None, None
    while page := read(AskedDeeds(), BeforeDeed(position, number), 3).value:
        found += page
        position = next((e.position for e in reversed(page) if e.position is not None), position)
        number = next((e.number for e in reversed(page) if e.number is not None), number)
    assert found == whole
    assert wang.get("/console/deeds").text.count('scope="row"') == len(whole)


def test_filters_narrow_and_nonsense_is_refused(wang: httpx.Client) -> None:
    acts = wang.get("/console/deeds?kind=alert.&who=wang").text
    assert "Comment on an alert" in acts
    assert "Signed in" not in acts
    assert "<b>" not in acts
    assert "Comment on an alert" not in wang.get("/console/deeds?kind=door").text.partition("<table")[2]
    assert "Nothing was done" in wang.get("/console/deeds?who=nobody-of-this-name").text
    assert "Nothing was done" in wang.get("/console/deeds?until=2001-01-01").text
    for wrong in ("kind=x", "since=yesterday", "since=0001-01-01", "x=1", "cursor=zzz", "until=9999-12-31"):
        assert wang.get(f"/console/deeds?{wrong}").status_code == 422, wrong


def test_the_file_says_the_same_and_runs_nothing(house: House, wang: httpx.Client) -> None:
    answer = wang.get("/console/deeds/file?kind=alert.")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[1][1:4] == ["wang", "Comment on an alert", "alert.commented"]
    assert rows[1][5] == "'=1+1<b>"
    assert not [each for row in rows for each in row if re.match(r"[=+\-@\t\r]", each)]
    with httpx.Client(base_url=house.url) as stranger:
        assert stranger.get("/console/deeds/file").status_code == 303


@pytest.mark.parametrize("risky", ["=cmd()", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_formula_becomes_text(risky: str) -> None:
    assert cell(risky) == f"'{risky}"
