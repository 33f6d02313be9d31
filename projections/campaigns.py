"""View: each campaign as it stands, with its terms, milestones, releases and fees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from msgspec import UNSET, Struct

from ledger.events.campaigns import CampaignAmended, CampaignClosed, CampaignDelivered, CampaignOpened
from ledger.events.funds import FeeCharged, FundsReleased, FundsReturned
from projections import base, fetch
from projections.base import given

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "campaigns"
VERSION = 5
TYPES = frozenset(
    {
        "campaign.opened", "campaign.amended", "campaign.closed", "campaign.delivered",
        "pledge.made", "pledge.collected", "pledge.cancelled", "pledge.reconfirmed", "pledge.refunded",
        "pledges.lapsed", "funds.released", "funds.returned", "fee.charged", base.CORRECTION,
    }
)  # fmt: skip
SQL = base.load(NAME)

_MILESTONES = {"campaign.closed", "campaign.delivered"}


class _Change(Struct):
    """What a batch adds to one campaign (money in minor units), and sets (None: as it was)."""

    key: str
    position: int = 0
    owed: int = 0
    collected: int = 0
    refunded: int = 0
    released: int = 0
    returned: int = 0
    fees: int = 0
    pledge_count: int = 0
    status: str | None = None
    closed_position: int | None = None
    closed_at: datetime | None = None
    closed_day: int | None = None
    delivered: str | None = None
    delivered_position: int | None = None
    delivered_at: datetime | None = None


class _Batch:
    def __init__(self) -> None:
        self.opened: list[Recorded] = []
        self.amended: list[Recorded] = []
        self.milestones: list[tuple[Any, ...]] = []
        self.releases: list[tuple[Any, ...]] = []
        self.returns: list[tuple[Any, ...]] = []
        self.fees: list[tuple[Any, ...]] = []
        self.changes: dict[str, _Change] = {}

    def change(self, key: str, position: int) -> _Change:
        found = self.changes.get(key)
        if found is None:
            found = self.changes[key] = _Change(key)
        found.position = position
        return found


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Insert what opened, then amend, then add up: amendments and sums touch different columns, so order is free."""
    base.fold(cursor, events, _fold, _correct)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    batch = _Batch()
    for event in events:
        if event.type == "campaign.opened":
            batch.opened.append(event)
        elif event.type == "campaign.amended":
            batch.amended.append(event)
        else:
            if event.type in _MILESTONES:
                _milestone(batch, event)
            _money(batch, event, event)
            _list(batch, event)
    if batch.opened:
        _open(cursor, batch.opened)
    if batch.amended:
        _amend(cursor, batch.amended)
    for block, rows in (
        ("copy_milestones", batch.milestones), ("copy_releases", batch.releases), ("copy_returns", batch.returns),
        ("copy_fees", batch.fees),
    ):  # fmt: skip
        if rows:
            base.copy(cursor, SQL, block, rows)
    _add(cursor, batch)


def _add(cursor: Cursor[Any], batch: _Batch) -> None:
    if batch.changes:
        changes = [batch.changes[key] for key in sorted(batch.changes)]
        cursor.execute(SQL["advance"], {"changes": base.json(changes)})


def _key(event: Recorded) -> str:
    return f"campaign:{event.scope}/{event.data.campaign}"  # type: ignore[attr-defined]


