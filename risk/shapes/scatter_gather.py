"""Money that leaves one party, runs over several middles and meets again at another: diamonds of first links.

Alternatives of a diamond with source s, middles a and b, sink t: (payees of s - 1) x (payers of t - 1) x payers and
payees of a x payers and payees of b, all counted in first links. See bipartite.py for why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from risk.shapes.form import Asked, Grouped, Shape, Table
from risk.shapes.links import NEEDS, Budget, Figure, Link, Night, Shown, Web, bits, kept_bp, standing

MEASURES = (
    "diamonds", "middles", "alternatives", "odds", "repeats", "links", "span_days", "total_minor", "share_kept_bp",
)  # fmt: skip


def find(rows: Table, asked: Asked) -> Iterator[Grouped]:
    """A group for each party of a diamond. Parameters: span, recent, budget, chance (most alternatives)."""
    for shown in standing(rows, asked, diamonds(asked), lambda figure: figure.parties):
        yield _grouped(shown)


def diamonds(asked: Asked) -> Callable[[Night, Link], Iterator[Figure]]:
    """The search for diamonds that a link completes, be it a way in or a way out."""
    budget, most = Budget(asked.params["budget"]), asked.params["chance"]

    def search(night: Night, link: Link) -> Iterator[Figure]:
        web = night.web
        for source, first, last in _ways(web, link):
            budget.spend()
            sink, middle = last.payee, last.payer
            if source == sink:
                continue
            factor = _busy(web, middle) * max(1, (web.payees(source) - 1) * (web.payers(sink) - 1))
            if factor > most:
                continue
            budget.spend(min(web.payees(source), web.payers(sink)))
            for other in web.out[source].keys() & web.into[sink].keys():
                there, on = web.out[source][other], web.into[sink][other]
                alternatives = factor * _busy(web, other)
                if other != middle and there.day <= on.day and alternatives <= most:
                    yield Figure((first, there, last, on), alternatives)

    return search


def _ways(web: Web, link: Link) -> Iterator[tuple[str, Link, Link]]:
    """Two steps in time order, of which the link is one: (source, first, last)."""
    for source, first in web.into[link.payer].items():
        if first.day <= link.day:
            yield source, first, link
    for last in web.out[link.payee].values():
        if link.day <= last.day:
            yield link.payer, link, last


def _busy(web: Web, middle: str) -> int:
    return web.payers(middle) * web.payees(middle)


def _grouped(shown: Shown) -> Grouped:
    links = shown.links
    rarest = shown.figures[0].alternatives
    ins = {link for figure in shown.figures for link in figure.links[:2]}
    outs = {link for figure in shown.figures for link in figure.links[2:]}
    came, went = (sum(link.amount for link in each) for each in (ins, outs))
    measures = (
        len(shown.figures), len({link.payer for link in outs}), rarest, bits(rarest), bits(len(shown.figures)),
        len(links), links[-1].day - links[0].day + 1, came, kept_bp(went, came),
    )  # fmt: skip
    night = shown.night
    keys = (night.platform, shown.party, night.currency)
    positions = ([link.position for link in links],)
    return Grouped(night.day, keys, measures, positions, max(link.epoch for link in links), shown.parties)


SCATTER_GATHER = Shape(NEEDS, ("platform", "account", "currency"), MEASURES, ("position",), find)
