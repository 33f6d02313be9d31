"""Money that comes back to where it left: temporal cycles of first links, each step on the day of the last or later.

Alternatives of a cycle: the product over its parties of payers times payees in first links, that is how many first
links could have led into and out of each; the root of it is what a walk through them could have chosen from.
"""

from __future__ import annotations

from collections.abc import Iterator

import rustworkx as rx

from risk.shapes.form import Asked, Grouped, Shape, Table
from risk.shapes.links import NEEDS, Budget, Figure, Link, Night, Shown, Web, bits, kept_bp, standing

MEASURES = (
    "cycles", "length", "alternatives", "odds", "links", "span_days", "total_minor", "least_kept_bp",
)  # fmt: skip


def find(rows: Table, asked: Asked) -> Iterator[Grouped]:
    """A group for each party of a cycle. Parameters: span, recent, budget, shortest, longest (steps)."""
    for shown in standing(rows, asked, _Search(asked), lambda figure: figure.parties):
        yield _grouped(shown)


class _Search:
    """The cycles that a link closes. A cycle lies within a strongly connected component: only these are walked."""

    def __init__(self, asked: Asked) -> None:
        self._budget = Budget(asked.params["budget"])
        self._shortest, self._longest = asked.params["shortest"], asked.params["longest"]
        self._of: tuple[str | None, str, int] | None = None
        self._component: dict[str, int] = {}

    def __call__(self, night: Night, link: Link) -> Iterator[Figure]:
        this = (night.platform, night.currency, night.day)
        if self._of != this:
            self._of, self._component = this, components(night.web)
        own = self._component.get(link.payer)
        if own is None or own != self._component.get(link.payee):
            return
        for walk in self._walks(night.web, link, own):
            parties = [each.payer for each in walk]
            alternatives = 1
            for party in parties:
                alternatives *= night.web.payers(party) * night.web.payees(party)
            yield Figure(_from_the_oldest(walk), alternatives)

    def _walks(self, web: Web, closing: Link, component: int) -> Iterator[list[Link]]:
        """Paths in time order from the closing link's payee to its payer, with the closing link at the end."""
        stack: list[list[Link]] = [
            [first] for payee, first in web.out[closing.payee].items() if self._component.get(payee) == component
        ]
        while stack:
            walk = stack.pop()
            self._budget.spend()
            last = walk[-1]
            if last.payee == closing.payer:
                if self._shortest <= len(walk) + 1 and last.day <= closing.day:
                    yield [*walk, closing]
                continue
            if len(walk) + 1 >= self._longest:
                continue
            passed = {each.payer for each in walk}
            for payee, step in web.out[last.payee].items():
                if step.day >= last.day and payee not in passed and self._component.get(payee) == component:
                    stack.append([*walk, step])


def components(web: Web) -> dict[str, int]:
    """Party -> the number of its strongly connected component, for components of at least three."""
    graph: rx.PyDiGraph[str, None] = rx.PyDiGraph(multigraph=False)
    # Who is only paid, or only pays, is in no cycle; most are.
    both = sorted(party for party, paid in web.out.items() if paid and web.into.get(party))
    at = dict(zip(both, graph.add_nodes_from(both), strict=True))
    graph.add_edges_from_no_data([(at[payer], at[payee]) for payer in both for payee in web.out[payer] if payee in at])
    large = (each for each in rx.strongly_connected_components(graph) if len(each) > 2)
    return {graph[node]: number for number, nodes in enumerate(large) for node in nodes}


def _from_the_oldest(walk: list[Link]) -> tuple[Link, ...]:
    start = walk.index(min(walk))
    return (*walk[start:], *walk[:start])


def _grouped(shown: Shown) -> Grouped:
    best, links = shown.figures[0], shown.links
    steps = zip(best.links, best.links[1:], strict=False)
    measures = (
        len(shown.figures), len(best.links), best.alternatives, bits(best.alternatives), len(links),
        links[-1].day - links[0].day + 1, sum(link.amount for link in best.links),
        min(kept_bp(after.amount, before.amount) for before, after in steps),
    )  # fmt: skip
    night = shown.night
    keys = (night.platform, shown.party, night.currency)
    positions = ([link.position for link in links],)
    return Grouped(night.day, keys, measures, positions, max(link.epoch for link in links), shown.parties)


CYCLE = Shape(NEEDS, ("platform", "account", "currency"), MEASURES, ("position",), find)
