"""Mutes as events: of a rule, a known matter, a subject or a platform, for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api import acting
from api.access import Principal
from api.problems import Problem
from api.services import Services
from ledger.events.mutes import MUTE_DAYS_MAX
from ledger.kernel import clock


class NewMute(BaseModel):
    """What is muted (all of the parts that are given), why, and until when: a moment, or for so many days."""

    model_config = ConfigDict(extra="forbid")

    alert: str | None = Field(None, max_length=200, description="In place of rule and key: those of this alert.")
    rule: str | None = Field(None, max_length=100)
    key: dict[str, str] | None = Field(None, min_length=1, max_length=20, description="Columns of a finding's key.")
    subject: str | None = Field(None, max_length=300, description="The key of an entity: `party:huizhong/U-7`.")
    platform: str | None = Field(None, max_length=128)
    until: AwareDatetime | None = None
    days: int | None = Field(None, ge=1, le=MUTE_DAYS_MAX)
    reason: str = Field(min_length=3, max_length=2000, pattern=r"\S")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.until is None) == (self.days is None):
            raise ValueError("give one of until and days")
        if self.alert is not None and (self.rule is not None or self.key is not None):
            raise ValueError("an alert stands for its rule and key; give either")
        if not any((self.alert, self.rule, self.key, self.subject, self.platform)):
            raise ValueError("say what is muted: an alert, a rule, columns of a key, a subject or a platform")
        return self


def mute(services: Services, principal: Principal, new: NewMute, once: str | None = None) -> tuple[str, int]:
    """Mute it; the mute's id and the event's position. `once`: the id of a form. Raises Problem."""
    rule, key = (new.rule, new.key) if new.alert is None else _of_alert(services, new.alert)
    if rule is not None and rule not in services.rules:
        raise Problem("invalid_parameter", f"there is no rule {rule!r}; GET /v1/rules lists them.")
    if new.platform is not None and services.reads.platform(new.platform).value is None:
        raise Problem("invalid_parameter", f"there is no platform {new.platform!r}; GET /v1/platforms lists them.")
    until = new.until or services.now() + timedelta(days=new.days or 0)
    data = {
        "mute": f"M-{clock.new_id()}", "reason": new.reason, "until": until.isoformat(timespec="microseconds"),
        "rule": rule, "key": key, "subject": new.subject, "platform": new.platform,
    }  # fmt: skip
    made = ("mute", "until") if new.until is None else ("mute",)
    done = acting.record_once(services, principal, "alert.muted", data, once, made)
    return done.data["mute"], done.position


def end(services: Services, principal: Principal, name: str, reason: str | None, once: str | None = None) -> int:
    """End a mute before its time; the event's position. Raises Problem."""
    data = {"mute": name, "reason": reason}
    return acting.record_once(services, principal, "alert.unmuted", data, once).position


def _of_alert(services: Services, name: str) -> tuple[str, dict[str, str] | None]:
    found = services.reads.alert(name).value
    if found is None:
        raise Problem("not_found", f"there is no alert {name!r}.")
    return found[0].rule, found[0].key or None
