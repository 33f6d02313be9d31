"""View: each loan as it stands, with its bids, repayments, steps, and who holds which claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from msgspec import UNSET, Struct, field
from msgspec.structs import asdict

from ledger.events.bids import BidPlaced, BidWithdrawn
from ledger.events.claims import ClaimTransferred, price_in_minor_units
from ledger.events.funds import FeeCharged
from ledger.events.loans import GuaranteeDeclared, LoanListed, LoanRestructured, RepaymentReceived
from projections import base, fetch
from projections.base import given

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "loans"
VERSION = 4
STANDING = ("listed", "lapsed", "disbursed", "defaulted", "written_off", "settled")  # the later one holds
STEPS = frozenset(
    {"loan.disbursed", "loan.lapsed", "loan.restructured", "loan.defaulted", "loan.written_off", "loan.settled"}
)
TYPES = STEPS | {
    "loan.listed", "bid.placed", "bid.withdrawn", "repayment.received", "claim.transferred", "guarantee.declared",
    "fee.charged", base.CORRECTION,
}  # fmt: skip
SQL = base.load(NAME)


class _Change(Struct):
    """What a batch does to one loan: sums to add (money in minor units), and in `sets` columns to set by name."""

    key: str
    position: int = 0
    bid_count: int = 0
    bid: int = 0
    principal_paid: int = 0
    interest_paid: int = 0
    penalty_paid: int = 0
    fee_paid: int = 0
    outstanding: int = 0
    repayment_count: int = 0
    restructurings: int = 0
    sets: dict[str, Any] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """All of it by column."""
        return {**asdict(self), **self.sets}


class _Batch:
    def __init__(self) -> None:
        self.listed: list[Recorded] = []
        self.rows: dict[str, list[tuple[Any, ...]]] = {}  # COPY block -> its rows
        self.changes: dict[str, _Change] = {}
        self.claims: dict[tuple[str, str, str], tuple[int, int]] = {}  # loan, holder, currency -> sum, position
        self.withdrawn: list[dict[str, Any]] = []
        self.restructured: set[str] = set()

    def change(self, key: str, position: int) -> _Change:
        found = self.changes.get(key)
        if found is None:
            found = self.changes[key] = _Change(key)
        found.position = position
        return found

    def add(self, block: str, row: tuple[Any, ...]) -> None:
        self.rows.setdefault(block, []).append(row)


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Append the facts; add up per loan and per claim, so that a batch touches each once."""
    base.fold(cursor, events, _fold, _correct)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    batch = _Batch()
    for event in events:
        if event.postings:
            _claims(batch, event)  # first: a write-off looks at what is left
        if event.type in STEPS:
            _step(batch, event)
        else:
            _FOLDS[event.type](batch, event)
    _write(cursor, batch)


def _write(cursor: Cursor[Any], batch: _Batch) -> None:
    if batch.listed:
        _list(cursor, batch.listed)
    for block, rows in batch.rows.items():
        base.copy(cursor, SQL, block, rows)
    if batch.changes:
        changes = [batch.changes[key].columns() for key in sorted(batch.changes)]
        cursor.execute(SQL["advance"], {"changes": base.json(changes), "standing": list(STANDING)})
    if batch.restructured:
        cursor.execute(SQL["agree"], {"keys": sorted(batch.restructured)})
    if batch.claims:
        moves = [
            {"loan": loan, "holder": holder, "currency": currency, "amount": amount, "position": position}
            for (loan, holder, currency), (amount, position) in sorted(batch.claims.items())
        ]
        cursor.execute(SQL["move_claims"], {"moves": base.json(moves)})
    if batch.withdrawn:
        cursor.execute(SQL["withdraw_bids"], {"bids": base.json(batch.withdrawn)})


def _key(event: Recorded) -> str:
    return f"loan:{event.scope}/{event.data.loan}"  # type: ignore[attr-defined]


def _party(event: Recorded, name: str) -> str:
    return f"party:{event.scope}/{name}"


def _when(event: Recorded) -> tuple[Any, ...]:
    return event.happened_at, event.day, base.epoch(event.happened_at)


def _claims(batch: _Batch, event: Recorded) -> None:
    """Holders' parts and the principal owed, as the postings move them; a correction's postings move them back."""
    for account, currency, amount in event.postings:
        if account.startswith("claim/"):
            loan, _, holder = account[6:].rpartition("/")
            of = (f"loan:{loan}", f"party:{loan.partition('/')[0]}/{holder}", currency)
            batch.claims[of] = (batch.claims.get(of, (0, 0))[0] + amount, event.position)
        elif account.startswith("principal/"):
            batch.change(f"loan:{account[10:]}", event.position).outstanding -= amount


