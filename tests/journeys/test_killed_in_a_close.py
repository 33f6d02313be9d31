"""The close of a campaign with 100,000 pledges while everything is killed: all of them end, or none."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

from ledger.states.campaigns import Campaign
from ledger.store import reading
from ops.postgres.home import Home
from tests.api.house import LINES, SINGLE, campaign, event, lines, opening, pledge
from tests.journeys.server import Server, wait_for

pytestmark = pytest.mark.journey
PLEDGES, INVESTORS, AMOUNT = 100_000, 20_000, 5_000
CLOSE = event("campaign.closed", {"campaign": "C-9", "outcome": "failed"}, name="close", time="2024-03-03T00:00:00Z")
OWN = "campaign:huizhong/C-9"


@pytest.mark.slow
def test_all_promises_end_or_none(server: Server, seed: int) -> None:
    registry = server.run("keys", "create", "--role", "regulator", "--name", "lin").strip()
    platform = server.run(
        "keys", "create", "--role", "platform", "--name", "p", "--source", "platform:huizhong"
    ).strip()
    _post(server, registry, lines(opening()), LINES)
    _post(server, platform, lines(campaign()), LINES)
    parties = (event("party.registered", {"party": f"W-{n}", "kind": "person"}) for n in range(INVESTORS))
    _post(server, platform, lines(parties), LINES)
    made = (pledge(f"K-{n}", amount=AMOUNT, investor=f"W-{n % INVESTORS}") for n in range(PLEDGES))
    assert _post(server, platform, lines(made), LINES)["accepted"] == PLEDGES
    chance = random.Random(seed)
    for victim in ("postgres", "server", "postgres"):
        sender = threading.Thread(target=partial(_try, server, platform))
        sender.start()
        time.sleep(chance.uniform(0.05, 1.5))
        if victim == "postgres":
            server.kill_postgres()
        else:
            server.kill()
            server.start()
        sender.join(120)
        wait_for(server.is_ready, server.log)
        _check_all_or_none(server)
    wait_for(lambda: _try(server, platform), server.log)
    assert _check_all_or_none(server), "the retry ends it"
    _check_the_views(server, registry)


def _post(server: Server, key: str, body: bytes, kind: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
    query = {"results": "problems"} if kind == LINES else {}
    answer = httpx.post(f"{server.url}/v1/events", content=body, headers=headers, params=query, timeout=300)
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json())


def _try(server: Server, key: str) -> bool:
    """The close, once; whether it was taken."""
    with suppress(httpx.TransportError, AssertionError):
        return _post(server, key, lines([CLOSE]).strip(), SINGLE)["status"] in {"accepted", "duplicate"}
    return False


def _check_all_or_none(server: Server) -> bool:
    """State, event and postings agree; whether it is closed."""
    with psycopg.connect(_dsn(server)) as connection:
        state = reading.states(connection, [OWN])[OWN]
        close = reading.event(connection, "platform:huizhong", "close")
    assert isinstance(state, Campaign)
    if close is None:
        assert (state.status, state.pledged, state.voided, state.pledges) == ("open", AMOUNT * PLEDGES, 0, PLEDGES)
        return False
    assert (state.status, state.pledged, state.voided, state.pledges) == ("failed", 0, AMOUNT * PLEDGES, 0)
    assert len(close.postings) == INVESTORS + 1
    assert {line.amount for line in close.postings} == {-AMOUNT * PLEDGES // INVESTORS, AMOUNT * PLEDGES}
    return True


def _check_the_views(server: Server, registry: str) -> None:
    headers = {"Authorization": f"Bearer {registry}"}

    def ask(path: str) -> Any:
        found = httpx.get(f"{server.url}{path}", headers=headers, timeout=30)
        head = httpx.get(f"{server.url}/readyz", timeout=5).json()["position"]
        return found.json() if found.status_code == 200 and found.json()["position"] == head else None

    balances = wait_for(partial(ask, "/v1/balances?account=receivable/"), server.log)
    assert balances["totals"] == [{"currency": "CNY", "balance": 0}]
    assert wait_for(partial(ask, "/v1/balances"), server.log)["totals"] == [{"currency": "CNY", "balance": 0}]
    with psycopg.connect(_dsn(server)) as connection:
        rows = wait_for(partial(_statuses, connection))
    assert rows == [("void", PLEDGES)]
    shown = httpx.get(f"{server.url}/v1/events/platform:huizhong/close", headers=headers, timeout=30).json()
    assert (len(shown["postings"]), shown["postings_count"]) == (1_000, INVESTORS + 1)
    one = httpx.get(f"{server.url}/v1/pledges/platform:huizhong/K-7", headers=headers, timeout=30).json()
    assert (one["status"], one["pledged"], one["refund_due"]) == ("void", 0, 0)


def _statuses(connection: psycopg.Connection) -> list[tuple[Any, ...]] | None:
    rows = connection.execute("SELECT status, count(*) FROM view_pledges.pledges GROUP BY status").fetchall()
    connection.rollback()
    return rows if len(rows) == 1 and rows[0][0] == "void" else None


def _dsn(server: Server) -> str:
    note = Home(server.folder / "postgres").read_note()
    assert note is not None
    return str(note["dsn"])
