"""View: each pledge as it stands, and each step of its life."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from msgspec import UNSET, Struct
from msgspec.structs import astuple

from ledger.events.campaigns import CampaignClosed
from ledger.events.checks import until
from ledger.events.pledges import PledgeCollectionFailed, PledgeMade, PledgesLapsed
from projections import base, fetch

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "pledges"
VERSION = 2
TYPES = frozenset(
    {
        "pledge.made", "pledge.collected", "pledge.collection_failed", "pledge.cancelled", "pledge.reconfirmed",
        "pledge.refunded", "campaign.closed", "pledges.lapsed", base.CORRECTION,
    }
)  # fmt: skip
SQL = base.load(NAME)
_CAMPAIGN, _AMOUNT = 3, 5  # their places in `copy_pledges`


class _Life(Struct, omit_defaults=True):
    """What a batch did to one pledge; the fields are columns, from `status` on in the order of `copy_pledges`."""

    key: str
    status: str | None = None
    collected_position: int | None = None
    collected_day: int | None = None
    collected_epoch: int | None = None
    cancelled_position: int | None = None
    cancelled_day: int | None = None
    cancelled_epoch: int | None = None
    reconfirmed_position: int | None = None
    refunded: int = 0
    refunded_position: int | None = None
    refunded_day: int | None = None


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Insert what was made, advance what was made before."""
    base.fold(cursor, events, _fold, _correct)


class _Batch:
    """What a stretch of events says, by what has to be done with it."""

    def __init__(self) -> None:
        self.made: dict[str, tuple[tuple[Any, ...], _Life]] = {}
        self.before: dict[str, _Life] = {}  # pledges that are in the table already
        self.steps: list[tuple[Any, ...]] = []
        self.failed: list[Recorded] = []
        self.reconfirmed: set[str] = set()
        self.ends: list[tuple[Any, ...]] = []


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    batch = _Batch()
    for event in events:
        if event.type in {"campaign.closed", "pledges.lapsed"}:
            batch.ends.extend(_end(event))
        else:
            _take(batch, event)
    if batch.made:
        base.copy(cursor, SQL, "copy_pledges", [_row(facts, life) for facts, life in batch.made.values()])
    if batch.steps:
        base.copy(cursor, SQL, "copy_steps", batch.steps)
    if batch.before:
        changes = [batch.before[key] for key in sorted(batch.before)]
        cursor.execute(SQL["advance"], {"changes": base.json(changes)})
    if batch.failed:
        _fail(cursor, batch.failed)
    _settle(cursor, batch)


def _take(batch: _Batch, event: Recorded) -> None:
    key = f"pledge:{event.scope}/{event.data.pledge}"  # type: ignore[attr-defined]
    at = base.epoch(event.happened_at)
    if event.type == "pledge.made":
        batch.made[key] = (_facts(event, key, at), _Life(key, "pledged"))
        return
    amount = 0
    if event.type == "pledge.collection_failed":
        batch.failed.append(event)
    else:
        known = batch.made.get(key)
        life = known[1] if known else batch.before.get(key)
        if life is None:
            life = batch.before[key] = _Life(key)
        amount = _advance(life, event, at)
        if event.type == "pledge.reconfirmed":
            batch.reconfirmed.add(key)
    batch.steps.append((event.position, key, event.type[7:], amount, event.happened_at, event.day, at))


def _end(event: Recorded) -> Iterator[tuple[Any, ...]]:
    """The row of what ended many promises at once; a success ended none."""
    data = event.data
    if isinstance(data, PledgesLapsed):
        amended_at, by = until(data.amended_at, UTC), until(data.reconfirm_by, UTC)
        key = f"campaign:{data.platform}/{data.campaign}"
        yield event.position, key, "lapsed", by + timedelta(microseconds=1), amended_at, by
    elif isinstance(data, CampaignClosed) and data.outcome != "succeeded":
        yield event.position, f"campaign:{event.scope}/{data.campaign}", "void", event.happened_at, None, None


