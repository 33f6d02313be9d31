"""Who did what over HTTP: the same as in the console, in pages, for supervisors alone."""

from __future__ import annotations

from typing import Any

import pytest

from api.deeds import AskedDeeds
from tests.api.console.test_on_the_ledger import _act, _signed_in
from tests.api.console.test_on_the_ledger import alert as the_alert
from tests.api.house import House, assert_problem

alert = the_alert


@pytest.fixture(autouse=True)
def _acted(house: House, alert: str) -> None:
    with _signed_in(house, "wang") as client:
        _act(client, alert, action="comment", text="looked at it")


def _items(house: House, **query: Any) -> list[dict[str, Any]]:
    with house.client("auditor") as client:
        answer = client.get("/v1/deeds", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_pages_say_what_the_whole_says(house: House) -> None:
    whole = _items(house, limit=1000)
    read = house.services.reads.deeds(AskedDeeds(), None, 1000).value
    assert [(each["what"], each["who"], each["position"]) for each in whole] == [
        (each.what, each.who, each.position) for each in read
    ]
    assert {"signed_in", "alert.commented"} <= {each["what"] for each in whole}
    found, following = [], None
    while True:
        page = house.get("registry", "/v1/deeds", limit=2, **({"cursor": following} if following else {})).json()
        found += page["items"]
        following = page["next"]
        if following is None:
            break
    assert found == whole


def test_filters_narrow(house: House) -> None:
    acts = _items(house, kind="alert", who="wang")
    assert {each["what"] for each in acts} == {"alert.commented"}
    assert acts[0]["about"]["text"] == "looked at it"
    assert acts[0]["position"] > 0
    assert {each["position"] for each in _items(house, kind="door")} == {None}
    assert _items(house, who="nobody-of-this-name") == []
    assert _items(house, until="2001-01-01") == []
    assert {each["what"] for each in _items(house, kind="platform")} <= {"platform.registered", "platform.licensed"}


@pytest.mark.parametrize("wrong", ["kind=alert.", "kind=x", "since=yesterday", "since=0001-01-01", "until=9999-12-31",
                                   "x=1", "limit=0", "cursor=zzz", "who=%00"])  # fmt: skip
def test_nonsense_is_refused(house: House, wrong: str) -> None:
    with house.client("auditor") as client:
        assert client.get(f"/v1/deeds?{wrong}").status_code == 422


def test_a_cursor_belongs_to_its_question(house: House) -> None:
    following = house.get("auditor", "/v1/deeds", limit=1).json()["next"]
    assert_problem(house.get("auditor", "/v1/deeds", kind="door", cursor=following), 422, "invalid_parameter")


def test_platforms_and_strangers_learn_nothing(house: House) -> None:
    assert_problem(house.get("huizhong", "/v1/deeds"), 403, "forbidden")
    assert_problem(house.get(None, "/v1/deeds"), 401, "unauthenticated")
