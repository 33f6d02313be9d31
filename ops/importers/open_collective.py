"""Open Collective: collectives, orders and the double entry to campaigns, pledges, fees and payouts.

* A collective (or an event, a project, a fund) is a donation campaign without end or goal, with the same id, that an
  organisation of the same id issues. Everybody else is a party. Ids are the platform's own numbers.
* An order is a pledge `order-N`. Its first charge collects it; each later charge of a recurring order is a pledge of
  its own, `order-N.<leg>`, made and collected at once. An order without a charge is cancelled where its status says so.
* A pair in which a collective pays is `funds.released`; fees are `fee.charged` out of the campaign's escrow.
* All that came in is reported before what was paid out: a late report counts by its own time, and escrow can't be
  overdrawn by what was paid before it came. What a collective spent beyond all it ever got was paid by its host: that
  is an `advance`, a pledge of the host.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from ops.importers import files
from ops.importers import open_collective_legs as legs
from ops.importers.base import Event, Rejected, Row, registered, rejection
from ops.importers.open_collective_book import REGISTERED_AT, Book
from ops.importers.open_collective_legs import Account, Entry, Order, Read
from ops.importers.open_collective_totals import OpenCollectiveTotals

Cells = dict[str, str]
T = TypeVar("T", Account, Order)


class OpenCollective:
    """Reads a folder of the dump. `Row.labels` of a leg: live or deleted, kind, currencies, group."""

    name = "open-collective"
    wants = "collectives.csv, orders.csv and transactions.csv of Open Collective, or their folder"
    suffixes = files.CSV_SUFFIXES
    reasons: ClassVar[Mapping[str, str]] = {
        "superseded": "a deleted row whose group was written anew: its living pair gives the events",
        "voided_payout": "a deleted payout: to take back money that left needs two people, so nothing is reported",
        "no_mirror": "its group has not just one CREDIT and one DEBIT row",
        "not_mirrored": "the two rows of its group disagree in parties, amounts, fees, currency or time",
        "mirror_rejected": "the other row of its group can't be read",
        "between_collectives": "both sides are collectives: it is a payout and a pledge at once",
        "no_collective": "neither side is a collective",
        "account_unknown": "collectives.csv has no such account, or its line there was rejected",
        "currency_differs": "the amount is in another currency than its campaign",
        "currency_unknown": "the campaign's currency is not one of ISO 4217",
        "fees_in_other_currency": "fees are in the host's currency, the campaign's is another",
        "refund_has_fees": "a refund that gives back fees, too",
        "refund_of_unknown": "a refund of no charge that was read",
        "type_unknown": "type is neither CREDIT nor DEBIT",
        "amount_unreadable": "an amount is not a whole number",
        "amount_not_positive": "the amount is not above zero",
        "no_amount": "an order of nothing: a free ticket",
        "id_not_allowed": "an id is empty or no identifier",
        "time_unreadable": "a time is not one of PostgreSQL's",
        "wrong_columns": "the line has fewer or more cells than the header",
    }

    def setup(self, paths: Sequence[Path]) -> list[Event]:
        """Open Collective, licensed for donations."""
        return registered("opencollective", "Open Collective", ["donation"], REGISTERED_AT)

    def read(self, paths: Sequence[Path]) -> Iterator[Row]:
        """Accounts and orders that can't be read; what came in; orders that were never charged; what was paid out."""
        found = files.expand(paths, self.suffixes)
        bad: list[Row] = []
        accounts = _table(_rows(found, legs.ACCOUNT_COLUMNS, "a list of accounts"), legs.account, "account", bad)
        orders = _table(_rows(found, legs.ORDER_COLUMNS, "a list of orders"), legs.order, "order", bad)
        yield from bad
        entries: list[Entry] = []
        for group in _groups(_legs(_rows(found, legs.LEG_COLUMNS, "a list of transactions"))):
            paired, rejected = _entries(group)
            entries += paired
            yield from rejected
        yield from Book(accounts, orders).rows(entries)

    def totals(self) -> OpenCollectiveTotals:
        """Counts of rows and groups, and the net of every account."""
        return OpenCollectiveTotals()


def _rows(found: Sequence[Path], columns: Iterable[str], what: str) -> list[Cells | None]:
    return [row for path in files.with_columns(found, columns, what) for row in files.rows(path)]


def _table(rows: list[Cells | None], reader: Callable[[Cells], T], label: str, bad: list[Row]) -> dict[str, T]:
    """Rows by id; those that can't be read are told, and count as not there."""
    found = {}
    for row in rows:
        try:
            one = reader(_whole(row))
            found[one.id] = one
        except Rejected as rejected:
            bad.append(rejection((label,), rejected.reason)._replace(counted=False))
    return found


def _legs(rows: list[Cells | None]) -> Iterator[Read]:
    for cells in rows:
        try:
            yield Read(cells, legs.leg(_whole(cells)), None)
        except Rejected as rejected:
            yield Read(cells, None, rejected.reason)


def _whole(cells: Cells | None) -> Cells:
    if cells is None:
        raise Rejected("wrong_columns")
    return cells


def _groups(read: Iterable[Read]) -> Iterable[list[Read]]:
    groups: defaultdict[str, list[Read]] = defaultdict(list)
    for each in read:
        groups[each.cells["TransactionGroup"] if each.cells else ""].append(each)
    return groups.values()


def _entries(group: list[Read]) -> tuple[list[Entry], list[Row]]:
    """The group's entry, and its rows that give none. A living pair speaks for deleted rows of its group."""
    live = [each for each in group if each.labels[0] == "live"]
    dead = [each for each in group if each.labels[0] != "live"]
    entries: list[Entry] = []
    rejected: list[Row] = []
    for rows in (live, dead):
        if entries:
            rejected += [rejection(each.labels, "superseded") for each in rows]
            continue
        try:
            entries += _paired(rows)
        except Rejected as problem:
            rejected += [rejection(each.labels, each.reason or problem.reason) for each in rows]
    return entries, rejected


def _paired(rows: list[Read]) -> list[Entry]:
    if not rows:
        return []
    found = [each.leg for each in rows if each.leg is not None]
    if len(found) < len(rows):
        raise Rejected("mirror_rejected")
    return [Entry(legs.pair(found), rows)]
