"""First links between parties, night by night: what the graph shapes walk over.

A link is the first payment that one party ever made to another, where none went the other way before. Who deals with
whom for the first time is rare and telling; who pays his landlord again is not. Links of different platforms or
currencies are never joined.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from risk.shapes.form import Asked, Inconclusive, Table

NEEDS = ("day", "position", "epoch", "platform", "payer", "payee", "amount", "currency")
_FINE = 16  # parts of a bit


class Link(NamedTuple):
    """One link, ordered by (day, position). `amount` in minor units of the web's currency, `epoch` in Unix seconds."""

    day: int
    position: int
    epoch: int
    payer: str
    payee: str
    amount: int


class Web:
    """The links of some days: `out[payer][payee]`, `into[payee][payer]`."""

    def __init__(self) -> None:
        self.out: defaultdict[str, dict[str, Link]] = defaultdict(dict)
        self.into: defaultdict[str, dict[str, Link]] = defaultdict(dict)

    def add(self, link: Link) -> None:
        """Take a link in; the earliest of a pair counts."""
        self.out[link.payer].setdefault(link.payee, link)
        self.into[link.payee].setdefault(link.payer, link)

    def drop(self, link: Link) -> None:
        """Forget a link."""
        if self.out[link.payer].get(link.payee) is link:
            del self.out[link.payer][link.payee], self.into[link.payee][link.payer]

    def payees(self, party: str) -> int:
        """How many parties this one paid for the first time."""
        return len(self.out[party])

    def payers(self, party: str) -> int:
        """How many parties paid this one for the first time."""
        return len(self.into[party])


class Night(NamedTuple):
    """The links of the `span` days up to a day, and which of them are of that day."""

    day: int
    platform: str | None
    currency: str
    web: Web
    fresh: list[Link]
    asked: bool


class Budget:
    """Steps that a search may take. A question too large is said to be so, never cut short in silence."""

    def __init__(self, steps: int) -> None:
        self._steps = self._left = steps

    def spend(self, steps: int = 1) -> None:
        """Raises Inconclusive where nothing is left."""
        self._left -= steps
        if self._left < 0:
            raise Inconclusive(
                f"The search needs more than {self._steps} steps (parameter `budget`), so no finding of these days is "
                "given. Ask fewer days at once, or allow a larger budget."
            )


def nights(rows: Table, asked: Asked, span: int) -> Iterator[Night]:
    """Every day with links and every asked day, ascending, for each platform and currency.

    Rows without a payer or payee are left out, as is who pays himself.
    """
    parts: defaultdict[tuple[str | None, str], list[Link]] = defaultdict(list)
    for day, position, epoch, platform, payer, payee, amount, currency in rows.of(*NEEDS):
        if payer is not None and payee is not None and payer != payee:
            parts[platform, currency].append(Link(day, position, epoch, payer, payee, amount))
    for (platform, currency), links in sorted(parts.items(), key=lambda part: (part[0][0] or "", part[0][1])):
        yield from _slide(sorted(links), asked, span, platform, currency)


def _slide(links: list[Link], asked: Asked, span: int, platform: str | None, currency: str) -> Iterator[Night]:
    by_day: defaultdict[int, list[Link]] = defaultdict(list)
    for link in links:
        by_day[link.day].append(link)
    web, oldest, wanted = Web(), 0, set(asked.days)
    for day in sorted(wanted | set(by_day)):
        while oldest < len(links) and links[oldest].day <= day - span:
            web.drop(links[oldest])
            oldest += 1
        fresh = by_day.get(day, [])
        for link in fresh:
            web.add(link)
        yield Night(day, platform, currency, web, fresh, day in wanted)


class Figure(NamedTuple):
    """Links that together make a shape, and in how many other ways its parties' links could have made one by chance."""

    links: tuple[Link, ...]
    alternatives: int

    @property
    def newest(self) -> int:
        return max(link.day for link in self.links)

    @property
    def parties(self) -> list[str]:
        """Everybody who paid or was paid, in the order of the links."""
        return list(dict.fromkeys(party for link in self.links for party in (link.payer, link.payee)))


class Shown(NamedTuple):
    """The figures that one party belongs to on an asked day: the rarest first, then by their links."""

    night: Night
    party: str
    figures: list[Figure]

    @property
    def links(self) -> list[Link]:
        return sorted({link for figure in self.figures for link in figure.links})

    @property
    def parties(self) -> list[str]:
        return sorted({party for figure in self.figures for party in figure.parties})


def standing(
    rows: Table,
    asked: Asked,
    search: Callable[[Night, Link], Iterable[Figure]],
    whom: Callable[[Figure], Iterable[str]],
) -> Iterator[Shown]:
    """What each party of a figure is shown with, on each asked day.

    `search` gives the figures that a link of the night completes. All of a figure's links lie within `span` days
    (a parameter) of its newest, and so do those that `alternatives` counts; a figure stands for the rest of the
    rule's window after that. So a figure does not depend on the day it is asked about, and a link that is reported
    late by less than that still completes it. A party is shown while the newest of its figures is at most `recent` days
    old (a parameter), with all of them.
    """
    span, recent = asked.params["span"], asked.params["recent"]
    lasts = asked.width - span
    known: dict[tuple[str | None, str], dict[tuple[Link, ...], Figure]] = defaultdict(dict)
    for night in nights(rows, asked, span):
        alive = known[night.platform, night.currency]
        for key in [key for key, figure in alive.items() if figure.newest <= night.day - lasts]:
            del alive[key]
        following = bisect_left(asked.days, night.day)
        if following == len(asked.days) or asked.days[following] >= night.day + lasts:
            continue  # what is completed today has passed by the next asked day
        for link in night.fresh:
            for figure in search(night, link):
                alive.setdefault(tuple(sorted(figure.links)), figure)
        if night.asked:
            yield from _shown(night, alive.values(), whom, night.day - recent)


def _shown(
    night: Night, figures: Iterable[Figure], whom: Callable[[Figure], Iterable[str]], seen: int
) -> Iterator[Shown]:
    own: defaultdict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        for party in whom(figure):
            own[party].append(figure)
    for party in sorted(party for party, those in own.items() if max(each.newest for each in those) > seen):
        yield Shown(night, party, sorted(own[party], key=lambda each: (each.alternatives, sorted(each.links))))


def bits(count: int) -> int:
    """The binary logarithm of a positive count in sixteenths of a bit, cut; by integers alone, so equal everywhere."""
    return int.bit_length(count**_FINE) - 1


def kept_bp(paid_out: int, paid_in: int) -> int:
    """What share of money that came in went out again, in basis points, cut."""
    return paid_out * 10_000 // paid_in
