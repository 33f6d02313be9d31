"""Payers who all pay the same payees for the first time: squares of links, two payers by two payees.

Alternatives of a square: (payees of one - 1) x (payees of the other - 1) x (payers of one - 1) x (payers of the other
- 1). In a random web with these degrees the expected number of squares over a given link grows with this product, so
a square among parties with few other first links is telling, one among busy parties is not. A middle is paid in one
square and pays in another: with it there are three layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from risk.shapes.form import Asked, Grouped, Shape, Table
from risk.shapes.links import NEEDS, Budget, Figure, Link, Night, Shown, bits, standing

MEASURES = (
    "squares", "payers", "payees", "middles", "alternatives", "odds", "repeats", "links", "span_days", "total_minor",
)  # fmt: skip


def find(rows: Table, asked: Asked) -> Iterator[Grouped]:
    """A group for each party of a square. Parameters: span, recent, budget, chance (most alternatives)."""
    for shown in standing(rows, asked, squares(asked), lambda figure: figure.parties):
        yield _grouped(shown)


def squares(asked: Asked) -> Callable[[Night, Link], Iterator[Figure]]:
    """The search for squares that a link completes."""
    budget, most = Budget(asked.params["budget"]), asked.params["chance"]

    def search(night: Night, link: Link) -> Iterator[Figure]:
        web = night.web
        own = web.out[link.payer]
        factor = (len(own) - 1) * (web.payers(link.payee) - 1)
        if not 0 < factor <= most:
            return
        for other in web.into[link.payee]:
            theirs = web.out[other]
            half = factor * (len(theirs) - 1)
            budget.spend()
            if other == link.payer or not 0 < half <= most:
                continue
            budget.spend(min(len(own), len(theirs)))
            for payee in own.keys() & theirs.keys():
                if payee not in (link.payee, link.payer, other):
                    alternatives = half * (web.payers(payee) - 1)
                    if alternatives <= most:
                        yield Figure((link, own[payee], theirs[link.payee], theirs[payee]), alternatives)

    return search


def _grouped(shown: Shown) -> Grouped:
    links = shown.links
    payers = {link.payer for link in links}
    payees = {link.payee for link in links}
    rarest = shown.figures[0].alternatives
    measures = (
        len(shown.figures), len(payers), len(payees), len(payers & payees), rarest, bits(rarest),
        bits(len(shown.figures)), len(links), links[-1].day - links[0].day + 1, sum(link.amount for link in links),
    )  # fmt: skip
    night = shown.night
    keys = (night.platform, shown.party, night.currency)
    positions = ([link.position for link in links],)
    return Grouped(night.day, keys, measures, positions, max(link.epoch for link in links), shown.parties)


BIPARTITE = Shape(NEEDS, ("platform", "account", "currency"), MEASURES, ("position",), find)
