"""The pulse of a platform's cash: whether payouts follow the deposits of the day, and whether borrowers earn them.

Pearson's r over the days on which money moved, from whole sums: (n Sxy - Sx Sy) / sqrt((n Sxx - Sx^2)(n Syy - Sy^2)),
in basis points, cut towards zero. Integers all the way, so every machine says the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import starmap
from math import isqrt
from operator import mul
from typing import NamedTuple

from risk.shapes.form import Asked, Grouped, Shape, Table

_BP = 10_000
_DAY = 86_400


class _Day(NamedTuple):
    platform: str
    currency: str
    day: int
    deposits: int
    payouts: int
    repaid: int
    last_deposit: int | None
    last_payout: int | None


def find(table: Table, asked: Asked) -> Iterator[Grouped]:
    """One group per evaluation day, platform and currency on which anything was paid out within the window."""
    groups: defaultdict[tuple[str, str], list[_Day]] = defaultdict(list)
    for row in table.of(*_Day._fields):
        platform, currency, day, *sums = row
        if platform is None or currency is None:
            continue
        deposits, payouts, repaid = (int(each) for each in sums[:3])
        groups[platform, currency].append(_Day(platform, currency, day, deposits, payouts, repaid, *sums[3:]))
    for days in groups.values():
        days.sort(key=lambda each: each.day)
    for day in asked.days:
        for key, all_days in groups.items():
            first = bisect_right(all_days, day - asked.width, key=lambda each: each.day)
            inside = all_days[first : bisect_left(all_days, day + 1, key=lambda each: each.day)]
            if any(each.payouts for each in inside):
                yield _group(day, key, inside)


def _group(day: int, key: tuple[str, str], inside: Sequence[_Day]) -> Grouped:
    moving = [each for each in inside if each.deposits or each.payouts]
    deposits, payouts = [each.deposits for each in moving], [each.payouts for each in moving]
    paid, repaid = sum(payouts), sum(each.repaid for each in inside)
    paying = [each for each in moving if each.payouts]
    return Grouped(
        day,
        key,
        (len(paying), correlation(deposits, payouts), repaid * _BP // paid, sum(deposits), paid, repaid),
        (
            [each.last_deposit for each in paying if each.last_deposit is not None],
            [each.last_payout for each in paying if each.last_payout is not None],
        ),
        max(each.day for each in paying) * _DAY,
    )


def correlation(xs: Sequence[int], ys: Sequence[int]) -> int | None:
    """Pearson's r in basis points; None where one of the two never changes."""
    n, sx, sy = len(xs), sum(xs), sum(ys)
    covariance = n * sum(starmap(mul, zip(xs, ys, strict=True))) - sx * sy
    spread = (n * sum(x * x for x in xs) - sx * sx) * (n * sum(y * y for y in ys) - sy * sy)
    if spread == 0:
        return None
    size = isqrt(covariance * covariance * _BP * _BP // spread)
    return size if covariance >= 0 else -size


PULSE = Shape(
    needs=_Day._fields,
    keys=("platform", "currency"),
    measures=("paying_days", "follows_bp", "earned_bp", "deposits_minor", "payouts_minor", "repaid_minor"),
    positions=("last_deposit", "last_payout"),
    find=find,
)
