"""Ten thousand events while everything is killed: sent again, every one of them is there, once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

from ops.postgres.home import Home
from tests.api.house import LINES, campaign, event, lines, opening, pledge
from tests.journeys.server import Server, wait_for

pytestmark = pytest.mark.journey
PLEDGES = 5_000
SEED = 20240302


def _batch() -> list[dict[str, Any]]:
    """10,000 events: each pledge is made, then collected."""
    made = [pledge(f"K-{number}") for number in range(PLEDGES)]
    collected = [event("pledge.collected", {"pledge": f"K-{number}"}) for number in range(PLEDGES)]
    return [each for pair in zip(made, collected, strict=True) for each in pair]


def _send_until_taken(server: Server, key: str, body: bytes, attempts: list[object]) -> dict[str, Any]:
    """As a careful sender does: the same again, until it is answered."""
    while True:
        with suppress(httpx.TransportError):
            headers = {"Authorization": f"Bearer {key}", "Content-Type": LINES}
            query = {"results": "problems"}
            answer = httpx.post(f"{server.url}/v1/events", content=body, headers=headers, params=query, timeout=120)
            attempts.append(answer.status_code)
            if answer.status_code == 200:
                return dict(answer.json())
            assert answer.status_code == 503, answer.text
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["postgres", "server"])
def test_every_event_is_there_once(server: Server, victim: str) -> None:
    registry = server.run("keys", "create", "--role", "regulator", "--name", "lin").strip()
    platform = server.run(
        "keys", "create", "--role", "platform", "--name", "p", "--source", "platform:huizhong"
    ).strip()
    _send_until_taken(server, registry, lines(opening()), [])
    _send_until_taken(server, platform, lines(campaign()), [])
    base = _position(server)
    body = lines(_batch())
    attempts: list[object] = []
    taken: list[dict[str, Any]] = []
    sender = threading.Thread(target=lambda: taken.append(_send_until_taken(server, platform, body, attempts)))
    sender.start()
    chance = random.Random(SEED)
    for _ in range(3):
        killed_at = _position(server) + chance.randint(200, 1500)
        wait_for(partial(_has_come, server, taken, killed_at))
        _kill(server, victim)
    sender.join(120)
    assert taken, (attempts, server.log()[-2000:])
    assert taken[0]["parked"] == taken[0]["refused"] == 0
    assert taken[0]["accepted"] + taken[0]["duplicate"] == 2 * PLEDGES
    _check_the_log(server, base)
    _check_the_books(server, registry)


def _kill(server: Server, victim: str) -> None:
    if victim == "postgres":
        server.kill_postgres()
        wait_for(server.is_ready, server.log)
    else:
        server.kill()
        server.start()


def _has_come(server: Server, taken: list[dict[str, Any]], position: int) -> bool:
    return bool(taken) or _position(server) >= position


def _position(server: Server) -> int:
    with suppress(httpx.TransportError, KeyError):
        return int(httpx.get(f"{server.url}/readyz", timeout=5).json()["position"])
    return 0


def _check_the_log(server: Server, base: int) -> None:
    note = Home(server.folder / "postgres").read_note()
    assert note is not None
    with psycopg.connect(note["dsn"]) as connection:
        count, distinct, last = connection.execute(
            "SELECT count(*), count(DISTINCT (source, id)), max(position) FROM events"
        ).fetchone() or (0, 0, 0)
    assert count == distinct == last == base + 2 * PLEDGES


def _check_the_books(server: Server, registry: str) -> None:
    headers = {"Authorization": f"Bearer {registry}"}

    def ask(path: str) -> Callable[[], Any]:
        def answer() -> Any:
            found = httpx.get(f"{server.url}{path}", headers=headers, timeout=30)
            body = found.json()
            return body if found.status_code == 200 and body["position"] == _position(server) else None

        return answer

    escrow = wait_for(ask("/v1/balances?account=escrow/huizhong/"), server.log)
    assert escrow["items"] == [{"account": "escrow/huizhong/C-9", "currency": "CNY", "balance": 5000 * PLEDGES}]
    assert wait_for(ask("/v1/balances"), server.log)["totals"] == [{"currency": "CNY", "balance": 0}]
    campaign_now = httpx.get(f"{server.url}/v1/campaigns/platform:huizhong/C-9", headers=headers).json()
    assert campaign_now["collected"] == campaign_now["in_escrow"] == 5000 * PLEDGES
