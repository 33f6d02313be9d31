"""Cases: alerts that are one matter, who works on it until when, what was found out, who it was handed to.

Texts and file names stay in the log for ever: no names of people, no identity numbers.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from ledger.events.alerts import AlertId, Outcome, Person
from ledger.events.base import Country, Data, Date, Short, Text

CASE_ALERTS_MAX = 200
EVIDENCE_BYTES_MAX = 10 * 1024 * 1024
CaseId = Annotated[str, Meta(pattern=r"^K-[0-9]{4}-[0-9]{6,12}\Z", description="A case, given by the system.")]
EvidenceId = Annotated[str, Meta(pattern=r"^E-[A-Za-z0-9-]{1,60}\Z", description="A file of a case.")]
ListCode = Annotated[str, Meta(pattern=r"^[a-z][a-z_]{0,40}\Z")]
Agency = Annotated[ListCode, Meta(description="Of the list in `GET /v1/casework`, such as police or tax.")]
Reference = Annotated[Short, Meta(description="How the agency calls it.")]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", description="SHA-256 of the file, hexadecimal.")]
MediaType = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,99}\Z")]


class CaseOpened(Data, frozen=True, kw_only=True):
    """A matter to be looked into, mostly with alerts. `due` is a working day of the jurisdiction."""

    TYPE: ClassVar[str] = "case.opened"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    title: Short
    alerts: Annotated[tuple[AlertId, ...], Meta(max_length=CASE_ALERTS_MAX)] = ()
    jurisdiction: Country
    due: Date
    platform: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET
    assignee: Person | UnsetType = UNSET
    text: Text | UnsetType = UNSET

    def verify(self) -> None:
        """An alert is named once."""
        if len({*self.alerts}) < len(self.alerts):
            raise ValueError("alerts: one is named twice")


class CaseAlertAdded(Data, frozen=True, kw_only=True):
    """An alert belongs to the matter. It is in one open case at most. `due`: sooner, where the alert is more severe."""

    TYPE: ClassVar[str] = "case.alert_added"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    alert: AlertId
    due: Date | UnsetType = UNSET
    text: Text | UnsetType = UNSET


class CaseAlertRemoved(Data, frozen=True, kw_only=True):
    """An alert doesn't belong to the matter after all."""

    TYPE: ClassVar[str] = "case.alert_removed"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    alert: AlertId
    text: Text | UnsetType = UNSET


class CaseAssigned(Data, frozen=True, kw_only=True):
    """`to` is responsible for it from now on."""

    TYPE: ClassVar[str] = "case.assigned"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    to: Person
    text: Text | UnsetType = UNSET


class CaseNoted(Data, frozen=True, kw_only=True):
    """A remark for the history."""

    TYPE: ClassVar[str] = "case.noted"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    text: Text


class CaseEvidenceAttached(Data, frozen=True, kw_only=True):
    """A file was put into the vault; what stands here proves which one it was."""

    TYPE: ClassVar[str] = "case.evidence_attached"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    evidence: EvidenceId
    name: Annotated[Short, Meta(description="What the file is called. No names of people.")]
    media_type: MediaType
    size: Annotated[int, Meta(ge=1, le=EVIDENCE_BYTES_MAX, description="Bytes.")]
    digest: Digest


class CaseEvidenceOpened(Data, frozen=True, kw_only=True):
    """Somebody was given a file of the case. Recorded before the file is handed out."""

    TYPE: ClassVar[str] = "case.evidence_opened"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    evidence: EvidenceId
    reason: Text


class CaseDueSet(Data, frozen=True, kw_only=True):
    """By when it has to be done, and why that was changed."""

    TYPE: ClassVar[str] = "case.due_set"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    due: Date
    text: Text


class CaseReferred(Data, frozen=True, kw_only=True):
    """Handed to an agency. A case can be with several at a time, with each once."""

    TYPE: ClassVar[str] = "case.referred"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    agency: Agency
    text: Text | UnsetType = UNSET


class CaseReferralUpdated(Data, frozen=True, kw_only=True):
    """What became of a referral: received, then answered or declined."""

    TYPE: ClassVar[str] = "case.referral_updated"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    agency: Agency
    status: Literal["received", "answered", "declined"]
    reference: Reference | UnsetType = UNSET
    text: Text | UnsetType = UNSET


class CaseCloseRequested(Data, frozen=True, kw_only=True):
    """A first person would close a case with a critical or high alert; it closes when a second one does."""

    TYPE: ClassVar[str] = "case.close_requested"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    outcome: Outcome
    reason: ListCode | UnsetType = UNSET  # of the list; needed for a false positive
    text: Text


class CaseClosed(Data, frozen=True, kw_only=True):
    """Settled, with an outcome and a reason. Alerts of the case that are not closed yet close with the same outcome."""

    TYPE: ClassVar[str] = "case.closed"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    outcome: Outcome
    reason: ListCode | UnsetType = UNSET  # of the list; needed for a false positive
    text: Text


class CaseReopened(Data, frozen=True, kw_only=True):
    """Closed too early; or, where closing was asked for, the second person's no. Its alerts stay as they are."""

    TYPE: ClassVar[str] = "case.reopened"
    SENDER: ClassVar[str] = "registry"

    case: CaseId
    by: Person
    due: Date | UnsetType = UNSET
    text: Text
