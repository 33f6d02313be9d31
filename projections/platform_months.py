"""View: what each platform's events add up to by month, so that no page adds up a history.

What happened counts in the month of its own day (at its own offset, as everywhere), however late it was told; taking it
back takes it out of that month again. How a platform reports (`reports`, `late`, `corrections`) counts in the month in
which it was recorded, UTC, and stays: what was told late was told late, also where it was taken back since.

| kind | events | amount |
|---|---|---|
| opened, pledged, listed | of campaigns, pledges, loans | goal, promise, loan |
| succeeded, failed, called_off | campaigns that closed so | |
| collected, cancelled, refunded | pledges | what moved |
| released, returned, fees, deposited, withdrawn | | what moved |
| lent, repaid, interest, sold, written_off | payments, sales, losses | principal (interest: interest) |
| defaulted | loans told to be in default | the principal that they owed then, by what was known then |
| principal | | by how much what borrowers owe went up |
| lapsed, settled, restructured, complaints | | |
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from projections import base
from projections.base import month_of

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.events.complaints import ComplaintFiled
    from ledger.recorded import Recorded

NAME = "platform_months"
VERSION = 1
TYPES: frozenset[str] | None = None  # every event of a platform is a report
SQL = base.load(NAME)

LATE: Final = timedelta(days=3)  # from happening to being recorded; beyond it a report is late
FEW: Final = 5  # investors that are remembered per sum
_PREFIX: Final = "platform:"
_POCKETS: Final = ("investor/", "receivable/", "claim/", "cash/")  # accounts that end in an investor


class Cell(NamedTuple):
    """Where something is counted. `month` is year * 12 + month - 1."""

    platform: str
    month: int
    currency: str
    kind: str


class Sum(NamedTuple):
    """A row of a platform: `amount` in minor units."""

    month: int
    currency: str
    kind: str
    events: int
    amount: int


class MarketSum(NamedTuple):
    """A row over all platforms; `investors` None where a kind has none, else at least so many, FEW at most."""

    month: int
    currency: str
    kind: str
    events: int
    amount: int
    platforms: int
    investors: int | None


class Owing(NamedTuple):
    """What the loans of `platforms` platforms owe."""

    currency: str
    amount: int
    platforms: int


def named(month: int) -> str:
    """YYYY-MM."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


class _Batch:
    """What a stretch of events adds."""

    def __init__(self) -> None:
        self.sums: defaultdict[Cell, list[int]] = defaultdict(lambda: [0, 0])
        self.owed: defaultdict[str, list[Any]] = defaultdict(lambda: ["", 0])
        self.defaulted: list[tuple[Recorded, str, int]] = []  # with what the events before it in the batch make owed
        self.investors: defaultdict[Cell, list[tuple[str, int]]] = defaultdict(list)

    def add(self, cell: Cell, events: int, amount: int) -> None:
        both = self.sums[cell]
        both[0] += events
        both[1] += amount


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Add up a batch, then each correction in its place."""
    base.fold(cursor, events, _fold, _correct)
    reports = _Batch()
    for event in events:
        _report(reports, event)
    _write(cursor, reports)


def _report(batch: _Batch, event: Recorded) -> None:
    if not event.source.startswith(_PREFIX):
        return
    month = month_of(base.day_of(event.recorded_at))
    batch.add(Cell(event.scope, month, "", "reports"), 1, 0)
    if event.recorded_at - event.happened_at > LATE:
        batch.add(Cell(event.scope, month, "", "late"), 1, 0)
    if event.type == base.CORRECTION:
        batch.add(Cell(event.scope, month, "", "corrections"), 1, 0)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    batch = _Batch()
    for event in events:
        _count(batch, event, 1)
        _move(batch, event)
    _write(cursor, batch)


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    """The very figures of the original, with their signs turned, in the original's month."""
    batch, original = _Batch(), correction.original
    if original.type == "loan.defaulted":
        row = cursor.execute(SQL["default"], {"position": original.position}).fetchone()
        if row is not None:
            batch.add(Cell(original.scope, month_of(original.day), row[0], "defaulted"), -1, -int(row[1]))
    else:
        _count(batch, original, -1)
    _move(batch, correction.event._replace(day=original.day))
    _write(cursor, batch)