def _fail(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Failed collections: few, so each is told again from its steps."""
    texts = {event.position: cast("PledgeCollectionFailed", event.data).retry_at for event in events}
    retries = base.moments(cursor, {position: text for position, text in texts.items() if text is not UNSET})
    told = [
        {
            "position": event.position,
            "reason": base.given(cast("PledgeCollectionFailed", event.data).reason),
            "retry_at": retries.get(event.position),
        }
        for event in events
    ]
    cursor.execute(SQL["detail_failures"], {"failures": base.json(told)})
    keys = sorted({f"pledge:{event.scope}/{event.data.pledge}" for event in events})  # type: ignore[attr-defined]
    cursor.execute(SQL["restate_failures"], {"keys": keys})


def _settle(cursor: Cursor[Any], batch: _Batch) -> None:
    """What ends make of pledges: of all in a campaign that ended now, of single ones in those that ended before."""
    if batch.ends:
        base.copy(cursor, SQL, "copy_ends", batch.ends)
        cursor.execute(SQL["settle_campaigns"], {"campaigns": sorted({row[1] for row in batch.ends})})
    keys = set(batch.reconfirmed)
    if batch.made:
        theirs = {key: facts[_CAMPAIGN] for key, (facts, _) in batch.made.items()}
        asked = {"campaigns": sorted(set(theirs.values()))}
        ended = {campaign for (campaign,) in cursor.execute(SQL["ended"], asked).fetchall()}
        keys |= {key for key, campaign in theirs.items() if campaign in ended}
    if keys:
        cursor.execute(SQL["settle_pledges"], {"keys": sorted(keys)})


def _row(facts: tuple[Any, ...], life: _Life) -> tuple[Any, ...]:
    if life.refunded == facts[_AMOUNT]:
        life.status = "refunded"
    return (*facts, *astuple(life)[1:])


def _facts(event: Recorded, key: str, at: int) -> tuple[Any, ...]:
    data = cast("PledgeMade", event.data)
    scope = event.scope
    return (
        key, scope, data.pledge, f"campaign:{scope}/{data.campaign}", f"party:{scope}/{data.investor}", data.amount,
        data.currency, *base.channel_of(data.channel), event.position, event.happened_at, event.day, at,
    )  # fmt: skip


def _advance(life: _Life, event: Recorded, at: int) -> int:
    """Take one step; the amount that moved, as the event's postings have it."""
    kind = event.type
    if kind == "pledge.collected":
        life.status = "collected"
        life.collected_position, life.collected_day, life.collected_epoch = event.position, event.day, at
    elif kind == "pledge.cancelled":
        life.status = "cancelled"
        life.cancelled_position, life.cancelled_day, life.cancelled_epoch = event.position, event.day, at
    elif kind == "pledge.refunded":
        life.refunded_position, life.refunded_day = event.position, event.day
        life.refunded += event.data.amount  # type: ignore[attr-defined]
    else:
        life.reconfirmed_position = event.position
    return max((posting.amount for posting in event.postings), default=0)


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    original = correction.original
    positions = {"by": correction.position, "of": original.position}
    if original.type == "pledge.made":
        cursor.execute(SQL["correct_pledge"], positions)
    elif original.type == "campaign.closed":
        row = cursor.execute(SQL["correct_end"], positions).fetchone()
        if row is not None:
            cursor.execute(SQL["settle_campaigns"], {"campaigns": [row[0]]})
    elif original.type in TYPES:
        row = cursor.execute(SQL["correct_step"], positions).fetchone()
        if row is not None:
            cursor.execute(SQL["restate"], {"key": row[0]})
            cursor.execute(SQL["restate_failures"], {"keys": [row[0]]})
            cursor.execute(SQL["settle_pledges"], {"keys": [row[0]]})


@dataclass(frozen=True, slots=True)
class Pledge:
    """A pledge as it stands; keys of campaign and party; money in minor units of `currency`.

    `ended_position` is the close or lapse that ended it with others; `failure` why its last collection failed.
    """

    key: str
    scope: str
    pledge: str
    campaign: str
    investor: str
    amount: int
    currency: str
    made_position: int
    happened_at: datetime
    day: int
    status: str
    collected_position: int | None
    cancelled_position: int | None
    reconfirmed_position: int | None
    refunded: int
    refunded_position: int | None
    refund_due: int
    ended_position: int | None
    failures: int
    failed_at: datetime | None
    retry_at: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a pledge's life: collected, collection_failed, cancelled, reconfirmed, refunded. Or taken back."""

    position: int
    step: str
    amount: int
    happened_at: datetime
    corrected_position: int | None


def get(connection: psycopg.Connection[Any], key: str) -> Pledge | None:
    """One pledge by its key (`pledge:<scope>/<id>`)."""
    return fetch.one(connection, SQL["get"], Pledge, {"key": key})


def listed(
    connection: psycopg.Connection[Any],
    *,
    campaign: str | None = None,
    investors: Sequence[str] | None = None,
    after: int = 0,
    limit: int = fetch.PAGE_ROWS,
) -> list[Pledge]:
    """Pledges of a campaign, of parties (all by key), or of all, in order of recording, behind position `after`."""
    asked = {"campaign": campaign, "investors": fetch.keys(investors), "after": after, "limit": limit}
    return fetch.many(connection, SQL["listed"], Pledge, asked)


def steps(connection: psycopg.Connection[Any], key: str) -> list[Step]:
    """The life of a pledge, in order."""
    return fetch.many(connection, SQL["steps"], Step, {"key": key})
