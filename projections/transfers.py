"""View: money that moved outside campaigns and loans: reported transfers, deposits, withdrawals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ledger.events.custody import TransferReported
from ledger.events.funds import DepositReceived, WithdrawalPaid, WithdrawalRejected, WithdrawalRequested
from ledger.events.naming import referred
from projections import base

if TYPE_CHECKING:
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "transfers"
VERSION = 4
TYPES = frozenset(
    {
        "transfer.reported", "deposit.received", "withdrawal.requested", "withdrawal.paid", "withdrawal.rejected",
        base.CORRECTION,
    }
)  # fmt: skip
SQL = base.load(NAME)


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Append what moved; end the withdrawals that were asked for."""
    base.fold(cursor, events, _fold, _correct)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    ends = []
    for event in events:
        data = event.data
        if isinstance(data, TransferReported):
            rows.setdefault("copy_transfers", []).append(_transfer(event, data))
        elif isinstance(data, DepositReceived):
            rows.setdefault("copy_deposits", []).append(_deposit(event, data))
        elif isinstance(data, WithdrawalRequested):
            rows.setdefault("copy_withdrawals", []).append(_withdrawal(event, data))
        else:
            ends.append(_end(event))
            rows.setdefault("copy_ends", []).append(_fact(event))
    for block, those in rows.items():
        base.copy(cursor, SQL, block, those)
    if ends:
        cursor.execute(SQL["end_withdrawals"], {"ends": base.json(ends)})


def _when(event: Recorded) -> tuple[Any, ...]:
    return event.happened_at, event.day, base.epoch(event.happened_at)


def _transfer(event: Recorded, data: TransferReported) -> tuple[Any, ...]:
    scope = event.scope
    return (
        event.position, scope, data.transfer, referred("party", scope, data.payer),
        referred("party", scope, data.payee), data.amount, data.currency, *base.channel_of(data.channel), *_when(event),
    )  # fmt: skip


def _deposit(event: Recorded, data: DepositReceived) -> tuple[Any, ...]:
    scope = event.scope
    return (
        event.position, scope, data.deposit, f"party:{scope}/{data.investor}", data.amount, data.currency,
        *base.channel_of(data.channel), *_when(event),
    )  # fmt: skip


def _withdrawal(event: Recorded, data: WithdrawalRequested) -> tuple[Any, ...]:
    scope = event.scope
    return (
        _key(event), scope, data.withdrawal, f"party:{scope}/{data.investor}", data.amount, data.currency,
        event.position, *_when(event), "requested",
    )  # fmt: skip


def _end(event: Recorded) -> dict[str, Any]:
    step = "paid" if isinstance(event.data, WithdrawalPaid) else "rejected"
    end = {
        "key": _key(event), "status": step, f"{step}_position": event.position, f"{step}_day": event.day,
        f"{step}_epoch": base.epoch(event.happened_at),
    }  # fmt: skip
    return end | ({"reason": event.data.reason} if isinstance(event.data, WithdrawalRejected) else {})


def _fact(event: Recorded) -> tuple[Any, ...]:
    step = "paid" if isinstance(event.data, WithdrawalPaid) else "rejected"
    return event.position, _key(event), step, *_when(event)


def _key(event: Recorded) -> str:
    return f"withdrawal:{event.scope}/{event.data.withdrawal}"  # type: ignore[attr-defined]


_CORRECT = {
    "transfer.reported": "correct_transfer",
    "deposit.received": "correct_deposit",
    "withdrawal.requested": "correct_withdrawal",
    "withdrawal.paid": "correct_end",
    "withdrawal.rejected": "correct_end",
}


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    original = correction.original
    block = _CORRECT.get(original.type)
    if block is not None:
        key = _key(original) if original.type.startswith("withdrawal.") else None
        cursor.execute(SQL[block], {"by": correction.position, "of": original.position, "key": key})
