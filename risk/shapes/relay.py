"""Relays: a party that takes money from first-time payers and then pays it on to first-time payees.

All of it comes, then it goes: a party with a first-time payer after its first payment out, or with a payment out before
its first payer, is no relay.
"""

from __future__ import annotations

from collections.abc import Iterator

from risk.shapes.form import Asked, Grouped, Shape, Table
from risk.shapes.links import NEEDS, Night, kept_bp, nights

MEASURES = (
    "payers", "payees", "came_minor", "went_minor", "passed_bp", "wait_days", "span_days",
)  # fmt: skip


def find(rows: Table, asked: Asked) -> Iterator[Grouped]:
    """A group for each party with payers and later payees, the last within `recent` days (a parameter)."""
    for night in nights(rows, asked, asked.width):
        if night.asked:
            for party in sorted(night.web.into.keys() & night.web.out.keys()):
                yield from _relay(night, party, asked.params["recent"])


def _relay(night: Night, party: str, recent: int) -> Iterator[Grouped]:
    came, went = (sorted(links[party].values()) for links in (night.web.into, night.web.out))
    if not came or not went or went[-1].day <= night.day - recent or came[-1].day > went[0].day:
        return
    taken, paid = (sum(link.amount for link in links) for links in (came, went))
    measures = (
        len(came), len(went), taken, paid, kept_bp(paid, taken), went[-1].day - came[-1].day,
        went[-1].day - came[0].day + 1,
    )  # fmt: skip
    members = sorted({each for link in (*came, *went) for each in (link.payer, link.payee)})
    positions = ([link.position for link in (*came, *went)],)
    epoch = max(link.epoch for link in (*came, *went))
    yield Grouped(night.day, (night.platform, party, night.currency), measures, positions, epoch, members)


RELAY = Shape(NEEDS, ("platform", "account", "currency"), MEASURES, ("position",), find)
