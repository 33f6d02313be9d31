"""Complaints: what people say went wrong."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from ledger.events.base import About, ComplaintId, Data, Short, Text


class ComplaintFiled(Data, frozen=True, kw_only=True):
    """Somebody complained about a campaign, loan, platform or party. Sent by the platform or the registry.

    `text` must not name people. The registry names a platform's things `<platform>:<id>`.
    """

    TYPE: ClassVar[str] = "complaint.filed"
    SENDER: ClassVar[str] = "either"

    complaint: ComplaintId
    about: About
    category: Short
    text: Text | UnsetType = UNSET
