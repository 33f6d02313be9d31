"""What others do to an alert or a case while somebody looks at it: told, once the pages show it, and to nobody else."""

from __future__ import annotations

import re
import threading

import httpx

from tests.api.console.test_on_the_ledger import _act, _signed_in, _token
from tests.api.console.test_on_the_ledger import alert as the_alert
from tests.api.house import House

alert = the_alert
SAID = "Changed since you opened this page"


def _since(page: str) -> int:
    found = re.search(r'data-live="/console/live\?after=(\d+)"', page)
    assert found
    return int(found[1])


def test_an_alert_that_another_changes(house: House, alert: str) -> None:
    with _signed_in(house, "wang") as wang, _signed_in(house, "chen") as chen:
        house.catch_up()
        page = wang.get(f"/console/alerts/{alert}").text
        assert SAID not in page
        since, address = _since(page), f"/console/alerts/{alert}/news"
        assert SAID not in wang.get(f"{address}?after={since}").text
        _act(chen, alert, action="comment", text="<b>mine</b>")
        house.catch_up()
        piece = wang.get(f"{address}?after={since}").text
        assert SAID in piece
        assert re.search(r"chen commented,\s+<time", piece)
        assert "<b>mine" not in piece
        assert f'hx-get="{address}?after={since}"' in piece, "it goes on telling"
        again = wang.get(f"/console/alerts/{alert}").text
        assert SAID not in wang.get(f"{address}?after={_since(again)}").text
        for wrong in ("x", "", "-1", "9" * 30):
            assert wang.get(f"{address}?after={wrong}").status_code == 422
        assert wang.get("/console/alerts/X-1:ab:1/news?after=1").status_code == 404
    with httpx.Client(base_url=house.url) as stranger:
        assert stranger.get(f"{address}?after=1").status_code == 303


def test_a_case_that_another_changes(house: House, alert: str) -> None:
    with house.client("registry") as client:
        case = client.post("/v1/cases", json={"title": "A matter", "alerts": [alert]}).json()["case"]
    house.catch_up()
    with _signed_in(house, "wang") as wang:
        since = _since(wang.get(f"/console/cases/{case}").text)
        with house.client("registry") as client:
            done = client.post(f"/v1/cases/{case}/actions", json={"action": "note", "text": "seen"})
        assert done.status_code in {200, 201}, done.text
        house.catch_up()
        assert SAID in wang.get(f"/console/cases/{case}/news?after={since}").text
        assert wang.get("/console/cases/K-1999-000001/news?after=1").status_code == 404


def test_the_stream_tells_of_acts(house: House, alert: str) -> None:
    house.catch_up()
    with _signed_in(house, "wang") as wang, _signed_in(house, "chen") as chen:
        assert _token(chen.get(f"/console/alerts/{alert}").text)
        after = house.position()

        def act() -> None:
            _act(chen, alert, action="comment", text="x")
            house.catch_up()

        later = threading.Timer(1.0, act)
        later.start()
        with wang.stream("GET", f"/console/live?after={after}") as answer:
            lines = answer.iter_lines()
            kind = next(line for line in lines if line.startswith("event: "))
            position = next(line for line in lines if line.startswith("data: "))
        later.join()
        assert (kind, int(position[6:]) > after) == ("event: acts", True)
