"""Sanctions as events: imposed on a platform or a party, lifted again."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from api import acting
from api.access import Principal
from api.services import Services
from ledger.kernel import clock


class NewSanction(BaseModel):
    """Whom it is about, what it is, from when on. Money is in minor units."""

    model_config = ConfigDict(extra="forbid")

    subject: str = Field(max_length=270, description="A key: `platform:huizhong` or `party:huizhong/U-7`.")
    kind: str = Field(max_length=41, description="Of the list in GET /v1/casework.")
    begins: date
    until: date | None = Field(None, description="The last day; without it, until it is lifted.")
    limit: int | None = Field(None, description="Of a payment_restriction: the most that one payment may be.")
    amount: int | None = Field(None, description="Of a fine.")
    currency: str | None = Field(None, max_length=3)
    case: str | None = Field(None, max_length=30)
    citation: str | None = Field(None, max_length=200)
    text: str | None = Field(None, max_length=2000)


def impose(services: Services, principal: Principal, new: NewSanction, once: str | None = None) -> tuple[str, int]:
    """Impose it; its id and the event's position. `once`: the id of a form. Raises Problem."""
    data = {"sanction": f"S-{clock.new_id()}", **new.model_dump(mode="json")}
    done = acting.record_once(services, principal, "sanction.imposed", data, once, ("sanction",))
    return done.data["sanction"], done.position


def lift(services: Services, principal: Principal, name: str, reason: str, once: str | None = None) -> int:
    """Lift it; the event's position. Raises Problem."""
    data = {"sanction": name, "reason": reason}
    return acting.record_once(services, principal, "sanction.lifted", data, once).position
