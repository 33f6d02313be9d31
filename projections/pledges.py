"""View: each pledge as it stands, and each step of its life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from ledger.events.pledges import PledgeMade
from projections import base, fetch

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "pledges"
VERSION = 1
TYPES = frozenset(
    {
        "pledge.made", "pledge.collected", "pledge.cancelled", "pledge.reconfirmed", "pledge.refunded",
        base.CORRECTION,
    }
)  # fmt: skip
SQL = base.load(NAME)


class _Life:
    """What a batch did to one pledge; None where it did nothing."""

    __slots__ = ("cancelled", "collected", "reconfirmed", "refunded", "refunded_day", "refunded_position", "status")

    def __init__(self, status: str | None) -> None:
        self.status = status
        self.collected: tuple[int | None, int | None, int | None] = (None, None, None)  # position, day, epoch
        self.cancelled: tuple[int | None, int | None, int | None] = (None, None, None)
        self.reconfirmed: int | None = None
        self.refunded = 0
        self.refunded_position: int | None = None
        self.refunded_day: int | None = None

    def columns(self, status: str | None) -> tuple[Any, ...]:
        """The columns from `status` on, in the order of both COPY blocks."""
        return (
            status, *self.collected, *self.cancelled, self.reconfirmed,
            self.refunded, self.refunded_position, self.refunded_day,
        )  # fmt: skip


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Insert what was made, advance what was made before."""
    base.fold(cursor, SQL, events, _fold, _correct)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    made: dict[str, tuple[tuple[Any, ...], _Life]] = {}
    before: dict[str, _Life] = {}  # pledges that are in the table already
    steps = []
    for event in events:
        key = f"pledge:{event.scope}/{event.data.pledge}"  # type: ignore[attr-defined]
        at = base.epoch(event.happened_at)
        if event.type == "pledge.made":
            made[key] = (_facts(event, key, at), _Life("pledged"))
            continue
        known = made.get(key)
        life = known[1] if known else before.get(key)
        if life is None:
            life = before[key] = _Life(None)
        amount = _advance(life, event, at)
        steps.append((event.position, key, event.type[7:], amount, event.happened_at, event.day, at))
    if made:
        rows = [(*facts, *life.columns(_status(life, facts[5]))) for facts, life in made.values()]
        base.copy(cursor, SQL, "copy_pledges", rows)
    if steps:
        base.copy(cursor, SQL, "copy_steps", steps)
    if before:
        base.copy(cursor, SQL, "copy_stage", [(key, *life.columns(life.status)) for key, life in before.items()])
        cursor.execute(SQL["advance"])


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
        life.collected = (event.position, event.day, at)
    elif kind == "pledge.cancelled":
        life.status = "cancelled"
        life.cancelled = (event.position, event.day, at)
    elif kind == "pledge.refunded":
        life.refunded_position, life.refunded_day = event.position, event.day
        life.refunded += event.data.amount  # type: ignore[attr-defined]
    else:
        life.reconfirmed = event.position
    return max((posting.amount for posting in event.postings), default=0)


def _status(life: _Life, amount: int) -> str | None:
    return "refunded" if life.refunded == amount else life.status


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    original = correction.original
    positions = {"by": correction.position, "of": original.position}
    if original.type == "pledge.made":
        cursor.execute(SQL["correct_pledge"], positions)
    elif original.type in TYPES:
        row = cursor.execute(SQL["correct_step"], positions).fetchone()
        if row is not None:
            cursor.execute(SQL["restate"], {"key": row[0]})


@dataclass(frozen=True, slots=True)
class Pledge:
    """A pledge as it stands; keys of campaign and party; money in minor units of `currency`."""

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


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a pledge's life: collected, cancelled, reconfirmed, refunded. Taken back where it was corrected."""

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
    parties = None if investors is None else list(investors)
    asked = {"campaign": campaign, "investors": parties, "after": after, "limit": limit}
    return fetch.many(connection, SQL["listed"], Pledge, asked)


def steps(connection: psycopg.Connection[Any], key: str) -> list[Step]:
    """The life of a pledge, in order."""
    return fetch.many(connection, SQL["steps"], Step, {"key": key})
