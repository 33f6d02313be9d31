"""Chart of accounts and postings: where money is, who owes it, and entries that sum to zero.

An account is a path `<class>/<platform>/<id>`, so that a prefix is a group. A debit (positive) is money or a claim
that arrives at the account, a credit (negative) is money or a claim that leaves it.

| account | meaning | sign of its balance |
|---|---|---|
| `investor/P/U` | the investor's own pocket, outside the platform | negative: has paid in, net |
| `issuer/P/party` | a campaign issuer's pocket (or another payee of released funds) | positive: has received |
| `borrower/P/party` | the borrower's pocket, or another payer's | positive: received, net of repayments |
| `outside/P/id` | the investors of a campaign or loan, not told apart: they pay fees that name no party | negative |
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
| pledge.cancelled | receivable | pledged | pledge, where it was open |
| campaign.closed as failed or cancelled | receivable of each investor | pledged | her open pledges |
| pledges.lapsed | receivable of each investor | pledged | her open pledges that were to be reconfirmed and were not |
| pledge.reconfirmed, in time and told after the lapse | pledged | receivable | pledge |
| pledge.collected | receivable, where it was open; investor | pledged; escrow | pledge |
| pledge.refunded | escrow | investor | amount |
| funds.released | escrow | issuer (or `to`) | amount |
| funds.returned | issuer (or `payer`) | escrow | amount |
| fee.charged | escrow (payer issuer), outside (investor), borrower | fees | amount |
| deposit.received | investor | cash | amount |
| withdrawal.paid | cash | investor | amount |
| loan.disbursed | cash, then investor for what is short; principal | borrower; claim | what each party bid |
| repayment.received | borrower; claim | cash by share (principal, interest, penalty), fees; principal | parts |
| repayment.received, of a part written off | borrower | cash by share of the loss | recovery |
| claim.transferred | seller's claim; buyer's cash, then investor | buyer's claim; seller's cash | principal; price |
| loan.written_off, loan.settled | claim | principal | what is given up |
| event.corrected | the entry of the corrected event, every sign turned | | |
| event.corrected, of a pledge or a close | what its pledges are worth without it, less what they were | | |

All other events move no money.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ledger.kernel.canonical import MAX_SAFE_INTEGER


class Posting(NamedTuple):
    """One line of an entry: `amount` in minor units of `currency`, debit positive, credit negative."""

    account: str
    currency: str
    amount: int


def entry(*lines: Posting) -> tuple[Posting, ...]:
    """Return the lines with zeros left out; raises ValueError where they don't sum to zero per currency.

    Canonical JSON (RFC 8785) has no integer beyond 2**53 - 1: a larger sum is told in several lines.
    """
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += line.amount
    if any(sums.values()):
        raise ValueError(f"postings don't sum to zero: {dict(sums)} in {lines}")
    return tuple([part for line in lines for part in _parts(line)])


def _parts(line: Posting) -> list[Posting]:
    account, currency, amount = line
    if abs(amount) <= MAX_SAFE_INTEGER:
        return [line] if amount else []
    most = MAX_SAFE_INTEGER if amount > 0 else -MAX_SAFE_INTEGER
    whole, rest = divmod(amount, most)
    return [Posting(account, currency, part) for part in (*[most] * whole, rest) if part]


def move(source: str, target: str, currency: str, amount: int) -> tuple[Posting, Posting]:
    """The commonest entry: `amount` minor units leave `source` (credit) and arrive at `target` (debit)."""
    return Posting(source, currency, -amount), Posting(target, currency, amount)


def reversed_entry(lines: Iterable[Posting]) -> tuple[Posting, ...]:
    """The entry that undoes another: every sign turned."""
    return tuple(Posting(account, currency, -amount) for account, currency, amount in lines)


def trial_balance(lines: Iterable[Posting]) -> dict[str, int]:
    """Sum by currency; every figure is zero in a book that is right."""
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += line.amount
    return dict(sums)


# -- names of accounts, from keys of entities (`party:huizhong/U-77`)


def investor(party: str) -> str:
    """The pocket of an investor."""
    return "investor/" + _path(party)


def issuer(party: str) -> str:
    """The pocket of whoever receives released funds."""
    return "issuer/" + _path(party)


def borrower(party: str) -> str:
    """The pocket of a borrower, or of whoever pays for him."""
    return "borrower/" + _path(party)


def outside(entity: str) -> str:
    """The investors of a campaign or a loan, not told apart."""
    return "outside/" + _path(entity)


def cash(party: str) -> str:
    """An investor's waiting money."""
    return "cash/" + _path(party)


def cash_owner(account: str) -> str | None:
    """The key of the party whose waiting money an account is; None for any other account."""
    return "party:" + account[5:] if account.startswith("cash/") else None


def receivable(party: str) -> str:
    """What an investor promised."""
    return "receivable/" + _path(party)


def escrow(campaign: str) -> str:
    """Money collected for a campaign."""
    return "escrow/" + _path(campaign)


def pledged(campaign: str) -> str:
    """What was promised to a campaign."""
    return "pledged/" + _path(campaign)


def fees(scope: str) -> str:
    """What a platform earned."""
    return "fees/" + scope


def claim(loan: str, holder: str) -> str:
    """A holder's part of a loan."""
    return f"claim/{_path(loan)}/{holder.rpartition('/')[2]}"


def principal(loan: str) -> str:
    """What the borrower owes of a loan."""
    return "principal/" + _path(loan)


def _path(key: str) -> str:
    return key.partition(":")[2]
