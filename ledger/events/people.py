"""What is done with people's data: each look into the vault, and each erasure, is said in the log."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from ledger.events.base import Data, PartyId, Short, Text

Pseudonym = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}\Z", description="A person over all platforms: the keyed hash of her identity.")
]
Reason = Annotated[Text, Meta(description="Why. Free text stays in the log for ever: no names, no numbers.")]


class VaultOpened(Data, frozen=True, kw_only=True):
    """Somebody of the authority was shown what identifies a party, or asked whose an identity number is.

    Recorded before the answer is given. Without `party` nobody with that identity was found.
    """

    TYPE: ClassVar[str] = "vault.opened"
    SENDER: ClassVar[str] = "registry"

    party: PartyId | UnsetType = UNSET
    person: Pseudonym | UnsetType = UNSET
    by: Short
    reason: Reason
    purpose: Literal["lookup", "search", "export"]

    def verify(self) -> None:
        """Something was opened, or somebody looked for."""
        if self.party is UNSET and self.person is UNSET:
            raise ValueError("name the party, or the person who was looked for")


class PartyErasureRequested(Data, frozen=True, kw_only=True):
    """The first of four eyes: what identifies the party is to be erased. A second person does it by `party.erased`."""

    TYPE: ClassVar[str] = "party.erasure_requested"
    SENDER: ClassVar[str] = "registry"

    party: PartyId
    by: Short
    reason: Reason


class PartyErased(Data, frozen=True, kw_only=True):
    """What identified the party was destroyed, in the transaction that recorded this. The pseudonym stays.

    `until` is the last day of the retention period that was kept, `law` names the rule it came from.
    """

    TYPE: ClassVar[str] = "party.erased"
    SENDER: ClassVar[str] = "registry"

    party: PartyId
    by: Short
    reason: Reason
    law: Short | UnsetType = UNSET
    until: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")] | UnsetType = UNSET
