"""Labelled transfers: events by their source's numbers, nothing of the labels, every quirk counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.importers.base import ImportProblem
from ops.importers.formats import importer
from ops.importers.run import run_import
from tests.ops.importers.conftest import MemoryLedger

Write = Callable[..., Path]

ACCOUNTS = [
    {"account_id": name, "platform_id": bank, "opening_balance": "12.50", "age": "40"}
    for name, bank in (("A1", "bank_a"), ("A2", "bank_b"), ("A3", "bank_a"))
]
TRANSFERS = [
    {
        "tx_id": f"T{n}",
        "ts": f"2023-01-0{n}T10:00:00Z",
        "step": str(n - 1),
        "src": payer,
        "dst": payee,
        "amount": "9.99",
    }
    for n, (payer, payee) in enumerate([("A1", "A2"), ("A2", "A3"), ("A3", "A1")], 1)
]


@pytest.fixture
def imported(write_csv: Write, memory_ledger: MemoryLedger) -> Callable[..., dict[str, Any]]:
    def run(accounts: list[dict[str, str]], transfers: list[dict[str, str]], name: str = "gentex") -> dict[str, Any]:
        write_csv("accounts.csv", accounts)
        write_csv("labels.csv.gz", [{"tx_id": "T1", "is_illicit": "1", "pattern_id": "7", "typology": "cycle"}])
        folder = write_csv("transactions.csv.gz", transfers).parent
        return run_import(importer(name), [folder], memory_ledger, lambda _: None)

    return run


def test_accounts_are_parties_and_transfers_keep_their_numbers(
    imported: Callable[..., dict[str, Any]], memory_ledger: MemoryLedger
) -> None:
    figures = imported(ACCOUNTS, TRANSFERS)
    assert figures["rows"] == 6
    assert (figures["transactions"], figures["accounts"], figures["days"], figures["moved_minor"]) == (3, 3, 3, 2997)
    by_id = {(each["source"], each["id"]): each for each in memory_ledger.order}
    assert {key for key in by_id if key[0] == "registry"} == {
        ("registry", f"{name}:{what}") for name in ("gentex", "bank_a", "bank_b") for what in ("registered", "licensed")
    }
    transfer = by_id["platform:gentex", "T2"]
    assert transfer["type"] == "transfer.reported"
    assert transfer["data"] == {
        "transfer": "T2", "payer": "A2", "payee": "A3", "amount": 999, "currency": "USD", "extra": {"tx_id": "T2"},
    }  # fmt: skip
    assert by_id["platform:gentex", "A2:registered"]["data"]["extra"] == {
        "platform": "bank_b",
        "opening_balance": "12.50",
    }
    texts = json.dumps(memory_ledger.order)
    assert "cycle" not in texts
    assert "illicit" not in texts


def test_a_second_run_only_meets_duplicates(imported: Callable[..., dict[str, Any]]) -> None:
    first = imported(ACCOUNTS, TRANSFERS, "amlsim")
    second = imported(ACCOUNTS, TRANSFERS, "amlsim")
    assert (second["accepted"], second["duplicate"]) == (0, first["accepted"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"src": "A9"}, "account_unknown"),
        ({"dst": "A2", "src": "A2"}, "to_itself"),
        ({"amount": "0.001"}, "amount_rounds_to_zero"),
        ({"amount": "-3"}, "amount_negative"),
        ({"amount": "ten"}, "amount_unreadable"),
        ({"ts": "yesterday"}, "time_unreadable"),
        ({"ts": "", "step": "-1"}, "time_unreadable"),
        ({"tx_id": "T1"}, "number_twice"),
        ({"tx_id": "T 2"}, "id_not_allowed"),
    ],
)
def test_what_is_no_transfer_is_counted_by_reason(
    imported: Callable[..., dict[str, Any]], change: dict[str, str], reason: str
) -> None:
    figures = imported(ACCOUNTS, [TRANSFERS[0], TRANSFERS[1] | change])
    assert (figures["rejected"], figures["transactions"]) == ({reason: 1}, 1)


def test_without_times_a_step_is_a_day(imported: Callable[..., dict[str, Any]], memory_ledger: MemoryLedger) -> None:
    bare = [{key: text for key, text in each.items() if key != "ts"} for each in TRANSFERS]
    imported([{key: each[key] for key in ("account_id", "opening_balance")} for each in ACCOUNTS], bare, "amlsim")
    times = [each["time"] for each in memory_ledger.order if each["type"] == "transfer.reported"]
    assert times == [f"2023-01-0{n}T00:00:00Z" for n in (1, 2, 3)]


def test_two_sets_at_once_are_not_guessed_apart(write_csv: Write) -> None:
    paths = [write_csv(f"{n}/transactions.csv", TRANSFERS) for n in (1, 2)]
    with pytest.raises(ImportProblem, match="one set"):
        list(importer("gentex").read([*paths, write_csv("accounts.csv", ACCOUNTS)]))


@pytest.mark.data
@pytest.mark.parametrize(("name", "empty"), [("gentex", 62), ("amlsim", 5)])
def test_the_real_sets_come_whole_but_for_transfers_of_nothing(
    shared_data: Callable[[str], Path], memory_ledger: MemoryLedger, name: str, empty: int
) -> None:
    folder = shared_data(f"aml/{name}/stats.json").parent
    figures = run_import(importer(name), [folder], memory_ledger, lambda _: None)
    stated = json.loads((folder / "stats.json").read_text())
    assert figures["rejected"] == {"amount_rounds_to_zero": empty}
    assert (figures["transactions"] + empty, figures["accounts"]) == (stated["transactions"], stated["accounts"])
    assert figures["days"] == stated["days"]
    assert figures["accepted"] == figures["transactions"] + figures["accounts"] + 8
