"""The journal, in hledger's format: one transaction per event that moved money. Pure: entries in, text out.

The dates are UTC: first since when the entry counts (valid time), behind `=` when it became known. hledger reads it by
either (`--date2`). The code in brackets is the position in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ops.export.amounts import commodity, decimal_text
from ops.export.entries import Entry
from ops.export.names import hledger_account, tag_value

FILE = "ledger.journal"

# hledger's account types: Asset, Cash, Liability, Equity. What platforms and investors hold are assets, what is owed
# for it liabilities; the pockets of people outside are where money comes from and goes to.
_TYPES = {
    "cash": "C", "escrow": "C", "fees": "A", "receivable": "A", "claim": "A", "pledged": "L", "principal": "L",
    "investor": "E", "issuer": "E", "borrower": "E", "outside": "E",
}  # fmt: skip


def head(position: int, currencies: Iterable[str], accounts: Iterable[str]) -> Iterator[str]:
    """The directives: hledger in strict mode takes no commodity and no account that was not declared."""
    yield f"; crowdledger, all entries up to position {position}\n"
    yield "; read it with: hledger -f ledger.journal balance\n\n"
    yield "decimal-mark .\n\n"
    for currency in currencies:
        yield f"commodity {commodity(currency)}\n"
    yield "\n"
    for account in accounts:
        kind = _TYPES.get(account.partition("/")[0])
        yield f"account {hledger_account(account)}" + (f"  ; type: {kind}\n" if kind else "\n")
    yield "\n"


def transaction(entry: Entry) -> str:
    """One event's transaction; empty where it moved no money."""
    if not entry.postings:
        return ""
    lines = [
        f"{_day(entry.effective_at)}={_day(entry.recorded_at)} * ({entry.position}) {entry.type}",
        f"    ; source: {tag_value(entry.source)}, id: {tag_value(entry.id)}",
        f"    ; happened_at: {_moment(entry.happened_at)}, recorded_at: {_moment(entry.recorded_at)}",
    ]
    if entry.corrects is not None:
        lines.append(f"    ; corrects: {tag_value(entry.corrects)}, effective_at: {_moment(entry.effective_at)}")
    lines += [
        f"    {hledger_account(account)}  {decimal_text(amount, currency)} {currency}"
        for account, currency, amount in entry.postings
    ]
    return "\n".join(lines) + "\n\n"


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _moment(moment: datetime) -> str:
    # Three times as fast as strftime, and these are UTC, all of them.
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
