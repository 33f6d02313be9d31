"""docs/loans.md: its example is what the code says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ledger.lending.days import DAY_COUNTS
from ledger.lending.figures import borrower_rate, figures, lender_rate
from ledger.lending.plan import DUE, ENDED, LATE, PAID, REPLACED
from ledger.lending.terms import Charge, History, Payment, Terms

PAGE = (Path(__file__).parents[3] / "docs" / "loans.md").read_text(encoding="utf-8")
BEGUN, DAY = date(2026, 1, 31), date(2026, 5, 10)


def test_the_example() -> None:
    loan = Terms(120_000, "0.12", 6, "equal_instalments")
    payments = (Payment(date(2026, 2, 28), 19_506, 1_200), Payment(date(2026, 3, 31), 19_701 + 30_000, 1_005))
    history = History(BEGUN, payments, charges=(Charge(BEGUN, 1_200, "borrower"),))
    found = figures(loan, history, DAY)
    lines = [f"| {' | '.join(str(each) for each in line)} |" for line in found.schedule]
    assert "\n".join(lines) + "\n\n" in PAGE
    assert (
        f"Outstanding {found.outstanding}, {found.days_past_due} days past due, bucket `{found.bucket}`, "
        f"arrears {found.arrears_principal} and {found.arrears_interest}, accrued {found.accrued_interest}."
    ) in PAGE
    for rate in (borrower_rate, lender_rate):
        value = rate(loan, history, DAY).rate
        assert value is not None
        assert f"{value * 100:.4f} %" in PAGE


def test_the_words() -> None:
    assert all(f"`{state}`" in PAGE for state in (PAID, DUE, LATE, REPLACED, ENDED))
    assert all(name in PAGE for name in DAY_COUNTS)
