"""Minor units as decimals, exactly: 50000 is 500.00 in CNY, 50000 in JPY and 50.000 in KWD. Pure."""

from __future__ import annotations

from functools import cache
from typing import Final

from iso4217 import Currency

# ISO 4217 gives gold, bond units and tests no minor unit: their amounts are whole units.
_NO_MINOR_UNIT: Final = 0


@cache
def decimals(currency: str) -> int:
    """How many digits of an amount stand behind the decimal mark (ISO 4217). Raises ValueError for no currency."""
    exponent = Currency(currency).exponent
    return _NO_MINOR_UNIT if exponent is None else int(exponent)


def decimal_text(amount: int, currency: str) -> str:
    """`amount` minor units as a decimal with all the digits of its currency."""
    places = decimals(currency)
    if not places:
        return str(amount)
    digits = str(abs(amount)).rjust(places + 1, "0")
    return f"{'-' if amount < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def commodity(currency: str) -> str:
    """The sample that hledger's `commodity` directive wants: with a decimal mark even where no digit follows it."""
    return f"1000.{'0' * decimals(currency)} {currency}"
