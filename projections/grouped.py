"""Who belongs to whose group, as of two times: parties of one person, under one control, owned to a quarter or more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import psycopg

from ledger.affiliates import Link, controls, group
from projections import base, fetch
from projections.asof import Times

SQL = base.load("grouped")
VIEWS: Final = ("investors",)
_NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation that makes one group of two parties (keys), and the event that told it."""

    position: int
    party: str
    other: str
    relation: str
    share: str | None
    share_ppm: int | None
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """The parties (keys), the first one first, and the relations between them."""

    parties: list[str]
    relations: list[Relation]


@dataclass(frozen=True, slots=True)
class _Self:
    key: str
    person: str | None


def group_of(connection: psycopg.Connection[Any], own: str, times: Times) -> Group:
    """The group of a party, by the relations that held at the one time and were known at the other."""
    return groups_of(connection, [own], times)[own]


def groups_of(connection: psycopg.Connection[Any], keys: Sequence[str], times: Times) -> dict[str, Group]:
    """The groups of several parties (keys)."""
    asked = {"known": times.known, "at": times.at or _NEVER}
    persons: dict[str, str | None] = {}
    relations: dict[int, Relation] = {}
    edge: Sequence[str] = keys
    while edge:
        known = fetch.many(connection, SQL["selves"], _Self, {**asked, "keys": list(edge)})
        persons |= {**dict.fromkeys(edge), **{each.key: each.person for each in known}}
        selves = sorted({*edge, *(each.key for each in known)})
        rows = fetch.many(connection, SQL["relations"], Relation, {**asked, "keys": selves})
        relations |= {row.position: row for row in rows if controls(row.relation, row.share_ppm)}
        near = {key for row in relations.values() for key in (row.party, row.other)}
        edge = sorted(near - persons.keys())
    links = [Link(row.party, row.other, row.position) for row in relations.values()]
    found = {own: group(own, links, persons) for own in keys}
    return {
        own: Group([own, *sorted(each.parties - {own})], [relations[link.position] for link in each.links])
        for own, each in found.items()
    }
