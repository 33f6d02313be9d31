"""A recorded event as views and rules read it, and the entry over which its Merkle leaf is taken."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from ledger.accounts import Posting
from ledger.events.base import Data

_EPOCH = date(1970, 1, 1).toordinal()


class Recorded(NamedTuple):
    """One event of the log. `happened_at` is valid time, `recorded_at` known time, both UTC."""

    position: int
    source: str
    scope: str
    id: str
    type: str
    happened_at: datetime
    recorded_at: datetime
    day: int  # days since 1970-01-01 of the date in the offset of the reported time
    data: Data
    postings: tuple[Posting, ...]


def local_day(time: str) -> int:
    """Days since 1970-01-01 of the calendar date in an RFC 3339 time, at its own offset."""
    return date(int(time[:4]), int(time[5:7]), int(time[8:10])).toordinal() - _EPOCH


def scope_of(source: str) -> str:
    """The middle of the keys that a source makes: `huizhong` for `platform:huizhong`, else the source itself."""
    return source.removeprefix("platform:")


def entry(body: bytes, position: int, postings: bytes | None, recorded_at: bytes) -> bytes:
    """The canonical JSON object that is a leaf of the Merkle tree; its keys are in order as they stand here."""
    return b'{"event":%b,"position":%d,"postings":%b,"recorded_at":"%b"}' % (
        body,
        position,
        postings or b"[]",
        recorded_at,
    )


def stamp(moment: datetime) -> bytes:
    """Known time as it stands in an entry: RFC 3339, UTC, six digits."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