def _count(batch: _Batch, event: Recorded, sign: int) -> None:
    if event.type == "loan.defaulted":
        currency, amount = batch.owed[_loan(event)]
        batch.defaulted.append((event, currency, amount))
        return
    read = _READ.get(event.type)
    if read is None:
        return
    month = month_of(event.day)
    for kind, currency, amount in read(event):
        platform = _subject(event)
        if platform is None:
            return
        cell = Cell(platform, month, currency, kind)
        batch.add(cell, sign, sign * amount)
        if kind in _OF_INVESTORS:
            batch.investors[cell] += [(investor, sign) for investor in _investors(event)]


def _move(batch: _Batch, event: Recorded) -> None:
    """What borrowers owe: by the postings, of a correction by its own."""
    for account, currency, amount in event.postings:
        if account.startswith("principal/"):
            batch.add(Cell(event.scope, month_of(event.day), currency, "principal"), 0, -amount)
            owed = batch.owed[account[10:]]
            owed[0], owed[1] = currency, owed[1] - amount


def _loan(event: Recorded) -> str:
    return f"{event.scope}/{cast('Any', event.data).loan}"


def _subject(event: Recorded) -> str | None:
    """The platform that an event counts for; the registry names whom a complaint is about."""
    if event.source.startswith(_PREFIX):
        return event.scope
    if event.type != "complaint.filed":
        return None
    about = cast("ComplaintFiled", event.data).about
    return about.id if about.kind == "platform" else about.id.partition(":")[0]


def _investors(event: Recorded) -> list[str]:
    """Who stands behind an event's money, by the accounts that it moved."""
    return sorted({account.rpartition("/")[2] for account, _, _ in event.postings if account.startswith(_POCKETS)})


_Lines = Iterator[tuple[str, str, int]]


def _currency(event: Recorded) -> str:
    own = getattr(event.data, "currency", None)
    return own if isinstance(own, str) else event.postings[0].currency if event.postings else ""


def _given(kind: str, field: str = "amount") -> Callable[[Recorded], _Lines]:
    """The amount that the event states."""

    def read(event: Recorded) -> _Lines:
        yield kind, _currency(event), getattr(event.data, field)

    return read


def _moved(kind: str, account: str, sign: int) -> Callable[[Recorded], _Lines]:
    """The amount that the event's postings move into (1) or out of (-1) accounts."""

    def read(event: Recorded) -> _Lines:
        amount = sum(sign * line.amount for line in event.postings if line.account.startswith(account))
        yield kind, _currency(event), amount

    return read


def _told(kind: str) -> Callable[[Recorded], _Lines]:
    """No money."""

    def read(_event: Recorded) -> _Lines:
        yield kind, "", 0

    return read


def _closed(event: Recorded) -> _Lines:
    outcome = cast("Any", event.data).outcome
    yield ("called_off" if outcome == "cancelled" else outcome), "", 0


def _repaid(event: Recorded) -> _Lines:
    data, currency = cast("Any", event.data), _currency(event)
    yield "repaid", currency, data.principal
    yield "interest", currency, data.interest


_READ: Final[Mapping[str, Callable[[Recorded], _Lines]]] = {
    "campaign.opened": _given("opened", "goal"),
    "campaign.closed": _closed,
    "pledge.made": _given("pledged"),
    "pledge.cancelled": _moved("cancelled", "pledged/", 1),
    "pledge.collected": _moved("collected", "escrow/", 1),
    "pledge.refunded": _given("refunded"),
    "funds.released": _given("released"),
    "funds.returned": _given("returned"),
    "fee.charged": _given("fees"),
    "deposit.received": _given("deposited"),
    "withdrawal.paid": _moved("withdrawn", "investor/", 1),
    "loan.listed": _given("listed"),
    "loan.lapsed": _told("lapsed"),
    "loan.disbursed": _moved("lent", "principal/", -1),
    "loan.restructured": _told("restructured"),
    "loan.written_off": _moved("written_off", "principal/", 1),
    "loan.settled": _told("settled"),
    "repayment.received": _repaid,
    "claim.transferred": _given("sold", "principal"),
    "complaint.filed": _told("complaints"),
}
_OF_INVESTORS: Final = frozenset({"pledged", "collected", "refunded", "lent", "repaid", "interest"})
PUBLISHED_OVER_INVESTORS: Final = _OF_INVESTORS


