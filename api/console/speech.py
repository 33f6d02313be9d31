"""How the console speaks to one reader: words of a catalogue; money, numbers, times and ages by locale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import dates, numbers
from iso4217 import Currency
from markupsafe import Markup

from api.console import languages
from ledger.kernel.money import is_currency

MINUTE: Final = timedelta(minutes=1)
_KIB: Final = 1024
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class Speech:
    """A language and a time zone. `text` and `plural` take named values as `%(name)s`."""

    tag: str
    zone: ZoneInfo

    def text(self, message: str, **values: Any) -> str:
        """A message in this language."""
        return _filled(languages.translations(self.tag).gettext(message), values)

    def plural(self, one: str, many: str, num: int, **values: Any) -> str:
        """A message with a number in it, `%(num)s`, written by locale."""
        said = languages.translations(self.tag).ngettext(one, many, num)
        return _filled(said, {"num": self.number(num), **values})

    def number(self, value: int | Decimal) -> str:
        """1234567 as 1,234,567."""
        return numbers.format_decimal(value, locale=self._locale)

    def compact(self, value: int) -> str:
        """A large number in few characters: 1.3M, 130万."""
        if abs(value) < 10_000:
            return self.number(value)
        return numbers.format_compact_decimal(value, locale=self._locale, fraction_digits=1)

    def size(self, count: int) -> str:
        """Bytes as people write them: 1536 as 1.5 KiB."""
        if count < _KIB:
            return self.plural("%(num)s byte", "%(num)s bytes", count)
        unit, scale = ("KiB", _KIB) if count < _KIB * _KIB else ("MiB", _KIB * _KIB)
        return f"{numbers.format_decimal(Decimal(count) / scale, format='#,##0.#', locale=self._locale)} {unit}"

    def money(self, minor: int, currency: str) -> str:
        """Minor units of a currency: 50000 CNY as ¥500.00."""
        digits = (Currency(currency).exponent if is_currency(currency) else None) or 0
        # Not Babel's digits of the currency: those are for prices, these are of the unit that was reported.
        pattern = _money_pattern(self.tag, digits)
        amount = Decimal(minor).scaleb(-digits)
        return numbers.format_currency(amount, currency, pattern, locale=self._locale, currency_digits=False)

    def rate(self, share: str) -> str:
        """The decimal string `0.154` as 15.4%; what is no decimal stays as it is."""
        try:
            return numbers.format_percent(Decimal(share), format="#,##0.######%", locale=self._locale)
        except InvalidOperation:
            return share

    def moment(self, value: datetime) -> str:
        """Date and time to the second."""
        return f"{self.day(value)} {self.clock(value)}"

    def clock(self, value: datetime) -> str:
        """The time of day alone."""
        return dates.format_time(value, "HH:mm:ss", tzinfo=self.zone, locale=self._locale)

    def day(self, value: date | datetime | str | int) -> str:
        """A date; a string is YYYY-MM-DD, an integer counts days since 1970-01-01."""
        if isinstance(value, datetime):
            value = value.astimezone(self.zone).date()
        elif isinstance(value, str):
            value = date.fromisoformat(value)
        elif isinstance(value, int):
            value = _EPOCH + timedelta(days=value)
        return dates.format_date(value, "medium", locale=self._locale)

    def month(self, value: str) -> str:
        """YYYY-MM as a month and its year: November 2026, 2026年11月."""
        return str(dates.format_skeleton("yMMMM", date.fromisoformat(f"{value}-01"), locale=self._locale))

    def age(self, since: datetime, now: datetime) -> str:
        """How long ago, in the largest fitting unit: 3 hours ago, 3小时前."""
        if now - since < MINUTE:
            return self.text("just now")
        return dates.format_timedelta(since - now, add_direction=True, locale=self._locale)

    def span(self, length: timedelta) -> str:
        """A length of time: 3 hours, 3小时."""
        return dates.format_timedelta(length, locale=self._locale)

    def country(self, code: str) -> str:
        """A jurisdiction by its name."""
        return str(self._locale.territories.get(code, code))

    def seconds(self, value: float) -> str:
        """Seconds, with one decimal below ten."""
        return numbers.format_decimal(round(value, 1 if value < 10 else 0), format="#,##0.#", locale=self._locale)

    def time_tag(self, value: datetime, said: str | None = None) -> Markup:
        """A <time> element that shows `said` and has the exact time as its title."""
        exact = self.moment(value)
        machine = value.astimezone(self.zone).isoformat(timespec="seconds")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, exact, said or exact)

    def listed(self, parts: Iterable[str]) -> str:
        """Several things in a row."""
        return (", " if self.tag == "en" else "、").join(parts)

    @property
    def _locale(self) -> Any:
        return languages.locale(self.tag)


@cache
def _money_pattern(tag: str, digits: int) -> str:
    pattern: str = languages.locale(tag).currency_formats["standard"].pattern
    return pattern.replace(".00", "." + "0" * digits if digits else "")


def _filled(said: str, values: dict[str, Any]) -> str:
    """The message with its values; where one of them is markup so is the whole, and the others are escaped."""
    if any(isinstance(value, Markup) for value in values.values()):
        return Markup(said) % values  # noqa: S704 - the message is of our catalogues
    return said % values if values else said
