"""Whatever stands in a cell, its row gives events that the ledger can read, or a rejection with a documented reason."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.candidate import Candidate
from ledger.intake import Intake
from ops.importers.formats import importer
from tests.ops.importers.test_gitcoin import contribution, grant
from tests.ops.importers.test_lendingclub import charged, loan, of_book
from tests.ops.importers.test_open_collective import GIVEN, account, entry, order
from tests.ops.importers.test_sec_form_c import filing
from tests.ops.importers.test_transfers import ACCOUNTS, TRANSFERS
from tests.ops.importers.test_wdzj import company, month, status

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INTAKE = Intake(bytes(32))
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False).map(str)
CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    NUMBERS,
    st.dates().map(str),
    st.dates().map(lambda date: f"{date:%Y%m%d}"),
    st.sampled_from(["", "0", "-0", "1e15", "9007199254740993", "1E-400", "C/A-W", "c-1", "0x1", " ", "\n"]),
)
FILINGS = [
    filing("C"), filing("C/A", "20200201"), filing("C-U", "20200202"), filing("C/A-W", "20200203"),
    filing("C-AR", "20210401", PERIOD="20201231"), filing("C-W", "20210501"),
]  # fmt: skip
FILES: dict[str, dict[str, list[dict[str, Any]]]] = {
    "gitcoin": {"grants.csv": [grant()], "contributions.csv": [contribution(), contribution("v-1")]},
    "gentex": {"accounts.csv": ACCOUNTS, "transactions.csv": TRANSFERS},
    "sec-form-c": {"filings.csv": FILINGS},
    "lendingclub": {"loans.csv": [loan(), charged()], "book.csv": [of_book(), of_book(loan_status="Charged Off")]},
    "wdzj": {
        "company_list.csv": [company(), company("b", "8", status="停业")],
        "status.csv": [status(), status("8"), status("9", status="问题平台")],
        "monthly.csv": [month("2018-06-30"), month("2018-07-31")],
    },
    "open-collective": {
        "collectives.csv": [account(7, "COLLECTIVE"), account(8), account(9, "ORGANIZATION")],
        "orders.csv": [order(1), order(2, status="ERROR")],
        "transactions.csv": [
            *GIVEN,
            *entry(20, 7, 8, 300, 0),
            *entry(30, 8, 7, 50, 1, deletedAt="2017-01-01 00:00:00+00"),
        ],
    },
}


@pytest.mark.parametrize("name", sorted(FILES))
@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_gives_readable_events_or_a_reason(tmp_path: Path, name: str, data: st.DataObject) -> None:
    reader = importer(name)
    for file, rows in FILES[name].items():
        changed = [dict(row) for row in rows]
        for _ in range(data.draw(st.integers(0, 3), "cells")):
            row = data.draw(st.sampled_from(changed), "row")
            row[data.draw(st.sampled_from(sorted(row)), "column")] = data.draw(CELLS, "text")
        _write(tmp_path / file, changed)
    sums = reader.totals()
    events = reader.setup([tmp_path])
    for row in reader.read([tmp_path]):
        sums.add(row)
        assert row.rejected is None or (row.rejected in reader.reasons and not row.events)
        events += row.events
    sums.result()
    for event in events:
        answer = INTAKE.decode(event, None, NOW)
        assert isinstance(answer, Candidate) or answer.code == "time_in_future", answer


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())
