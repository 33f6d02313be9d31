"""Who is one with whom before the law: a group under common control, and the relations that make it one. Pure.

Regulation Crowdfunding counts what "entities controlled by or under common control with the issuer" raised; POJK
10/2022 counts a lender with its affiliates. So a reported affiliate belongs to the group, a party under the same
control, and an owner of a quarter or more: the line that rules on beneficial owners draw, where these name none. An
officer or a relative controls nothing by that alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

OWNER_PPM_MIN: Final = 250_000
CONTROLLING: Final = frozenset({"affiliate", "same_controller", "owner"})


class Link(NamedTuple):
    """A relation between two parties (keys), and the position of the event that told it."""

    party: str
    other: str
    position: int


def controls(relation: str, share_ppm: int | None) -> bool:
    """Whether a relation makes one group of two parties. An owner whose share isn't known is not known to control."""
    if relation == "owner":
        return share_ppm is not None and share_ppm >= OWNER_PPM_MIN
    return relation in CONTROLLING


class Group(NamedTuple):
    """Parties (keys) with each of whom the first one is a group, itself among them, and the relations that say so."""

    parties: frozenset[str]
    links: tuple[Link, ...]


def group(own: str, links: Iterable[Link], persons: Mapping[str, str | None]) -> Group:
    """The group of a party. `persons`: who is behind each party; parties with the same one are one."""
    known = list(links)
    selves: dict[str, list[str]] = {}
    for party, person in persons.items():
        if person is not None:
            selves.setdefault(person, []).append(party)
    edges: dict[str, list[str]] = {}
    for link in known:
        edges.setdefault(link.party, []).append(link.other)
        edges.setdefault(link.other, []).append(link.party)
    reached, waiting = {own}, [own]
    while waiting:
        party = waiting.pop()
        person = persons.get(party)
        near = [*edges.get(party, ()), *(selves.get(person, ()) if person is not None else ())]
        fresh = [each for each in near if each not in reached]
        reached.update(fresh)
        waiting += fresh
    used = [link for link in known if link.party in reached]
    return Group(frozenset(reached), tuple(sorted(used, key=lambda link: link.position)))
