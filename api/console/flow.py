"""The flow of money as a value: what a page draws, and the same as a table. Pure.

Nodes stand in levels, from those who paid to those who had it, so that the drawing is the same each time and money runs
one way where it did. The drawing is static/flow.js; no figure is in the picture alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from api.console.links import page_of
from api.console.speech import Speech
from api.console.words import N_, known
from api.money_flow import FlowNode, MoneyFlow
from projections.flows import Edge as Moved

NODES: Final[Mapping[str, str]] = {
    "person": N_("Person"),
    "organisation": N_("Organisation"),
    "party": N_("Party"),
    "campaign": N_("Campaign"),
    "loan": N_("Loan"),
    "custody": N_("Waiting with the platform"),
    "fees": N_("Fees of the platform"),
    "investors": N_("Investors, not told apart"),
}
MEANS: Final[Mapping[str, str]] = {
    "collected": N_("Pledge collected"),
    "refunded": N_("Refunded"),
    "released": N_("Released"),
    "returned": N_("Given back"),
    "fee": N_("Fee"),
    "deposited": N_("Paid in"),
    "withdrawn": N_("Paid out to its owner"),
    "claim_sold": N_("Claim bought"),
    "transferred": N_("Transfer reported"),
    "lent": N_("Lent"),
    "disbursed": N_("Disbursed"),
    "repaid": N_("Repaid"),
    "paid_out": N_("Passed on to the lender"),
}
# What a party is, by what it did: (it paid, it had).
_ROLES: Final[Mapping[tuple[str, str], str]] = {
    ("collected", "source"): N_("investor"),
    ("refunded", "target"): N_("investor"),
    ("lent", "source"): N_("lender"),
    ("paid_out", "target"): N_("lender"),
    ("claim_sold", "source"): N_("buyer of claims"),
    ("claim_sold", "target"): N_("seller of claims"),
    ("released", "target"): N_("receives released funds"),
    ("returned", "source"): N_("gives funds back"),
    ("disbursed", "target"): N_("borrower"),
    ("repaid", "source"): N_("repays"),
    ("transferred", "source"): N_("payer"),
    ("transferred", "target"): N_("payee"),
}
WIDTHS: Final = 5  # classes of a line's width: each is four times the amount of the one below
_LABEL_LENGTH_MAX: Final = 24


class Node(NamedTuple):
    """A node as it is shown. `level`: its column; `start`: it was asked about."""

    key: str
    kind: str
    said: str  # the kind in words
    label: str
    platform: str
    role: str
    href: str | None
    level: int
    start: bool


class Line(NamedTuple):
    """A row of the table: what went from one node to another by one means. `events`: the newest, by position."""

    source: Node
    target: Node
    means: str
    amount: str
    moves: int
    days: str
    events: Sequence[int]


class Rest(NamedTuple):
    """What is not shown, for one node, way and currency."""

    node: Node
    out: bool
    amount: str
    moves: int
    others: int


class Flow(NamedTuple):
    """A figure: `drawn` is what the script draws, `lines` the table beneath."""

    title: str
    nodes: Sequence[Node]
    lines: Sequence[Line]
    left_out: Sequence[Rest]
    not_followed: Sequence[Node]
    drawn: str

    @property
    def kinds(self) -> dict[str, str]:
        """The kinds of node that occur, for the legend."""
        return {node.kind: node.said for node in self.nodes}


def flow_of(
    found: MoneyFlow, title: str, platforms: Mapping[str, str], say: Speech, levels: Mapping[str, int] | None = None
) -> Flow:
    """The figure of an answer; `platforms` are names by id, `levels` columns by key where they are known."""
    levels = levels or levels_of(found.nodes, found.edges)
    nodes = {each.key: _node(each, found.edges, levels[each.key], platforms, say) for each in found.nodes}
    lines = [
        Line(
            nodes[edge.source],
            nodes[edge.target],
            say.text(known(MEANS, edge.means)),
            say.money(edge.amount, edge.currency),
            edge.moves,
            _days(edge, say),
            edge.newest,
        )
        for edge in found.edges
    ]
    rests = [
        Rest(nodes[each.node], each.way == "out", say.money(each.amount, each.currency), each.moves, each.others)
        for each in found.left_out
    ]
    shown = [*nodes.values()]
    stopped = [nodes[key] for key in found.not_followed]
    return Flow(title, shown, lines, rests, stopped, _drawn(title, shown, found.edges, say))


def levels_of(nodes: Sequence[FlowNode], edges: Sequence[Moved]) -> dict[str, int]:
    """A column for each node: who paid more than it had of a node stands before it, the others behind it.

    Found from the nodes that were asked about outwards, along the largest sums first; what nothing leads to is at 0.
    """
    net: dict[tuple[str, str], int] = {}
    for edge in edges:
        first, second = sorted((edge.source, edge.target))
        sign = 1 if edge.source == first else -1
        net[first, second] = net.get((first, second), 0) + sign * edge.amount
    beside: dict[str, list[tuple[str, int]]] = {}
    for (first, second), amount in net.items():
        beside.setdefault(first, []).append((second, 1 if amount >= 0 else -1))
        beside.setdefault(second, []).append((first, -1 if amount >= 0 else 1))
    levels = {each.key: 0 for each in nodes if each.hop == 0}
    waiting = [*levels]
    for key in waiting:  # grows while it is read
        for other, step in beside.get(key, ()):
            if other not in levels:
                levels[other] = levels[key] + step
                waiting.append(other)
    return {each.key: levels.get(each.key, 0) for each in nodes}


def _node(found: FlowNode, edges: Iterable[Moved], level: int, platforms: Mapping[str, str], say: Speech) -> Node:
    kind, _, path = found.key.partition(":")
    scope, _, name = path.partition("/")
    shown = found.sort if kind == "party" and found.sort is not None and found.sort in NODES else kind
    where = platforms.get(scope, scope)
    own = kind in {"custody", "fees"}
    label = found.label or (where if own else name)
    roles = dict.fromkeys(
        say.text(_ROLES[edge.means, side])
        for edge in edges
        for side, key in (("source", edge.source), ("target", edge.target))
        if kind == "party" and key == found.key and (edge.means, side) in _ROLES
    )
    said = say.text(known(NODES, shown))
    href = page_of(f"platform:{scope}" if own else found.key)
    return Node(found.key, shown, said, label, where, say.listed(roles), href, level, found.hop == 0)


def _days(edge: Moved, say: Speech) -> str:
    if not edge.moves:
        return ""
    first, last = say.day(edge.first_day), say.day(edge.last_day)
    return first if first == last else f"{first} – {last}"


def _drawn(title: str, nodes: Sequence[Node], edges: Sequence[Moved], say: Speech) -> str:
    """What the script is given: no markup, nothing that it has to work out."""
    sums: dict[tuple[str, str, str], int] = {}
    for edge in edges:
        of = edge.source, edge.target, edge.currency
        sums[of] = sums.get(of, 0) + edge.amount
    largest: dict[str, int] = {}
    for (_, _, currency), amount in sums.items():
        largest[currency] = max(largest.get(currency, 0), amount)
    number = {node.key: f"n{place}" for place, node in enumerate(nodes)}
    return json.dumps(
        {
            "title": title,
            "nodes": [
                {
                    "id": number[node.key],
                    "kind": node.kind,
                    "label": _short(node.label),
                    "about": " · ".join(filter(None, (node.said, node.label, node.platform, node.role))),
                    "href": node.href,
                    "level": node.level,
                    "start": node.start,
                }
                for node in nodes
            ],
            "edges": [
                {
                    "source": number[source],
                    "target": number[target],
                    "label": say.money(amount, currency),
                    "width": width_of(amount, largest[currency]),
                }
                for (source, target, currency), amount in sums.items()
            ],
        },
        ensure_ascii=False,
    )


def width_of(amount: int, largest: int) -> int:
    """1 (thin) to WIDTHS: the class of an amount beside the largest of its currency, in integers alone."""
    width = WIDTHS
    while width > 1 and amount < largest:
        largest //= 4
        width -= 1
    return width


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_LENGTH_MAX else label[: _LABEL_LENGTH_MAX - 1] + "…"
