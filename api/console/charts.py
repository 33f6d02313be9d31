"""A chart as a value: what a script draws, and what the table beneath it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple, get_args

import msgspec
from iso4217 import Currency

from api.console.speech import Speech
from ledger.kernel.money import is_currency

Kind = Literal["line", "bar", "stacked", "dots"]
Unit = Literal["number", "money", "rate", "days"]
Value = int | Decimal | None
# Colours by meaning, `--chart-<role>` in tokens.css; a series without a role gets the next of `--chart-1` to `-6`.
ROLES: Final = ("critical", "high", "medium", "low", "info", "good")
_KINDS: Final = get_args(Kind)
_UNITS: Final = get_args(Unit)
_HEIGHTS: Final = ((8, "plot"), (16, "plot-tall"))  # lying bars need a height by their number


class Series(NamedTuple):
    """Values along the labels: minor units of `money`, shares (0.154) of `rate`, else numbers. None is a gap."""

    name: str
    values: Sequence[Value]
    role: str = ""


class Threshold(NamedTuple):
    """A line across the chart, in the unit of the values."""

    name: str
    value: int | Decimal
    role: str = "critical"


class Row(NamedTuple):
    """A line of the table."""

    label: str
    cells: list[str]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Title, names and labels are in the reader's language already. `along` names what the labels are: Day, Platform.

    `lying` turns bars, so that long labels have room. `end` is the greatest value that can be, where there is one: the
    axis ends there. Raises ValueError where the parts do not fit together.
    """

    kind: Kind
    title: str
    along: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: Unit = "number"
    currency: str = ""
    thresholds: Sequence[Threshold] = ()
    lying: bool = False
    end: int | None = None

    def __post_init__(self) -> None:
        """A chart that says something else than its figures is worse than none."""
        if self.kind not in _KINDS or self.unit not in _UNITS:
            raise ValueError(f"{self.title}: there is no kind {self.kind!r} of chart, or no unit {self.unit!r}.")
        if (self.unit == "money") != bool(self.currency):
            raise ValueError(f"{self.title}: money, and nothing else, has a currency.")
        for series in self.series:
            if len(series.values) != len(self.labels):
                raise ValueError(f"{self.title}: {series.name} has {len(series.values)} values, not one per label.")
        highest = max((value for series in self.series for value in series.values if value is not None), default=0)
        if self.end is not None and highest > self.end:
            raise ValueError(f"{self.title}: a value lies beyond {self.end}, where the axis ends.")
        unknown = {*(each.role for each in self.series), *(each.role for each in self.thresholds)} - {"", *ROLES}
        if unknown:
            raise ValueError(f"{self.title}: unknown roles {sorted(unknown)}; known: {', '.join(ROLES)}.")

    @property
    def empty(self) -> bool:
        """True where there is nothing to draw."""
        return all(value is None for series in self.series for value in series.values)

    @property
    def size(self) -> str:
        """The class of its height."""
        rows = len(self.labels) if self.lying else 0
        return next((name for most, name in _HEIGHTS if rows <= most), "plot-long")

    def said(self, value: Value, say: Speech) -> str:
        """A value as the reader writes it, with its unit; a dash for a gap."""
        if value is None:
            return "–"
        if self.unit == "money":
            return say.money(int(value), self.currency)
        if self.unit == "rate":
            return say.rate(str(value))
        if self.unit == "days":
            return say.plural("%(num)s day", "%(num)s days", int(value))
        return say.number(value)

    def rows(self, say: Speech) -> list[Row]:
        """The table: a row for each label, a cell for each series."""
        return [
            Row(label, [self.said(series.values[place], say) for series in self.series])
            for place, label in enumerate(self.labels)
        ]

    def json(self, say: Speech) -> str:
        """What charts.js draws. Numbers stay exact: money is in minor units, with the power of ten beside it."""
        drawn = {
            "kind": self.kind,
            "title": self.title,
            "labels": list(self.labels),
            "series": [
                {
                    "name": series.name,
                    "role": series.role,
                    "values": list(series.values),
                    "said": [self.said(value, say) for value in series.values],
                }
                for series in self.series
            ],
            "thresholds": [{**each._asdict(), "said": self.said(each.value, say)} for each in self.thresholds],
            "unit": self.unit,
            "currency": self.currency,
            "digits": _digits(self.currency),
            "lying": self.lying,
            "end": self.end,
            "lang": say.tag,
        }
        return _ENCODER.encode(drawn).decode()


def _digits(currency: str) -> int:
    return (Currency(currency).exponent or 0) if is_currency(currency) else 0


_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
