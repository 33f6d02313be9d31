"""Who is to be told of findings: checked, kept, and for a webhook the secret that signs its messages."""

from __future__ import annotations

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.access import Principal
from api.office import NewSubscription
from api.problems import Problem
from api.services import Services

Severity = Literal["info", "low", "medium", "high", "critical"]


class Subscribe(BaseModel):
    """Where to, and what: findings of this severity or worse, of one rule or platform where given."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, pattern=r"\S")
    channel: Literal["webhook", "email"]
    target: str = Field(min_length=3, max_length=500, description="https://... or a mailbox.")
    min_severity: Severity = "medium"
    rule: str | None = Field(None, max_length=100)
    platform: str | None = Field(None, max_length=128)
    language: Literal["zh", "en"] = "zh"
    group_seconds: int = Field(30, ge=0, le=3600, description="What comes within is one message.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        user, at, host = self.target.rpartition("@")
        if self.channel == "email" and not (user and at and host and self.target.isprintable() and " " not in user):
            raise ValueError("target is no mailbox; write it as name@host")
        return self


def subscribe(services: Services, principal: Principal, new: Subscribe) -> tuple[UUID, str | None]:
    """The new subscription's id and, of a webhook, its secret. Raises Problem for where nothing can be sent."""
    if new.rule is not None and new.rule not in services.rules:
        raise Problem("invalid_parameter", f"there is no rule {new.rule!r}; GET /v1/rules lists them.")
    if new.platform is not None and services.reads.platform(new.platform).value is None:
        raise Problem("invalid_parameter", f"there is no platform {new.platform!r}; GET /v1/platforms lists them.")
    asked = NewSubscription(**new.model_dump())
    if (reason := services.notifications.refused(asked)) is not None:
        raise Problem("invalid_parameter", f"target: {reason}")
    name = services.notifications.subscribe(asked, principal.name)
    return name, services.notifications.secret(name) if new.channel == "webhook" else None
