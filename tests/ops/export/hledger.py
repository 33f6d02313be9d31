"""The program hledger, asked about a journal: an accountant that knows nothing of us."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from ops.export.amounts import decimals
from ops.export.names import ledger_account

needs_hledger = pytest.mark.skipif(
    shutil.which("hledger") is None, reason="hledger is not installed; on Debian: apt-get install hledger"
)


def run(journal: Path, *arguments: str) -> str:
    """What hledger prints. Fails, with what it says, where it doesn't like the journal."""
    # Its own locale: names are UTF-8 only because we percent-encode them, but amounts and errors need not be.
    command = ["hledger", "--file", str(journal), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"LANG": "C.UTF-8", "PATH": _path()}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def check(journal: Path) -> None:
    """Strict: every entry balances, every account and commodity is declared."""
    run(journal, "check", "--strict")


def balances(journal: Path, *arguments: str) -> dict[tuple[str, str], int]:
    """Minor units by our own account name and currency, as hledger adds them up; zeros are left out."""
    table = run(journal, "balance", "--flat", "--no-total", "--layout=bare", "--output-format=csv", *arguments)
    found = {}
    for row in csv.DictReader(io.StringIO(table)):
        amount = Decimal(row["balance"]).scaleb(decimals(row["commodity"]) if row["commodity"] else 0)
        assert amount == int(amount), row
        if amount:
            found[ledger_account(row["account"]), row["commodity"]] = int(amount)
    return found


def totals(journal: Path) -> dict[str, Decimal]:
    """The trial balance: by commodity, what all accounts come to together."""
    table = run(journal, "balance", "--depth=0", "--layout=bare", "--output-format=csv", "--no-total", "--empty")
    return {row["commodity"]: Decimal(row["balance"]) for row in csv.DictReader(io.StringIO(table)) if row["commodity"]}


def view(dsn: str) -> dict[tuple[str, str], int]:
    """The same from the view, zeros left out."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT account, currency, balance FROM view_balances.balances").fetchall()
    return {(account, currency): int(balance) for account, currency, balance in rows if balance}


def _path() -> str:
    found = shutil.which("hledger")
    assert found is not None
    return str(Path(found).parent)
