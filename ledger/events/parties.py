"""Parties: persons and organisations, who they are to each other, and how their identity was checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from ledger.events.base import Country, Data, Hash, PartyId, Share, Short

PartyKind = Literal["person", "organisation"]
Name = Annotated[Short, Meta(description="A person's goes to the vault, not the log; an organisation's is public.")]


class Identity(Struct, frozen=True, forbid_unknown_fields=True):
    """An identity document or register entry, for example `cn-id`, `lei`. Goes to the vault, not into the log."""

    scheme: Short
    number: Short


class PartyRegistered(Data, frozen=True, kw_only=True):
    """A person or organisation became known to the platform. Sent by the platform before the first event naming it.

    `identity` and a person's `name` go to the vault and never into the log; what is recorded in their place
    is `person`, a keyed hash of the identity, equal over all platforms. An organisation's name is public.
    """

    TYPE: ClassVar[str] = "party.registered"
    SENDER: ClassVar[str] = "either"

    party: PartyId
    kind: PartyKind
    name: Name | UnsetType = UNSET
    identity: Identity | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    region: Short | UnsetType = UNSET


class PartyRecorded(Data, frozen=True, kw_only=True):
    """`party.registered` as it stands in the log: `person` for the identity, a name for organisations only."""

    TYPE: ClassVar[str] = "party.registered"
    SENDER: ClassVar[str] = "either"

    party: PartyId
    kind: PartyKind
    name: Short | UnsetType = UNSET
    person: Hash | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    region: Short | UnsetType = UNSET


class PartyVerified(Data, frozen=True, kw_only=True):
    """The platform checked who the party is, by `method` (for example `id_card`, `bank_card`, `in_person`)."""

    TYPE: ClassVar[str] = "party.verified"

    party: PartyId
    method: Short


class PartyRelated(Data, frozen=True, kw_only=True):
    """`party` is officer, owner, relative or affiliate of `to`, or under the same control. Platform or registry say it.

    For an owner, `share` is the part of `to` that is owned.
    """

    TYPE: ClassVar[str] = "party.related"
    SENDER: ClassVar[str] = "either"

    party: PartyId
    to: PartyId
    relation: Literal["officer", "owner", "family", "affiliate", "same_controller"]
    share: Share | UnsetType = UNSET

    def verify(self) -> None:
        """Nobody is related to herself."""
        if self.party == self.to:
            raise ValueError(f"party {self.party!r} can't be related to itself")


def redact(data: dict[str, Any], identity_hmac: Callable[[str, str], str]) -> dict[str, Any]:
    """The recorded form of a valid `party.registered`: no identity, no person's name.

    `identity_hmac(scheme, number)` gives the keyed hash that stands for the person over all platforms.
    """
    kept = {name: value for name, value in data.items() if name != "identity"}
    if data["kind"] == "person":
        kept.pop("name", None)
    if "identity" in data:
        kept["person"] = identity_hmac(data["identity"]["scheme"], data["identity"]["number"])
    return kept
