"""How money flowed around a node: step by step along the largest sums, within bounds, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import psycopg

from api.facts import Read
from api.money_flow import MOVES_MAX, FlowNode, FlowQuestion, LeftOut, MoneyFlow
from ledger.kernel.named_sql import load
from ops.questions import standing
from ops.then import known_by
from projections import flows
from projections.flows import Beside, Edge, Standing

SQL = load(Path(__file__).parent / "sql" / "flows.sql")
VIEWS: Final = ("flows", "investors", "campaigns", "loans")
FOLLOWED: Final = frozenset({"party", "campaign", "loan"})  # through a platform's account all of its customers meet
STARTS_MAX: Final = 20


def flow(connection: psycopg.Connection, question: FlowQuestion) -> Read[MoneyFlow]:
    """The flow that is asked for, as of one moment."""
    with standing(connection, *VIEWS) as as_of:
        then = known_by(connection, question.times, as_of.position)
        asked = Standing(then.known, then.at, question.first_day, question.last_day)
        starts = dict.fromkeys([*question.starts, *flows.touched(connection, question.positions)])
        hops = dict.fromkeys([*starts][: min(STARTS_MAX, question.nodes)], 0)
        around, crowded = _walk(connection, hops, asked, question)
        edges = flows.between(connection, [*hops], asked)
        return Read(MoneyFlow(_told(connection, hops), edges, left_out(around, edges), sorted(crowded)), as_of)


def _walk(
    connection: psycopg.Connection, hops: dict[str, int], asked: Standing, question: FlowQuestion
) -> tuple[list[Beside], set[str]]:
    """Adds to `hops` the nodes of each step; gives what is beside those that were followed, and the crowded ones."""
    around: list[Beside] = []
    crowded: set[str] = set()
    for hop in range(1, question.hops + 1):
        frontier = [key for key, at in hops.items() if at == hop - 1 and (hop == 1 or _kind(key) in FOLLOWED)]
        if hop > 1:
            crowded |= flows.crowded(connection, frontier, MOVES_MAX)
        frontier = [key for key in frontier if key not in crowded]
        if not frontier:
            break
        found = flows.beside(connection, frontier, asked, question.nodes)
        around += found
        for each in found:
            if len(hops) < question.nodes:
                hops.setdefault(each.other, hop)
    return around, crowded


def left_out(around: Iterable[Beside], edges: Sequence[Edge]) -> list[LeftOut]:
    """Of each node that was followed: what it moved altogether, less what the edges tell; nothing where that is all."""
    sums: dict[tuple[str, str, str], tuple[int, int, set[str]]] = {}
    for edge in edges:
        for node, way, other in ((edge.source, "out", edge.target), (edge.target, "in", edge.source)):
            amount, moves, others = sums.get((node, way, edge.currency), (0, 0, set()))
            sums[node, way, edge.currency] = (amount + edge.amount, moves + edge.moves, {*others, other})
    whole = {(each.node, each.way, each.currency): each for each in around}
    found = []
    for (node, way, currency), each in sorted(whole.items()):
        amount, moves, others = sums.get((node, way, currency), (0, 0, set()))
        if each.moves > moves:
            rest = each.whole - amount, each.moves - moves, each.others - len(others)
            found.append(LeftOut(node, way, currency, *rest))
    return found


def _told(connection: psycopg.Connection, hops: dict[str, int]) -> list[FlowNode]:
    known = {row[0]: row[1:] for row in connection.execute(SQL["nodes"], {"keys": list(hops)})}
    return [FlowNode(key, hop, *known.get(key, (None, None, None))) for key, hop in hops.items()]


def _kind(key: str) -> str:
    return key.partition(":")[0]