def _list(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    untils = base.moments(cursor, {event.position: cast("LoanListed", event.data).raise_until for event in events})
    rows = []
    for event in events:
        data = cast("LoanListed", event.data)
        rate, secured = base.ppm(data.annual_rate), given(data.collateral)
        guarantor = _party(event, data.guarantor) if data.guarantor is not UNSET else None
        rows.append(
            (
                _key(event), event.scope, data.loan, _party(event, data.borrower), data.amount, data.currency,
                data.annual_rate, rate, data.term_months, data.repayment, untils[event.position], data.jurisdiction,
                given(data.purpose), guarantor, given(data.insurer), secured.kind if secured else None,
                secured.value if secured else None, given(data.region), given(data.industry), given(data.fingerprint),
                data.annual_rate, rate, data.term_months, event.position, *_when(event), "listed",
                0, 0, 0, 0, 0, 0, 0, 0, 0, event.position,
            )
        )  # fmt: skip
    base.copy(cursor, SQL, "copy_loans", rows)


def _step(batch: _Batch, event: Recorded) -> None:
    key, step, data = _key(event), event.type[5:], cast("Any", event.data)
    change = batch.change(key, event.position)
    sets = change.sets
    amount = given(getattr(data, "amount", UNSET))
    term, rate, reason = None, None, None
    sets[f"{step}_position"] = event.position
    if isinstance(data, LoanRestructured):
        term, rate, reason = given(data.term_months), given(data.annual_rate), data.reason
        change.restructurings += 1
        batch.restructured.add(key)
    elif step == "written_off":
        sets["outstanding_then"] = change.outstanding
        sets["written_off_at"] = max(sets.get("written_off_at", event.happened_at), event.happened_at)
    else:
        # What is told late, of before the end, leaves the end as it is.
        sets["status"] = max(sets.get("status", step), step, key=STANDING.index)
        sets[f"{step}_day"], sets[f"{step}_at"] = event.day, event.happened_at
    ppm = base.ppm(rate) if rate is not None else None
    row = (event.position, key, step, amount, _returned(event), term, rate, ppm, reason, *_when(event))
    batch.add("copy_steps", row)


def _returned(event: Recorded) -> int:
    """By how much the claims went down, by the recorded postings."""
    return sum(amount for account, _, amount in event.postings if account.startswith("principal/") and amount > 0)


def _bid(batch: _Batch, event: Recorded) -> None:
    data = cast("BidPlaced", event.data)
    key = _key(event)
    change = batch.change(key, event.position)
    change.bid_count += 1
    change.bid += data.amount
    batch.add(
        "copy_bids",
        (
            f"bid:{event.scope}/{data.bid}", event.scope, data.bid, key, _party(event, data.investor), data.amount,
            event.position, *_when(event), "placed",
        ),
    )  # fmt: skip


def _withdrawn(batch: _Batch, event: Recorded) -> None:
    # Only the table of bids knows which loan and how much, so the loan's sums are moved by the same statement.
    key, at = f"bid:{event.scope}/{cast('BidWithdrawn', event.data).bid}", base.epoch(event.happened_at)
    batch.withdrawn.append({"key": key, "position": event.position, "day": event.day, "epoch": at})
    batch.add("copy_bid_withdrawals", (event.position, key, *_when(event)))


def _repaid(batch: _Batch, event: Recorded) -> None:
    data = cast("RepaymentReceived", event.data)
    key, penalty, fee = _key(event), given(data.penalty) or 0, given(data.fee) or 0
    change = batch.change(key, event.position)
    change.principal_paid += data.principal
    change.interest_paid += data.interest
    change.penalty_paid += penalty
    change.fee_paid += fee
    change.repayment_count += 1
    change.sets["last_repayment_position"], change.sets["last_repayment_day"] = event.position, event.day
    returned = _returned(event)
    if returned:
        change.sets["returned_at"] = event.happened_at
    payer = _party(event, data.payer) if data.payer is not UNSET else None
    batch.add(
        "copy_repayments",
        (
            event.position, event.scope, data.repayment, key, payer, data.principal, data.principal - returned,
            data.interest, penalty, fee, *base.channel_of(data.channel), *_when(event),
        ),
    )  # fmt: skip


def _sold(batch: _Batch, event: Recorded) -> None:
    data = cast("ClaimTransferred", event.data)
    price = price_in_minor_units(data.principal, data.price)
    seller, buyer = _party(event, data.seller), _party(event, data.buyer)
    row = (event.position, event.scope, _key(event), seller, buyer, data.principal, price, *_when(event))
    batch.add("copy_claim_transfers", row)


def _guaranteed(batch: _Batch, event: Recorded) -> None:
    data = cast("GuaranteeDeclared", event.data)
    guarantor = _party(event, data.guarantor)
    row = (event.position, event.scope, _key(event), guarantor, data.share, base.ppm(data.share), *_when(event)[:2])
    batch.add("copy_guarantees", row)


def _charged(batch: _Batch, event: Recorded) -> None:
    data = cast("FeeCharged", event.data)
    if data.loan is not UNSET:
        currency = event.postings[0].currency
        row = (event.position, event.scope, _key(event), data.payer, data.amount, currency, *_when(event))
        batch.add("copy_fees", row)


_FOLDS: dict[str, Callable[[_Batch, Recorded], None]] = {
    "loan.listed": lambda batch, event: batch.listed.append(event),
    "bid.placed": _bid,
    "bid.withdrawn": _withdrawn,
    "repayment.received": _repaid,
    "claim.transferred": _sold,
    "guarantee.declared": _guaranteed,
    "fee.charged": _charged,
}
_CORRECT = {
    "loan.listed": "correct_loan",
    "bid.placed": "correct_bid",
    "bid.withdrawn": "correct_withdrawal",
    "repayment.received": "correct_repayment",
    "claim.transferred": "correct_claim_transfer",
    "guarantee.declared": "correct_guarantee",
    "fee.charged": "correct_fee",
}


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    original, by = correction.original, correction.position
    values: dict[str, Any] = {"by": by, "of": original.position}
    if correction.event.postings:
        batch = _Batch()
        _claims(batch, correction.event)
        _write(cursor, batch)
    if original.type in STEPS:
        row = cursor.execute(SQL["correct_step"], values).fetchone()
        if row is not None:
            loss = original.type in {"loan.written_off", "loan.settled"}
            cursor.execute(SQL["restate"], {"by": by, "key": row[0], "loss": loss})
    elif original.type in _CORRECT:
        if original.type == "bid.withdrawn":
            values["key"] = f"bid:{original.scope}/{cast('BidWithdrawn', original.data).bid}"
        cursor.execute(SQL[_CORRECT[original.type]], values)


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan as it stands; money in minor units of `currency`."""

    key: str
    scope: str
    loan: str
    borrower: str
    amount: int
    currency: str
    annual_rate: str
    term_months: int
    repayment: str
    raise_until: datetime
    jurisdiction: str
    purpose: str | None
    guarantor: str | None
    region: str | None
    industry: str | None
    listed_position: int
    listed_at: datetime
    status: str
    disbursed_at: datetime | None
    defaulted_position: int | None
    settled_position: int | None
    bid_count: int
    bid: int
    principal_paid: int
    interest_paid: int
    penalty_paid: int
    fee_paid: int
    outstanding: int
    repayment_count: int
    last_repayment_day: int | None
    position: int


@dataclass(frozen=True, slots=True)
class Bid:
    """A bid; `amount` in minor units of the loan's currency."""

    key: str
    loan: str
    investor: str
    amount: int
    placed_position: int
    happened_at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A holder's part of a loan's principal, minor units."""

    loan: str
    holder: str
    currency: str
    amount: int
    position: int


def get(connection: psycopg.Connection[Any], key: str) -> Loan | None:
    """One loan by its key (`loan:<scope>/<id>`)."""
    return fetch.one(connection, SQL["get"], Loan, {"key": key})


def listed(
    connection: psycopg.Connection[Any],
    *,
    scope: str | None = None,
    status: str | None = None,
    borrowers: Sequence[str] | None = None,
    after: int = 0,
    limit: int = fetch.PAGE_ROWS,
) -> list[Loan]:
    """Loans of a platform, a status, some borrowers (keys), in order of listing, behind position `after`."""
    asked = {"scope": scope, "status": status, "borrowers": fetch.keys(borrowers), "after": after, "limit": limit}
    return fetch.many(connection, SQL["listed"], Loan, asked)


def bids(
    connection: psycopg.Connection[Any],
    *,
    loan: str | None = None,
    investors: Sequence[str] | None = None,
    after: int = 0,
    limit: int = fetch.PAGE_ROWS,
) -> list[Bid]:
    """Bids on a loan, or of parties (keys), in order, behind position `after`."""
    asked = {"loan": loan, "investors": fetch.keys(investors), "after": after, "limit": limit}
    return fetch.many(connection, SQL["bids"], Bid, asked)


def claims(
    connection: psycopg.Connection[Any], *, loan: str | None = None, holders: Sequence[str] | None = None
) -> list[Claim]:
    """Who holds which part of a loan (key), or what parties (keys) hold."""
    return fetch.many(connection, SQL["claims"], Claim, {"loan": loan, "holders": fetch.keys(holders)})
