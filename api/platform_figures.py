"""A platform's months in figures: sums by currency, what they come to as shares, how it reports. Pure.

Of money and of complaints a month is that of the event's own day; of reports, refusals and alerts it is the month in
which they were recorded (UTC). Shares are in basis points, rounded down; None where there is no whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from api.scorecards import SEVERITIES, PlatformHistory
from projections.platform_months import named

WHOLE_BP: Final = 10_000
STOCKS: Final = ("principal", "held")  # shown as what they have come to, not as what they moved
OUTCOMES: Final = ("open", "confirmed", "justified_look", "false_positive")


class Sum(NamedTuple):
    """How many events, and their amount in minor units."""

    events: int = 0
    amount: int = 0


class Money(NamedTuple):
    """A month in one currency. `outstanding` principal and what should be `held` in custody are those of its end.

    `refund_share_bp`: refunded of what was collected. `default_share_bp`: principal of loans told to be in default, of
    what was outstanding when the month began and was lent in it.
    """

    currency: str
    sums: Mapping[str, Sum]
    outstanding: int
    held: int
    refund_share_bp: int | None
    default_share_bp: int | None

    def of(self, kind: str) -> Sum:
        """One sum; of nothing, where nothing happened."""
        return self.sums.get(kind, Sum())


class Month(NamedTuple):
    """A month. `counts` are of kinds that move no money; `alerts` by severity, `outcomes` by what became of them."""

    month: str
    running: bool
    counts: Mapping[str, int]
    money: Sequence[Money]
    alerts: Mapping[str, int]
    outcomes: Mapping[str, int]
    refused: Mapping[str, int]
    late_share_bp: int | None
    refused_share_bp: int | None

    def of(self, currency: str) -> Money:
        """The month in one currency."""
        return next((each for each in self.money if each.currency == currency), Money(currency, {}, 0, 0, None, None))


def months(history: PlatformHistory, now: int) -> list[Month]:
    """Every month from the first to the last, in order; `now` (year * 12 + month - 1) is the running one."""
    sums: defaultdict[int, dict[tuple[str, str], Sum]] = defaultdict(dict)
    for row in history.sums:
        sums[row.month][row.currency, row.kind] = Sum(row.events, row.amount)
    currencies = sorted({row.currency for row in history.sums if row.currency})
    before = sums[history.first - 1]
    stock = {(c, kind): before.get((c, kind), Sum()).amount for c in currencies for kind in STOCKS}
    found = []
    for month in range(history.first, history.last + 1):
        money = [_money(currency, sums[month], stock) for currency in currencies]
        found.append(_month(history, month, now, sums[month], money))
    return found


def _money(currency: str, sums: Mapping[tuple[str, str], Sum], stock: dict[tuple[str, str], int]) -> Money:
    """Moves `stock` on to the month's end."""
    own = {kind: each for (of, kind), each in sums.items() if of == currency}
    began = stock[currency, "principal"]
    for kind in STOCKS:
        stock[currency, kind] += own.pop(kind, Sum()).amount
    none = Sum()
    return Money(
        currency,
        own,
        stock[currency, "principal"],
        stock[currency, "held"],
        share_bp(own.get("refunded", none).amount, own.get("collected", none).amount),
        share_bp(own.get("defaulted", none).amount, began + own.get("lent", none).amount),
    )


def _month(
    history: PlatformHistory, month: int, now: int, sums: Mapping[tuple[str, str], Sum], money: list[Money]
) -> Month:
    counts = {kind: each.events for (currency, kind), each in sums.items() if not currency}
    refused = {each.code: each.events for each in history.refused if each.month == month}
    alerts, outcomes = dict.fromkeys(SEVERITIES, 0), dict.fromkeys(OUTCOMES, 0)
    for each in history.alerts:
        if each.month == month:
            alerts[each.severity] += each.alerts
            outcomes[each.outcome] = outcomes.get(each.outcome, 0) + each.alerts
    reports, turned_away = counts.get("reports", 0), sum(refused.values())
    return Month(
        named(month),
        month >= now,
        counts,
        money,
        alerts,
        outcomes,
        refused,
        share_bp(counts.get("late", 0), reports),
        share_bp(turned_away, reports + turned_away),
    )


def share_bp(part: int, whole: int) -> int | None:
    """In basis points, rounded down."""
    return part * WHOLE_BP // whole if whole > 0 else None
