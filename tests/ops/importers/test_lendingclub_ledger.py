"""Every LendingClub loan through the real decisions, held against its line of the source file, to the cent.

The source is read here by its own few lines: nothing of the importer's reading stands between it and the comparison.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.asof.facts import Fact
from ledger.asof.lent import lent
from ledger.candidate import Candidate
from ledger.decisions.base import micros
from ledger.decisions.dispatch import decide
from ledger.intake import Intake
from ledger.lending.figures import Figures, figures
from ledger.states.base import State
from ledger.states.loans import Loan
from ops.importers.base import Row
from ops.importers.lendingclub import LendingClub
from tests.ledger.given import World

pytestmark = pytest.mark.data
NOW, AFTERWARDS = datetime(2026, 1, 1, tzinfo=UTC), date(2025, 12, 31)
INTAKE = Intake(bytes(32))


class Played(NamedTuple):
    """A loan as the ledger has it: its state, its figures at the end, and on the day before it was written off."""

    state: Loan
    end: Figures
    before: Figures
    recovered_beyond: int  # recovered as interest: more came in than had been lost


def cents(text: str) -> int:
    return int((Decimal(text) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as text:
        yield from csv.DictReader(text)


def play(world: World, row: Row) -> Played:
    facts, key = [], ""
    for sent in row.events:
        candidate = INTAKE.decode(sent, None, NOW)
        assert isinstance(candidate, Candidate), candidate
        outcome = decide(candidate, world)
        world.states.update(outcome.changes)
        facts.append(
            Fact(len(facts), candidate.scope, candidate.type, micros(candidate.happened_at), UTC, candidate.data,
                 outcome.postings)
        )  # fmt: skip
        key = f"loan:lendingclub/{sent['data'].get('loan', '')}"
    found = lent(key, facts)
    assert found is not None
    state = world.states[key]
    assert isinstance(state, Loan)
    terms, history = found
    day = min((each.on for each in history.losses), default=AFTERWARDS + timedelta(days=1)) - timedelta(days=1)
    extra = [each["data"] for each in row.events if each["id"].endswith(":recovered")]
    beyond = sum(each["interest"] for each in extra)
    return Played(state, figures(terms, history, AFTERWARDS), figures(terms, history, day), beyond)


class Lean(World):
    """A boundary of states as they are: their texts are tested elsewhere, and cost half of the time here."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, State] = {}

    def get(self, key: str) -> State | None:
        return self.states.get(key)


def played(folder: Path, every: int) -> Iterator[tuple[dict[str, str], Played]]:
    importer, world = LendingClub(), Lean()
    opening = [*importer.setup([folder])]
    source = lines(folder / "loans.csv.gz")
    rows = importer.read([folder])
    investors = next(rows)
    for sent in [*opening, *investors.events]:
        candidate = INTAKE.decode(sent, None, NOW)
        assert isinstance(candidate, Candidate)
        world.states.update(decide(candidate, world).changes)
    for number, (line, row) in enumerate(zip(source, rows, strict=True)):
        if number % every:
            continue
        kept = dict(world.states)
        yield line, play(world, row)
        party = world.states["party:lendingclub/lc-investors"]
        world.states = {**kept, "party:lendingclub/lc-investors": party}


def differences_of_outcome(line: dict[str, str], found: Played) -> list[str]:
    end, state = found.end, found.state
    principal, interest = cents(line["total_rec_prncp"]), cents(line["total_rec_int"])
    recovered = cents(line["recoveries"])
    lost = state.amount - principal
    expected = {
        "principal": (end.received.principal, principal),
        "interest": (end.received.interest - found.recovered_beyond, interest),
        "late fees": (end.received.penalty, cents(line["total_rec_late_fee"])),
        "recoveries": (end.received.recovered + found.recovered_beyond, recovered),
        "outstanding before": (found.before.outstanding, lost),
        "outstanding after": (end.outstanding, 0),
        "lost": (end.written_off, lost - min(recovered, lost)),
        "status": (state.status, "settled" if line["loan_status"] == "Fully Paid" else "written_off" if lost else None),
        "state": ((state.outstanding, state.lost), (end.outstanding, end.written_off)),
        "claims": (sum(state.holders.values()), end.outstanding),
    }
    return [f"{name}: {got}, the source says {wanted}" for name, (got, wanted) in expected.items() if got != wanted]


def differences_of_book(line: dict[str, str], found: Played) -> list[str]:
    end, state = found.end, found.state
    amount, principal = cents(line["loan_amount"]), cents(line["paid_principal"])
    expected = {
        "amount": (state.amount, amount),
        "term": (state.term_months, int(line["term"])),
        "balance": (end.outstanding, cents(line["balance"])),
        "outstanding before": (found.before.outstanding, amount - principal),
        "principal": (end.received.principal, principal),
        "interest": (end.received.interest, cents(line["paid_interest"])),
        "late fees": (end.received.penalty, cents(line["paid_late_fees"])),
        "claims": (sum(state.holders.values()), end.outstanding),
    }
    return [f"{name}: {got}, the source says {wanted}" for name, (got, wanted) in expected.items() if got != wanted]


@pytest.mark.parametrize(
    ("folder", "compare", "loans", "every"),
    [
        pytest.param("lendingclub_2015", differences_of_outcome, 64_222, 1, marks=pytest.mark.slow),
        ("lendingclub_2018", differences_of_book, 6_383, 20),
        pytest.param("lendingclub_2018", differences_of_book, 6_383, 1, marks=pytest.mark.slow),
    ],
)
def test_each_loan_is_the_sources(
    shared_data: Callable[[str], Path],
    folder: str,
    compare: Callable[[dict[str, str], Played], list[str]],
    loans: int,
    every: int,
) -> None:
    path = shared_data(f"real/{folder}/expected.json").parent
    wrong, statuses = [], Counter[str]()
    for line, found in played(path, every):
        statuses[line["loan_status"]] += 1
        wrong += [(line.get("id") or line["row"], each) for each in compare(line, found)]
    assert wrong == []
    assert statuses.total() == -(-loans // every)
