"""Who paid whom in an event: its entry as moves between parties, campaigns, loans and platforms. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ledger.events.custody import TransferReported
from ledger.events.naming import referred
from ledger.recorded import Recorded

# What a move was, by the event's type; of a loan, which stands between its parties: (into it, out of it).
MEANS: Final[Mapping[str, tuple[str, str]]] = {
    "pledge.collected": ("collected", ""),
    "pledge.refunded": ("refunded", ""),
    "funds.released": ("released", ""),
    "funds.returned": ("returned", ""),
    "fee.charged": ("fee", ""),
    "deposit.received": ("deposited", ""),
    "withdrawal.paid": ("withdrawn", ""),
    "claim.transferred": ("claim_sold", ""),
    "transfer.reported": ("transferred", ""),
    "loan.disbursed": ("lent", "disbursed"),
    "repayment.received": ("repaid", "paid_out"),
}
_WAITING: Final = frozenset({"deposit.received", "withdrawal.paid"})
# Accounts that hold money; the others hold promises and claims.
_OWNERS: Final[Mapping[str, str]] = {
    "investor": "party",
    "issuer": "party",
    "borrower": "party",
    "cash": "party",
    "escrow": "campaign",
    "outside": "investors",
    "fees": "fees",
}


class Move(NamedTuple):
    """`amount` minor units went from `source` to `target`, which are keys; `means` says how."""

    source: str
    target: str
    currency: str
    amount: int
    means: str


def moves_of(event: Recorded) -> list[Move]:
    """The moves of an event; none where it moved no money.

    A node is the key of a party, a campaign or a loan; `custody:P` is what waits with platform P for its customers,
    `fees:P` is what P earned, and `investors:P/x` are the investors of x where they are not told apart. Money that
    waits for a lender and is lent, or comes back, is shown as hers: else nobody would be seen to have lent.
    """
    into, out = MEANS.get(event.type, ("", ""))
    data = event.data
    if isinstance(data, TransferReported):
        payer, payee = (referred("party", event.scope, each) for each in (data.payer, data.payee))
        return [Move(payer, payee, data.currency, data.amount, into)]
    if not into:
        return []
    hub = f"loan:{event.scope}/{data.loan}" if out else None  # type: ignore[attr-defined]
    return [
        move
        for currency, (paid, had) in _sides(event).items()
        for move in (
            _direct(paid, had, currency, into) if hub is None else _through(hub, paid, had, currency, (into, out))
        )
    ]


def _sides(event: Recorded) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    """By currency: what each node paid, and what each had of it."""
    found: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
    for account, currency, amount in event.postings:
        node = _node(account, waits=event.type in _WAITING)
        if node is not None:
            paid, had = found.setdefault(currency, ({}, {}))
            side = paid if amount < 0 else had
            side[node] = side.get(node, 0) + abs(amount)
    return found


def _node(account: str, *, waits: bool) -> str | None:
    kind, _, path = account.partition("/")
    if waits and kind == "cash":
        return f"custody:{path.partition('/')[0]}"
    owner = _OWNERS.get(kind)
    return None if owner is None else f"{owner}:{path}"


def _direct(paid: dict[str, int], had: dict[str, int], currency: str, means: str) -> Iterator[Move]:
    # An entry of money has one payer or one receiver; only those of loans have many of both.
    assert min(len(paid), len(had)) <= 1, (paid, had)
    for source, out in paid.items():
        for target, into in had.items():
            yield Move(source, target, currency, min(out, into), means)


def _through(
    hub: str, paid: dict[str, int], had: dict[str, int], currency: str, means: tuple[str, str]
) -> Iterator[Move]:
    for source, amount in paid.items():
        yield Move(source, hub, currency, amount, means[0])
    for target, amount in had.items():
        how = "fee" if target.startswith("fees:") else means[1]
        yield Move(hub, target, currency, amount, how)
