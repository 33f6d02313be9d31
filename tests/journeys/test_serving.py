"""The life of a server: it starts, works, is replaced, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import threading
from pathlib import Path

import httpx
import pytest

from tests.api.house import LINES, SINGLE, campaign, lines, opening, pledge
from tests.journeys.server import Server, wait_for

pytestmark = pytest.mark.journey


def _post(server: Server, key: str, body: bytes, form: str = LINES) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": form}
    return httpx.post(f"{server.url}/v1/events", content=body, headers=headers, timeout=60)


def test_from_a_key_to_a_balance_and_a_signed_head(server: Server) -> None:
    registry = server.run("keys", "create", "--role", "regulator", "--name", "lin").strip()
    platform = server.run(
        "keys", "create", "--role", "platform", "--name", "p", "--source", "platform:huizhong"
    ).strip()
    assert registry.startswith("cl_regulator_"), "the key stands alone on stdout"
    assert platform.startswith("cl_platform_")
    assert _post(server, registry, lines(opening())).json()["accepted"] == 4
    assert _post(server, platform, lines([*campaign(), pledge("A-1")])).json()["accepted"] == 5
    assert _post(server, platform, json.dumps(pledge("A-2")).encode(), SINGLE).status_code == 201

    def balance() -> list[dict[str, object]]:
        headers = {"Authorization": f"Bearer {registry}"}
        query = {"account": "receivable/huizhong/"}
        answer = httpx.get(f"{server.url}/v1/balances", params=query, headers=headers).json()
        return answer["items"] if answer["position"] == 10 else []

    assert wait_for(balance) == [{"account": "receivable/huizhong/U-1", "currency": "CNY", "balance": 10000}]
    assert wait_for(lambda: httpx.get(f"{server.url}/v1/checkpoint").text.split("\n")[1:2] == ["10"])
    assert "crowdledger keys" not in server.log()
    assert registry not in server.log()


def test_stop_is_quick_and_leaves_nothing(server: Server) -> None:
    children = server.children()
    assert len(children) == 2, "the worker and PostgreSQL's watchdog"
    assert server.stop() < 10
    wait_for(lambda: not any(_runs(pid) for pid in children))


def test_an_open_stream_neither_holds_up_a_stop_nor_is_cut_off(server: Server) -> None:
    password = server.run("users", "create", "--name", "chen", "--role", "regulator").strip()
    with httpx.Client(base_url=server.url, timeout=30) as client:
        token = re.search('name="csrf" value="([^"]+)"', client.get("/console/sign-in").text)
        assert token is not None
        form = {"csrf": token[1], "name": "chen", "password": password}
        assert client.post("/console/sign-in", data=form).status_code == 303
        with client.stream("GET", "/console/live") as answer:
            assert answer.status_code == 200
            stopped = threading.Thread(target=server.stop)
            stopped.start()
            assert [line for line in answer.iter_lines() if line.startswith("event")] == [], "it ends, whole"
    stopped.join()
    assert '"level": "error"' not in server.log()


def test_kill_of_the_server_takes_its_children_along(server: Server) -> None:
    children = server.children()
    server.kill()
    wait_for(lambda: not any(_runs(pid) for pid in children))
    server.start()


def test_worker_that_dies_is_started_again(server: Server) -> None:
    before = server.children()
    worker = next(pid for pid in before if "--with-parent" in _command(pid))
    os.kill(worker, 9)
    wait_for(lambda: any("--with-parent" in _command(pid) for pid in server.children() if pid != worker))
    assert "child_ended" in server.log()


def test_second_server_on_a_folder_is_told_who_the_first_is(server: Server) -> None:
    with pytest.raises(AssertionError, match=str(server.process.pid if server.process else "")):
        server.run("serve")


def test_without_postgres_reads_and_writes_say_so_and_come_back(server: Server) -> None:
    registry = server.run("keys", "create", "--role", "regulator", "--name", "lin").strip()
    headers = {"Authorization": f"Bearer {registry}", "Content-Type": SINGLE}
    events = [json.dumps(each).encode() for each in opening()]
    assert httpx.post(f"{server.url}/v1/events", content=events[0], headers=headers).status_code == 201
    server.kill_postgres()
    statuses = []
    for _ in range(600):
        answer = httpx.post(f"{server.url}/v1/events", content=events[1], headers=headers, timeout=30)
        statuses.append(answer.status_code)
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        if answer.status_code != 503:
            break
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"]
    assert statuses[-1] in {200, 201}, statuses
    assert 503 in statuses, "the crash was not seen at all"
    wait_for(server.is_ready, server.log)


def _runs(pid: int) -> bool:
    return bool(_command(pid))


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
