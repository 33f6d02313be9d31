"""Disclosures: documents and figures filed about a campaign, a loan, a platform or a party."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from ledger.events.base import TEXT_PATTERN, About, Data, Date, DisclosureId, Figure, Hash, Short

FigureName = Annotated[str, Meta(min_length=1, max_length=128, pattern=TEXT_PATTERN)]


class DisclosureFiled(Data, frozen=True, kw_only=True):
    """A document was filed, `due` by that date for that `period`. Sent by the platform or the registry.

    `figures` are named integers (money in minor units); `digest` is a hash of the document;
    `amends` names the disclosure that this one replaces. The registry names a platform's things `<platform>:<id>`.
    """

    TYPE: ClassVar[str] = "disclosure.filed"
    SENDER: ClassVar[str] = "either"

    disclosure: DisclosureId
    about: About
    category: Short
    period: Short | UnsetType = UNSET
    due: Date | UnsetType = UNSET
    figures: dict[FigureName, Figure] | UnsetType = UNSET
    digest: Hash | UnsetType = UNSET
    amends: DisclosureId | UnsetType = UNSET
