"""View: each pledge as it stands, and each step of its life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct
from msgspec.structs import astuple

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
_AMOUNT = 5  # its place in `copy_pledges`


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


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    made: dict[str, tuple[tuple[Any, ...], _Life]] = {}
    before: dict[str, _Life] = {}  # pledges that are in the table already
    steps = []
    for event in events:
        key = f"pledge:{event.scope}/{event.data.pledge}"  # type: ignore[attr-defined]
        at = base.epoch(event.happened_at)
        if event.type == "pledge.made":
            made[key] = (_facts(event, key, at), _Life(key, "pledged"))
            continue
        known = made.get(key)
        life = known[1] if known else before.get(key)
        if life is None:
            life = before[key] = _Life(key)
        amount = _advance(life, event, at)
        steps.append((event.position, key, event.type[7:], amount, event.happened_at, event.day, at))
    if made:
        base.copy(cursor, SQL, "copy_pledges", [_row(facts, life) for facts, life in made.values()])
    if steps:
        base.copy(cursor, SQL, "copy_steps", steps)
    if before:
        cursor.execute(SQL["advance"], {"changes": base.json([before[key] for key in sorted(before)])})


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
    asked = {"campaign": campaign, "investors": fetch.keys(investors), "after": after, "limit": limit}
    return fetch.many(connection, SQL["listed"], Pledge, asked)


def steps(connection: psycopg.Connection[Any], key: str) -> list[Step]:
    """The life of a pledge, in order."""
    return fetch.many(connection, SQL["steps"], Step, {"key": key})
