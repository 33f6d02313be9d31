"""The stream: tells of new alerts once, resumes where a reader was, ends with the session and with the server."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from api import gate
from api.console.office import live
from tests.api.console.test_on_the_ledger import SYSTEM, _finding, _signed_in, _token
from tests.api.console.test_on_the_ledger import alert as the_alert
from tests.api.house import House

alert = the_alert


def _find(house: House, name: str) -> int:
    finding = _finding([1])
    finding["id"] = f"live-{name}"
    finding["data"]["key"] = {"investor": name}
    answer = house.services.record(house.services.decode(finding, SYSTEM, house.services.now()))
    assert answer.position is not None
    house.catch_up()
    return answer.position


def _ids(client: httpx.Client, after: int, many: int, **headers: str) -> list[int]:
    found: list[int] = []
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.stream("GET", f"/console/live?after={after}", headers=sent) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("id: "):
                found.append(int(line[4:]))
            if len(found) == many:
                break
    return found


def test_it_tells_of_new_alerts_and_resumes(house: House, alert: str) -> None:
    assert alert
    with _signed_in(house, "wang") as client:
        start = house.position()
        later = threading.Timer(1.5, _find, (house, "later"))
        later.start()
        (found,) = _ids(client, start, 1)
        later.join()
        assert found > start
        assert _ids(client, found, 1, Last_Event_ID=str(start)) == [found], "where the reader was counts"
        assert client.get("/console/live?after=x").status_code == 422
    with httpx.Client(base_url=house.url) as stranger:
        assert stranger.get("/console/live").status_code == 303


def test_it_ends_with_the_session_and_with_the_server(
    house: House, alert: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alert
    monkeypatch.setattr(live, "SESSION_SECONDS", 0.5)
    end = house.position() + 1_000
    with _signed_in(house, "chen") as client, client.stream("GET", f"/console/live?after={end}") as answer:
        with httpx.Client(base_url=house.url, cookies=client.cookies, timeout=30) as other:
            page = other.get("/console/deeds").text
            assert other.post("/console/sign-out", data={"csrf": _token(page)}).status_code == 303
        assert list(answer.iter_lines()) is not None, "it ends, within seconds"
    with _signed_in(house, "wang") as client, client.stream("GET", f"/console/live?after={end}") as answer:
        house.services.draining.set()
        try:
            assert [line for line in answer.iter_lines() if line.startswith("event")] == []
        finally:
            house.services.draining.clear()


def test_of_many_streams_at_once_no_more_open_than_one_after_the_other(house: House, alert: str) -> None:
    assert alert
    many, end = 3 * live.STREAMS_MAX, house.position() + 1_000
    asked, leave = threading.Barrier(many + 1), threading.Event()
    with _signed_in(house, "wang") as client:

        def ask(_number: int) -> int:
            with (
                httpx.Client(base_url=house.url, cookies=client.cookies, timeout=30) as own,
                own.stream("GET", f"/console/live?after={end}") as answer,
            ):
                asked.wait(30)
                leave.wait(30)
                return answer.status_code

        with ThreadPoolExecutor(many) as threads:
            answers = threads.map(ask, range(many))
            asked.wait(30)
            leave.set()
            told = sorted(answers)
        assert told == [200] * live.STREAMS_MAX + [429] * (many - live.STREAMS_MAX)
        until = time.monotonic() + 20
        while client.get(f"/console/live?after={end}x").status_code == 422 and time.monotonic() < until:
            with client.stream("GET", f"/console/live?after={end}") as again:
                if again.status_code == 200:
                    break  # who closes pages may open others
            time.sleep(0.2)
        else:
            pytest.fail("closed streams go on counting")


def test_an_open_page_keeps_no_session_awake(house: House, alert: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert alert
    monkeypatch.setattr(live, "SESSION_SECONDS", 0.0)
    end = house.position() + 1_000
    with _signed_in(house, "chen") as client, psycopg.connect(house.dsn, autocommit=True) as connection:
        client.get("/console/deeds")
        time.sleep(0.1)
        monkeypatch.setattr(gate, "REMEMBERED_SECONDS", 0.0)
        with client.stream("GET", f"/console/live?after={end}") as answer:
            connection.execute("UPDATE sessions SET last_seen_at = now() - interval '59 minutes 55 seconds'")
            # It would go on for ever if the stream itself counted as a sign of life.
            assert [line for line in answer.iter_lines() if line.startswith("event")] == []


def test_a_head_opens_no_stream(house: House, alert: str) -> None:
    assert alert
    with _signed_in(house, "wang") as client:
        for _ in range(live.STREAMS_MAX + 1):
            assert client.head("/console/live", timeout=5).headers["content-type"].startswith("text/event-stream")
        assert client.get("/console/deeds", timeout=10).status_code == 200, "the connection is free again"
