"""Fans: one party with many first-time counterparties on one side, paid in by them or paying out to them.

A counterparty is quiet where this is its only first link of that kind in the window: payers who pay nobody else new
came for this payee. Amounts are alike where they lie within `near_pct` of the median.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from risk.shapes.form import Asked, Grouped, Shape, Table
from risk.shapes.links import NEEDS, Link, Night, nights

MEASURES = ("others", "quiet", "alike", "span_days", "total_minor", "largest_minor", "turned")


def find_in(rows: Table, asked: Asked) -> Iterator[Grouped]:
    """A group for each payee with `least` new payers, the last of them within `recent` days (parameters)."""
    for night in nights(rows, asked, asked.width):
        if night.asked:
            yield from _fans(night, asked, inward=True)


def find_out(rows: Table, asked: Asked) -> Iterator[Grouped]:
    """The same for each payer and new payees."""
    for night in nights(rows, asked, asked.width):
        if night.asked:
            yield from _fans(night, asked, inward=False)


def _fans(night: Night, asked: Asked, *, inward: bool) -> Iterator[Grouped]:
    web = night.web
    fans, turned = (web.into, web.out) if inward else (web.out, web.into)
    for party in sorted(fans):
        links = sorted(fans[party].values())
        if len(links) >= asked.params["least"] and links[-1].day > night.day - asked.params["recent"]:
            back = turned.get(party, {}).values()
            yield _grouped(night, party, links, list(back), turned, asked.params["near_pct"], inward=inward)


def _grouped(
    night: Night, party: str, links: list[Link], back: list[Link],
    turned: dict[str, dict[str, Link]], near_pct: int, *, inward: bool,
) -> Grouped:  # fmt: skip
    other: Callable[[Link], str] = (lambda link: link.payer) if inward else (lambda link: link.payee)
    amounts = sorted(link.amount for link in links)
    median = amounts[len(amounts) // 2]
    measures = (
        len(links), sum(len(turned[other(link)]) == 1 for link in links),
        sum(abs(amount - median) * 100 <= near_pct * median for amount in amounts),
        links[-1].day - links[0].day + 1, sum(amounts), amounts[-1], sum(link.amount for link in back),
    )  # fmt: skip
    keys = (night.platform, party, night.currency)
    members = sorted({party, *map(other, links)})
    return Grouped(
        night.day, keys, measures, ([link.position for link in links],), max(link.epoch for link in links), members
    )


FAN_IN = Shape(NEEDS, ("platform", "account", "currency"), MEASURES, ("position",), find_in)
FAN_OUT = Shape(NEEDS, ("platform", "account", "currency"), MEASURES, ("position",), find_out)
