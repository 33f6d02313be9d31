"""Clusters of investors who share several kinds of channel: an address and a device, a device and a payment account.

Two investors are joined where at least `kinds` kinds of channel show a common value in the window; a cluster is what
hangs together. One shared address is a household or an office, two shared traces are seldom chance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import rustworkx as rx

from risk.shapes.form import Asked, Grouped, Inconclusive, Shape, Table

NEEDS = ("day", "position", "epoch", "platform", "investor", "campaign", "channel", "value")
MEASURES = ("investors", "joins", "kinds_shared", "values_shared", "uses", "campaigns")


class _Use(NamedTuple):
    day: int
    position: int
    epoch: int
    investor: str
    campaign: str | None
    trace: tuple[str, str]  # kind of channel, value


def find(rows: Table, asked: Asked) -> Iterator[Grouped]:
    """A group for each cluster of `least` investors. Parameters: kinds, crowd (sharers of a value at most), budget.

    The first of its investors in the order of keys gives the cluster its name.
    """
    platforms: defaultdict[str, list[_Use]] = defaultdict(list)
    for day, position, epoch, platform, investor, campaign, channel, value in rows.of(*NEEDS):
        if platform is not None and investor is not None and value is not None:
            platforms[platform].append(_Use(day, position, epoch, investor, campaign, (channel, value)))
    for platform, uses in sorted(platforms.items()):
        for day in asked.days:
            window = [use for use in uses if day - asked.width < use.day <= day]
            yield from _clusters(platform, day, window, asked)


def _clusters(platform: str, day: int, uses: list[_Use], asked: Asked) -> Iterator[Grouped]:
    sharers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for use in uses:
        sharers[use.trace].add(use.investor)
    shared = {trace: those for trace, those in sharers.items() if 1 < len(those) <= asked.params["crowd"]}
    joined = _joined(shared, asked)
    for members in _components(joined):
        if len(members) >= asked.params["least"]:
            yield _grouped(platform, day, members, uses, {pair for pair in joined if pair[0] in members}, shared)


def _joined(shared: dict[tuple[str, str], set[str]], asked: Asked) -> set[tuple[str, str]]:
    """Pairs of investors with enough kinds in common."""
    steps = sum(len(those) * (len(those) - 1) // 2 for those in shared.values())
    if steps > asked.params["budget"]:
        raise Inconclusive(f"{steps} pairs share a channel, more than the {asked.params['budget']} of `budget`.")
    kinds: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for (kind, _), those in shared.items():
        for pair in combinations(sorted(those), 2):
            kinds[pair].add(kind)
    return {pair for pair, common in kinds.items() if len(common) >= asked.params["kinds"]}


def _components(pairs: set[tuple[str, str]]) -> list[set[str]]:
    names = sorted({name for pair in pairs for name in pair})
    at = {name: number for number, name in enumerate(names)}
    graph: rx.PyGraph[str, None] = rx.PyGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from_no_data([(at[one], at[other]) for one, other in sorted(pairs)])
    return sorted(({names[node] for node in nodes} for nodes in rx.connected_components(graph)), key=min)


def _grouped(
    platform: str, day: int, members: set[str], uses: list[_Use], joined: set[tuple[str, str]],
    shared: dict[tuple[str, str], set[str]],
) -> Grouped:  # fmt: skip
    common = {trace for trace, those in shared.items() if len(those & members) > 1}
    own = [use for use in uses if use.investor in members and use.trace in common]
    # A pledge has a row for each kind of channel.
    events = Counter(use.position for use in own)
    measures = (
        len(members), len(joined), len({kind for kind, _ in common}), len(common), len(events),
        len({use.campaign for use in own if use.campaign is not None}),
    )  # fmt: skip
    return Grouped(
        day, (platform, min(members)), measures, (sorted(events),), max(use.epoch for use in own), sorted(members)
    )


CLUSTER = Shape(NEEDS, ("platform", "cluster"), MEASURES, ("position",), find)