def _open(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    deadlines = base.moments(cursor, {event.position: cast("CampaignOpened", event.data).deadline for event in events})
    campaigns, terms = [], []
    for event in events:
        data = cast("CampaignOpened", event.data)
        key, deadline, cap, at = _key(event), deadlines[event.position], given(data.cap), base.epoch(event.happened_at)
        campaigns.append(
            (
                key, event.scope, data.campaign, data.kind, f"party:{event.scope}/{data.issuer}", data.title, data.goal,
                cap, data.currency, deadline, data.funding, data.jurisdiction, given(data.category),
                given(data.industry), given(data.region), given(data.minimum) or 0, given(data.promised_return),
                given(data.fingerprint), event.position, event.happened_at, event.day, at,
                "open", 0, 0, 0, 0, 0, 0, 0, 0, "0", event.position,
            )
        )  # fmt: skip
        terms.append(
            (event.position, key, 0, True, data.goal, cap, deadline, data.title, event.happened_at, event.day, at)
        )
    base.copy(cursor, SQL, "copy_campaigns", campaigns)
    base.copy(cursor, SQL, "copy_terms", terms)


def _amend(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    texts = {event.position: cast("CampaignAmended", event.data).deadline for event in events}
    deadlines = base.moments(cursor, {position: text for position, text in texts.items() if text is not UNSET})
    for event in events:
        data = cast("CampaignAmended", event.data)
        cursor.execute(
            SQL["amend"],
            {
                "key": _key(event), "position": event.position, "material": data.material, "goal": given(data.goal),
                "cap": given(data.cap), "deadline": deadlines.get(event.position), "title": given(data.title),
                "happened_at": event.happened_at, "day": event.day, "epoch": base.epoch(event.happened_at),
            },
        )  # fmt: skip


def _milestone(batch: _Batch, event: Recorded) -> None:
    key, data = _key(event), event.data
    change = batch.change(key, event.position)
    if isinstance(data, CampaignClosed):
        step, outcome = "closed", str(data.outcome)
        change.status, change.closed_position = outcome, event.position
        change.closed_at, change.closed_day = event.happened_at, event.day
    else:
        step, outcome = "delivered", cast("CampaignDelivered", data).share
        # Of several, the latest by valid time; of equals, the one that was recorded last.
        if change.delivered_at is None or event.happened_at >= change.delivered_at:
            change.delivered, change.delivered_position = outcome, event.position
            change.delivered_at = event.happened_at
    batch.milestones.append(
        (event.position, key, step, outcome, event.happened_at, event.day, base.epoch(event.happened_at))
    )


def _money(batch: _Batch, event: Recorded, original: Recorded) -> None:
    """Add what an event moved: its postings name the campaign and the sum. `original` tells what escrow's lines mean.

    What is owed is the promise's own account, whatever moved it: one pledge, or the end of many.
    """
    for account, _, amount in event.postings:
        root, _, path = account.partition("/")
        if root == "pledged":
            batch.change(f"campaign:{path}", event.position).owed -= amount
        elif root == "escrow":
            _SUMS[original.type](batch.change(f"campaign:{path}", event.position), amount)
    if original.type == "pledge.made":
        batch.change(_key(original), event.position).pledge_count += 1 if event is original else -1


def _list(batch: _Batch, event: Recorded) -> None:
    if event.type == "funds.released":
        batch.releases.append(_release(event))
    elif event.type == "funds.returned":
        batch.returns.append(_return(event))
    elif event.type == "fee.charged" and cast("FeeCharged", event.data).campaign is not UNSET:
        batch.fees.append(_fee(event))


def _collected(change: _Change, amount: int) -> None:
    change.collected += amount


def _refunded(change: _Change, amount: int) -> None:
    change.refunded -= amount


def _released(change: _Change, amount: int) -> None:
    change.released -= amount


def _returned(change: _Change, amount: int) -> None:
    change.released -= amount
    change.returned += amount


def _charged(change: _Change, amount: int) -> None:
    change.fees -= amount


_SUMS = {
    "pledge.collected": _collected,
    "pledge.refunded": _refunded,
    "funds.released": _released,
    "funds.returned": _returned,
    "fee.charged": _charged,
}


def _release(event: Recorded) -> tuple[Any, ...]:
    data = cast("FundsReleased", event.data)
    # The debit says who got it, also where the event leaves it to be the issuer.
    line = next(posting for posting in event.postings if posting.amount > 0)
    payee = line.account.partition("/")[2]
    return (
        event.position, _key(event), event.scope, f"party:{payee}", data.amount, line.currency,
        *base.channel_of(data.channel), event.happened_at, event.day, base.epoch(event.happened_at),
    )  # fmt: skip


def _return(event: Recorded) -> tuple[Any, ...]:
    data = cast("FundsReturned", event.data)
    line = next(posting for posting in event.postings if posting.amount < 0)
    payer = line.account.partition("/")[2]
    return (
        event.position, _key(event), event.scope, f"party:{payer}", data.amount, line.currency,
        *base.channel_of(data.channel), event.happened_at, event.day, base.epoch(event.happened_at),
    )  # fmt: skip


def _fee(event: Recorded) -> tuple[Any, ...]:
    data = cast("FeeCharged", event.data)
    return (
        event.position, _key(event), event.scope, data.payer, data.amount, event.postings[0].currency,
        event.happened_at, event.day, base.epoch(event.happened_at),
    )  # fmt: skip


_CORRECT = {
    "campaign.opened": ("correct_campaign", None),
    "campaign.amended": ("correct_terms", "restate_terms"),
    "campaign.closed": ("correct_milestone", "restate_milestones"),
    "campaign.delivered": ("correct_milestone", "restate_milestones"),
    "funds.released": ("correct_release", None),
    "funds.returned": ("correct_return", None),
    "fee.charged": ("correct_fee", None),
}


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    original = correction.original
    positions = {"by": correction.position, "of": original.position}
    mark, restate = _CORRECT.get(original.type, (None, None))
    if mark is not None:
        cursor.execute(SQL[mark], positions)
        if restate is not None and (row := cursor.fetchone()) is not None:
            cursor.execute(SQL[restate], {"by": correction.position, "key": row[0]})
    # The correction's own lines, since others may have settled a part of the original's in between.
    batch = _Batch()
    _money(batch, correction.event, original)
    _add(cursor, batch)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it stands; money in minor units of `currency`."""

    key: str
    scope: str
    campaign: str
    kind: str
    issuer: str
    title: str
    goal: int
    cap: int | None
    currency: str
    deadline: datetime
    funding: str
    jurisdiction: str
    category: str | None
    industry: str | None
    region: str | None
    minimum: int
    promised_return: str | None
    fingerprint: str | None
    opened_position: int
    opened_at: datetime
    opened_day: int
    status: str
    closed_position: int | None
    closed_at: datetime | None
    amendments: int
    pledged: int
    collected: int
    refunded: int
    released: int
    returned: int
    fees: int
    escrow: int
    pledge_count: int
    delivered: str
    position: int


@dataclass(frozen=True, slots=True)
class Terms:
    """Goal, cap, deadline and title as they stood from `position` on."""

    position: int
    amendment: int
    material: bool
    goal: int
    cap: int | None
    deadline: datetime
    title: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Release:
    """Money that left escrow for a payee."""

    position: int
    key: str
    payee: str
    amount: int
    currency: str
    happened_at: datetime
    corrected_position: int | None


def get(connection: psycopg.Connection[Any], key: str) -> Campaign | None:
    """One campaign by its key (`campaign:<scope>/<id>`)."""
    return fetch.one(connection, SQL["get"], Campaign, {"key": key})


def listed(
    connection: psycopg.Connection[Any],
    *,
    scope: str | None = None,
    status: str | None = None,
    issuers: Sequence[str] | None = None,
    after: int = 0,
    limit: int = fetch.PAGE_ROWS,
) -> list[Campaign]:
    """Campaigns of a platform, a status, some issuers (keys), in order of opening, behind position `after`."""
    asked = {"scope": scope, "status": status, "issuers": fetch.keys(issuers), "after": after, "limit": limit}
    return fetch.many(connection, SQL["listed"], Campaign, asked)


def terms(connection: psycopg.Connection[Any], key: str) -> list[Terms]:
    """The opening and each amendment, in order."""
    return fetch.many(connection, SQL["terms"], Terms, {"key": key})


def releases(connection: psycopg.Connection[Any], key: str) -> list[Release]:
    """What left escrow for payees, in order."""
    return fetch.many(connection, SQL["releases"], Release, {"key": key})
