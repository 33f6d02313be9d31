"""An event on its way in: decoded, checked for form, not yet decided."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ledger.events.base import Data
from ledger.kernel.refusals import Code


class Candidate(NamedTuple):
    """A well-formed event. `body` is the canonical CloudEvent without personal data, `content_hash` of what came."""

    source: str
    scope: str  # the source without `platform:`; the middle of every key this event makes
    id: str
    type: str
    happened_at: datetime
    data: Data
    body: bytes
    content_hash: bytes
    references: tuple[str, ...]  # keys that the data names: what to load before deciding
    personal: bytes | None = None  # JSON of what goes to the vault and nowhere else


class Rejected(NamedTuple):
    """What could not become a candidate. It is kept for its owner as it was sent.

    `clean`: what identifies people was taken out of `raw` already, or was never in it; else `raw` is kept sealed.
    """

    source: str
    id: str | None
    code: Code
    detail: str
    raw: bytes
    clean: bool = False


class Answer(NamedTuple):
    """What became of one event. `status` is accepted, duplicate, parked or refused; `position` as first answered."""

    id: str | None
    status: str
    position: int | None = None
    code: str | None = None
    detail: str | None = None
