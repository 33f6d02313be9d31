"""View: how money moved between parties, campaigns, loans and platforms, one row per move: the edges of its graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from projections import base, fetch
from projections.moves import MEANS, moves_of

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "flows"
VERSION = 1
TYPES = frozenset({*MEANS, base.CORRECTION})
SQL = base.load(NAME)


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Append what moved."""
    base.fold(cursor, events, _fold, _correct)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    rows = [
        (event.position, line, *move, event.happened_at, event.day)
        for event in events
        for line, move in enumerate(moves_of(event))
    ]
    if rows:
        base.copy(cursor, SQL, "copy_moves", rows)


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    if correction.original.type in TYPES:
        cursor.execute(SQL["correct"], {"by": correction.position, "of": correction.original.position})


class Standing(NamedTuple):
    """Which moves count: known at position `known`, happened by `at` and on a day between two, None: no bound."""

    known: int
    at: datetime | None = None
    first_day: int | None = None
    last_day: int | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """With whom a node moved money in a currency, and how much; `way` is `in` or `out` of the node.

    `whole`, `moves` and `others`: of that way and currency altogether, in minor units, moves and counterparts.
    """

    node: str
    way: str
    other: str
    currency: str
    amount: int
    whole: int
    moves: int
    others: int


@dataclass(frozen=True, slots=True)
class Edge:
    """What went from one node to another by one means, minor units; `newest` are the positions of its last events."""

    source: str
    target: str
    means: str
    currency: str
    amount: int
    moves: int
    first_day: int
    last_day: int
    newest: list[int]


def beside(connection: psycopg.Connection[Any], nodes: Sequence[str], standing: Standing, each: int) -> list[Beside]:
    """The `each` largest counterparts of every node, by way and currency, the largest of all nodes first."""
    return fetch.many(connection, SQL["beside"], Beside, {"nodes": list(nodes), "each": each, **standing._asdict()})


def between(connection: psycopg.Connection[Any], nodes: Sequence[str], standing: Standing) -> list[Edge]:
    """Everything that moved among these nodes, summed by pair, means and currency."""
    return fetch.many(connection, SQL["between"], Edge, {"nodes": list(nodes), **standing._asdict()})


def crowded(connection: psycopg.Connection[Any], nodes: Sequence[str], most: int) -> set[str]:
    """Those of the nodes that have more than `most` moves one way; no more than that many rows of each are read."""
    return {node for (node,) in connection.execute(SQL["crowded"], {"nodes": list(nodes), "most": most})}


def touched(connection: psycopg.Connection[Any], positions: Sequence[int]) -> list[str]:
    """The nodes between which events moved money, in order of the events."""
    return [node for (node,) in connection.execute(SQL["touched"], {"positions": list(positions)})]