def _write(cursor: Cursor[Any], batch: _Batch) -> None:
    if batch.defaulted:
        _default(cursor, batch)
    if batch.sums:
        rows = [{**cell._asdict(), "events": n, "amount": a} for cell, (n, a) in sorted(batch.sums.items())]
        cursor.execute(SQL["add"], {"sums": base.json(rows)})
    if batch.owed:
        owed = [{"loan": key, "currency": c, "amount": a} for key, (c, a) in sorted(batch.owed.items()) if a]
        cursor.execute(SQL["owe"], {"owed": base.json(owed)})
    if batch.investors:
        _remember(cursor, batch.investors)


def _default(cursor: Cursor[Any], batch: _Batch) -> None:
    """What each loan owed when it was told to be in default: by the table, and by the batch up to there."""
    loans = sorted({_loan(event) for event, _, _ in batch.defaulted})
    owed = {loan: (currency, int(amount)) for loan, currency, amount in cursor.execute(SQL["owed"], {"loans": loans})}
    rows = []
    for event, of_batch, since in batch.defaulted:
        currency, before = owed.get(_loan(event), (of_batch, 0))
        rows.append((event.position, currency, before + since))
        batch.add(Cell(event.scope, month_of(event.day), currency, "defaulted"), 1, before + since)
    base.copy(cursor, SQL, "copy_defaults", rows)


def _remember(cursor: Cursor[Any], named: Mapping[Cell, Sequence[tuple[str, int]]]) -> None:
    """In order of the events, so that the same few are kept whatever the batches are."""
    few: dict[Cell, dict[str, int]] = {cell: {} for cell in named}
    cells = base.json([cell._asdict() for cell in sorted(named)])
    for *cell, investor, events in cursor.execute(SQL["known"], {"cells": cells}):
        few[Cell(*cell)][investor] = events
    for of, seen in named.items():
        kept = few[of]
        for investor, sign in seen:
            if investor in kept:
                kept[investor] += sign
            elif sign > 0 and sum(n > 0 for n in kept.values()) < FEW:
                kept[investor] = 1
    rows = [
        {**cell._asdict(), "investor": investor, "events": events}
        for cell in sorted(few) for investor, events in sorted(few[cell].items())
    ]  # fmt: skip
    if rows:
        cursor.execute(SQL["know"], {"rows": base.json(rows)})
    if any(row["events"] <= 0 for row in rows):
        cursor.execute(SQL["forget"], {"platforms": sorted({cell.platform for cell in few})})


def months(connection: psycopg.Connection[Any], platform: str, first: int, last: int) -> list[Sum]:
    """A platform's sums of the months `first` to `last`; what it owed before is kind `principal` of `first` - 1."""
    rows = connection.execute(SQL["months"], {"platform": platform, "first": first, "last": last})
    return [Sum(month, currency, kind, events, int(amount)) for month, currency, kind, events, amount in rows]


def market(connection: psycopg.Connection[Any], first: int, last: int) -> list[MarketSum]:
    """The same over all platforms, with how many each figure rests on."""
    rows = connection.execute(SQL["market"], {"first": first, "last": last})
    return [
        MarketSum(month, currency, kind, int(events), int(amount), platforms, investors)
        for month, currency, kind, events, amount, platforms, investors in rows
    ]


def owing(connection: psycopg.Connection[Any], last: int) -> list[Owing]:
    """The principal outstanding at the end of a month."""
    rows = connection.execute(SQL["owing"], {"last": last})
    return [Owing(currency, int(amount), platforms) for currency, amount, platforms in rows]


def month_at(moment: datetime) -> int:
    """The month of a moment, in its own zone."""
    return moment.year * 12 + moment.month - 1
