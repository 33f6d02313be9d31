"""Platforms: their registration, licence, and standing with the regulator. Only the registry says these things."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from ledger.events.base import Country, Data, Date, PlatformId, PlatformKind, Short

# A platform of these names would share the scope of the two other sources.
RESERVED_NAMES = frozenset({"registry", "system"})

Kinds = Annotated[tuple[PlatformKind, ...], Meta(min_length=1, max_length=4)]


class PlatformRegistered(Data, frozen=True, kw_only=True):
    """A platform became known to the regulator; from now on it can report. Sent by the registry."""

    TYPE: ClassVar[str] = "platform.registered"
    SENDER: ClassVar[str] = "registry"

    platform: PlatformId
    name: Short
    kinds: Kinds
    jurisdiction: Country
    region: Short | UnsetType = UNSET

    def verify(self) -> None:
        """A platform may not take the name of another source."""
        if self.platform in RESERVED_NAMES:
            raise ValueError(f"platform {self.platform!r} is a reserved name; choose another")


class PlatformLicensed(Data, frozen=True, kw_only=True):
    """The platform may take new business of `kinds` (all its registered kinds, if absent) until the end of `valid_to`.

    Sent by the registry. A renewal is a further licence.
    """

    TYPE: ClassVar[str] = "platform.licensed"
    SENDER: ClassVar[str] = "registry"

    platform: PlatformId
    kinds: Kinds | UnsetType = UNSET
    licence: Short | UnsetType = UNSET
    valid_to: Date | UnsetType = UNSET


class PlatformSuspended(Data, frozen=True, kw_only=True):
    """From now on no new business, until reinstated; running business goes on. Sent by the registry."""

    TYPE: ClassVar[str] = "platform.suspended"
    SENDER: ClassVar[str] = "registry"

    platform: PlatformId
    reason: Short


class PlatformReinstated(Data, frozen=True, kw_only=True):
    """The suspension is lifted. Sent by the registry."""

    TYPE: ClassVar[str] = "platform.reinstated"
    SENDER: ClassVar[str] = "registry"

    platform: PlatformId
    reason: Short


class PlatformClosed(Data, frozen=True, kw_only=True):
    """The platform takes no new business for good; it still reports how the rest runs off. Sent by the registry."""

    TYPE: ClassVar[str] = "platform.closed"
    SENDER: ClassVar[str] = "registry"

    platform: PlatformId
    reason: Short
