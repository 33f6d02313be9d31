"""Claims: parts of a loan's principal, sold from holder to holder."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from ledger.events.base import MAX_AMOUNT, Amount, Data, LoanId, PartyId

PRICE_RATIO_MAX = 10  # times the principal; more is a mistaken unit
Price = Annotated[int, Meta(ge=0, le=MAX_AMOUNT)] | Annotated[str, Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,12})?\Z")]


class ClaimTransferred(Data, frozen=True, kw_only=True):
    """A holder sold `principal` of her claim on a loan. Sent by the platform.

    `price` is a decimal string per unit of principal (`"0.98"` is 98 %), or an integer: the whole sum in minor units.
    """

    TYPE: ClassVar[str] = "claim.transferred"

    loan: LoanId
    seller: PartyId
    buyer: PartyId
    principal: Amount
    price: Price

    def verify(self) -> None:
        """Two parties, and a price that can be meant."""
        if self.seller == self.buyer:
            raise ValueError(f"seller and buyer are the same party, {self.seller!r}")
        if isinstance(self.price, str) and int(self.price.partition(".")[0]) > PRICE_RATIO_MAX:
            raise ValueError(
                f"price {self.price!r} is a multiple of the principal; give the whole sum as an integer of minor units"
            )
        if price_in_minor_units(self.principal, self.price) > MAX_AMOUNT:
            raise ValueError(f"price {self.price!r} of principal {self.principal} is too large to write down")


def price_in_minor_units(principal: int, price: int | str) -> int:
    """The whole sum that the buyer pays; a price per unit is rounded half up to the minor unit."""
    if isinstance(price, int):
        return price
    whole, _, part = price.partition(".")
    scale = 10 ** len(part)
    rounded: int = (2 * principal * int(whole + part) + scale) // (2 * scale)
    return rounded
