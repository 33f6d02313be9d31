"""Into a real ledger: directly, over HTTP, again, and after `kill -9` in the middle. The end is always the same."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn

from api.app import create_app
from ops.compose import build
from ops.importers.direct import direct
from ops.importers.formats import importer
from ops.importers.http import HttpSink
from ops.importers.lent_keys import lent_keys
from ops.importers.run import run_import
from ops.settings import Settings

Find = Callable[[str], Path]


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, secret_key="test")


def import_directly(settings: Settings, name: str, path: Path) -> dict[str, Any]:
    with direct(settings) as sink:
        return run_import(importer(name), [path], sink, lambda _: None)


def state_of(dsn: str) -> list[tuple[Any, ...]]:
    """Every event in order, with its content and its postings: what two ledgers must agree on."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT position, source, id, body, postings FROM events ORDER BY position"
        ).fetchall()


def balances(dsn: str) -> dict[str, int]:
    """By kind of account, summed from the recorded postings."""
    sums: dict[str, int] = {}
    with psycopg.connect(dsn) as connection:
        for (postings,) in connection.execute("SELECT postings FROM events WHERE postings IS NOT NULL"):
            for account, currency, amount in json.loads(bytes(postings) if isinstance(postings, bytes) else postings):
                assert currency == "USD"
                kind = account.partition("/")[0]
                sums[kind] = sums.get(kind, 0) + amount
    return sums


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "folder", "events"),
    [("gitcoin", "gitcoin_gr3", 3_846), ("sec-form-c", "sec_form_c", 13_936), ("wdzj", "wdzj_platforms", 12_080)],
)
def test_the_ledger_accepts_all_and_a_second_run_adds_nothing(
    settings: Settings, database_url: str, shared_data: Find, name: str, folder: str, events: int
) -> None:
    path = shared_data(f"real/{folder}/expected.json").parent
    first = import_directly(settings, name, path)
    assert (first["accepted"], first["parked"], first["refused"]) == (events, 0, 0), first["problems"]
    before = state_of(database_url)
    second = import_directly(settings, name, path)
    assert (second["duplicate"], second["accepted"]) == (events, 0)
    assert state_of(database_url) == before
    expected = json.loads((path / "expected.json").read_text())
    assert {key: second[key] for key in expected} == expected


@pytest.mark.data
def test_the_ledgers_money_is_the_sources_money(settings: Settings, database_url: str, shared_data: Find) -> None:
    path = shared_data("real/gitcoin_gr3/expected.json").parent
    import_directly(settings, "gitcoin", path)
    sums = balances(database_url)
    assert sum(sums.values()) == 0
    # 158,803.8191867... USD in 1,299 roundings of half a cent at most; nothing is left in escrow.
    assert abs(sums["issuer"] - 15_880_382) <= 650
    assert sums.get("escrow", 0) == 0


@contextmanager
def served(settings: Settings, dsn: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening, build(settings, dsn) as services:
        server = uvicorn.Server(uvicorn.Config(create_app(services), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.data
def test_over_http_the_ledger_ends_the_same(settings: Settings, database_url: str, shared_data: Find) -> None:
    path = shared_data("real/gitcoin_gr3/expected.json").parent
    with (
        served(settings, database_url) as url,
        lent_keys(settings) as keys,
        HttpSink(httpx.Client(base_url=url, timeout=60), keys, time.sleep) as sink,
    ):
        first = run_import(importer("gitcoin"), [path], sink, lambda _: None)
        assert (first["accepted"], first["parked"], first["refused"]) == (3_846, 0, 0), first["problems"]
        second = run_import(importer("gitcoin"), [path], sink, lambda _: None)
    assert (second["accepted"], second["duplicate"], second["problems"]) == (0, 3_846, [])
    over_http = state_of(database_url)
    again = import_directly(settings, "gitcoin", path)
    assert (again["accepted"], again["duplicate"]) == (0, 3_846)
    assert state_of(database_url) == over_http
    with psycopg.connect(database_url) as connection:
        in_use = connection.execute("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL").fetchone()
    assert in_use == (0,)


@pytest.fixture
def loans(write_csv: Callable[..., Path]) -> Path:
    """2,500 loans of every kind, about 15,000 events."""
    rng = random.Random(20150401)
    rows = []
    for number in range(2_500):
        bad = number % 6 == 0
        back = rng.randrange(0, 5_400) if bad else 5_400
        interest = rng.randrange(0, 1_500)
        recovered = rng.randrange(0, 9_000) if bad and number % 4 == 0 else 0
        rows.append(
            {
                "id": number, "loan_status": "Charged Off" if bad else "Fully Paid", "issue_d": "2015-04-01",
                "zip_code_prefix": "921", "grade": "B", "sub_grade": "B1", "installment": "194.07", "int_rate": "17.57",
                "collection_recovery_fee": recovered / 8, "recoveries": recovered, "debt_settlement_flag": "N",
                "settlement_amount": "", "settlement_date": "", "settlement_percentage": "", "settlement_status": "",
                "settlement_term": "", "total_pymnt": back + interest + recovered, "total_pymnt_inv": back,
                "total_rec_int": interest, "total_rec_late_fee": "0", "total_rec_prncp": back,
            }
        )  # fmt: skip
    return write_csv("loans.csv.gz", rows)


@pytest.mark.parametrize("seconds", [0.02, 0.15])
def test_an_import_that_is_killed_and_repeated_ends_like_one_that_was_not(
    settings: Settings, database_url: str, loans: Path, tmp_path: Path, seconds: float
) -> None:
    command = [sys.executable, "-m", "ops.cli", "import", "lendingclub", str(loans), "--json"]
    environ = os.environ | {
        "CROWDLEDGER_DATABASE_URL": database_url,
        "CROWDLEDGER_DATA_DIR": str(tmp_path),
        "CROWDLEDGER_SECRET_KEY": "test",
    }
    killed = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not state_of(database_url) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(seconds)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    cut = state_of(database_url)
    assert cut
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60)
    figures = json.loads(done.stdout)
    assert (figures["parked"], figures["refused"], figures["rejected"]) == (0, 0, {}), figures["problems"]
    assert figures["accepted"] + figures["duplicate"] == figures["events"]
    assert figures["duplicate"] >= len(cut)
    after = state_of(database_url)
    assert len(cut) < len(after)
    assert after[: len(cut)] == cut
    # The same as read in one go: order, content and money depend on the file alone.
    whole = [(event["source"], event["id"]) for event in importer("lendingclub").setup([loans])]
    whole += [(event["source"], event["id"]) for row in importer("lendingclub").read([loans]) for event in row.events]
    assert [(source, id) for _, source, id, _, _ in after] == whole
    assert sum(balances(database_url).values()) == 0
