"""Chart of accounts and postings: where money is, who owes it, and entries that sum to zero.

An account is a path `<class>/<platform>/<id>`, so that a prefix is a group. A debit (positive) is money or a claim
that arrives at the account, a credit (negative) is money or a claim that leaves it.

| account | meaning | sign of its balance |
|---|---|---|
| `investor/P/U` | the investor's own pocket, outside the platform | negative: has paid in, net |
| `issuer/P/party` | a campaign issuer's pocket (or another payee of released funds) | positive: has received |
| `borrower/P/party` | the borrower's pocket | positive: has received, net of repayments |
| `cash/P/U` | an investor's money that waits on the platform | never negative |
| `escrow/P/campaign` | collected for a campaign, neither released nor refunded | never negative |
| `fees/P` | what the platform has earned | positive |
| `receivable/P/U` | promised by the investor, not collected yet | positive |
| `pledged/P/campaign` | the same promise, seen from the campaign | negative |
| `claim/P/loan/U` | the holder's part of a loan's principal | never negative |
| `principal/P/loan` | what the borrower owes of it | negative: minus the sum of the claims |

What a platform should have with its custodian is `escrow/P/` plus `cash/P/`.

| event | from (credit) | to (debit) | amount |
|---|---|---|---|
| pledge.made | pledged | receivable | pledge |
| pledge.cancelled | receivable | pledged | pledge |
| pledge.collected | receivable; investor | pledged; escrow | pledge |
| pledge.refunded | escrow | investor | amount |
| funds.released | escrow | issuer (or `to`) | amount |
| fee.charged | escrow (payer issuer), investor, borrower | fees | amount |
| deposit.received | investor | cash | amount |
| withdrawal.paid | cash | investor | amount |
| loan.disbursed | cash, then investor for what is short; principal | borrower; claim | each bid |
| repayment.received | borrower; claim | cash by share (principal, interest, penalty), fees (fee); principal | parts |
| claim.transferred | claim of seller; cash, then investor, of buyer | claim of buyer; cash of seller | principal; price |
| loan.written_off | claim | principal | outstanding |
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple


class Posting(NamedTuple):
    """One line of an entry: `amount` in minor units of `currency`, debit positive, credit negative."""

    account: str
    currency: str
    amount: int


def entry(*lines: Posting) -> tuple[Posting, ...]:
    """Return the lines with zeros left out; raises ValueError where they don't sum to zero per currency."""
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += line.amount
    if any(sums.values()):
        raise ValueError(f"postings don't sum to zero: {dict(sums)} in {lines}")
    return tuple(line for line in lines if line.amount)


def move(source: str, target: str, currency: str, amount: int) -> tuple[Posting, Posting]:
    """The commonest entry: `amount` minor units leave `source` (credit) and arrive at `target` (debit)."""
    return Posting(source, currency, -amount), Posting(target, currency, amount)


def trial_balance(lines: Iterable[Posting]) -> dict[str, int]:
    """Sum by currency; every figure is zero in a book that is right."""
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += line.amount
    return dict(sums)
