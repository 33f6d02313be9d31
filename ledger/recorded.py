"""A recorded event as views and rules read it, and the entry over which its Merkle leaf is taken."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from ledger.accounts import Posting
from ledger.events.base import Data
from ledger.events.corrections import EventCorrected
from ledger.kernel.canonical import canonical

_loads = msgspec.json.Decoder().decode
_EPOCH = date(1970, 1, 1).toordinal()
# An entry with at most this many bytes of body and of postings fits the 65,535 that an entry bundle of C2SP
# tlog-tiles allows, whatever its position.
BODY_BYTES_MAX = 48 * 1024
POSTINGS_BYTES_MAX = 8 * 1024


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


def sent_body(kind: str, body: bytes) -> bytes:
    """The body as it was sent: who asks for a correction is added on the way in, and its `content_hash` is without."""
    if kind != EventCorrected.TYPE:
        return body
    try:
        event = _loads(body)
        data = {name: value for name, value in event["data"].items() if name != "asked_by"}
        return canonical({**event, "data": data})
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return body  # no event at all


def entry(body: bytes, position: int, postings: bytes | None, recorded_at: bytes) -> bytes:
    """The canonical JSON object (RFC 8785) that is a leaf of the Merkle tree: the only place where it is put together.

    `body` is the canonical CloudEvent, `postings` the canonical array as stored (None: no money moved), `recorded_at`
    what `stamp` makes. Postings of more than POSTINGS_BYTES_MAX bytes are named by their SHA-256 instead of being
    spelt out: a close of a large campaign has a line per investor. Keys are in order as they stand here, both ways.
    """
    if postings is None:
        money = b'"postings":[]'
    elif len(postings) <= POSTINGS_BYTES_MAX:
        money = b'"postings":' + postings
    else:
        money = b'"postings_sha256":"%b"' % hashlib.sha256(postings).hexdigest().encode()
    return b'{"event":%b,"position":%d,%b,"recorded_at":"%b"}' % (body, position, money, recorded_at)


def stamp(moment: datetime) -> bytes:
    """Known time as it stands in an entry: RFC 3339, UTC, six digits."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
