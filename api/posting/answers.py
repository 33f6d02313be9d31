"""From the ledger's answers to bytes: one event's reply, and the totals of many."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

import msgspec

from api.http import Reply, reply
from api.problems import MEDIA_TYPE, encode, refusal_status, refusal_title
from ledger.candidate import Answer

# Results beyond this wait in a temporary file, so that a body of any length needs no memory for its answer.
_RESULTS_IN_MEMORY_BYTES: Final = 4 * 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024
_CLOSING: Final = b"]}"
_HIT: Final = ((b"idempotency-hit", b"true"),)
_DRY: Final = ((b"dry-run", b"true"),)
_json: Final = msgspec.json.Encoder().encode
_STATUSES: Final = ("accepted", "duplicate", "parked", "refused")


def single(answer: Answer, *, dry_run: bool) -> Reply:
    """201 accepted, 200 duplicate, 202 parked, 409 or 422 refused; a dry run answers the same and says so."""
    marks = _DRY if dry_run else ()
    if answer.status == "accepted":
        return reply(201, _result(answer), marks)
    if answer.status == "duplicate":
        return reply(200, _result(answer), (*_HIT, *marks))
    if answer.status == "parked":
        return reply(202, _result(answer), marks)
    code, detail = answer.code or "malformed", answer.detail or ""
    status = refusal_status(code)
    body = encode(code, status, refusal_title(code), detail, {"id": answer.id, "outcome": "refused"})
    return Reply(status, body, len(body), MEDIA_TYPE.encode(), marks)


class Tally:
    """Adds up answers, and keeps a line for each (or for each that was not accepted)."""

    def __init__(self, *, problems_only: bool, dry_run: bool) -> None:
        self._problems_only = problems_only
        self._dry_run = dry_run
        self._counts = dict.fromkeys(_STATUSES, 0)
        self._items = 0
        self._results = tempfile.SpooledTemporaryFile(max_size=_RESULTS_IN_MEMORY_BYTES)  # noqa: SIM115 - sent, then closed
        self._first = True
        self.position = 0

    def add(self, answers: Sequence[Answer]) -> None:
        """Count the answers to the next items of the body."""
        counts, lines = self._counts, []
        for answer in answers:
            self._items += 1
            counts[answer.status] += 1
            if answer.position is not None and answer.position > self.position:
                self.position = answer.position
            if answer.status == "accepted":
                if not self._problems_only:
                    lines.append(_result(answer))
            else:
                lines.append(_result(answer, self._items))
        if lines:
            if not self._first:
                self._results.write(b",")
            self._first = False
            self._results.write(b",".join(lines))

    def reply(self, head_position: int) -> Reply:
        """The totals first, then the results. `position` is the highest that was answered, else the ledger's head."""
        totals = {**self._counts, "position": self.position or head_position}
        if self._dry_run:
            totals["dry_run"] = True
        opening = _json(totals)[:-1] + b',"results":['
        length = len(opening) + self._results.tell() + len(_CLOSING)
        pieces = _pieces(opening, self._results)
        if length > _RESULTS_IN_MEMORY_BYTES:
            return Reply(200, pieces, length)
        return reply(200, b"".join(pieces))

    def close(self) -> None:
        """Let go of the results where no reply will be made of them."""
        self._results.close()


def _pieces(opening: bytes, results: IO[bytes]) -> Iterator[bytes]:
    with results:
        yield opening
        results.seek(0)
        while piece := results.read(_PIECE_BYTES):
            yield piece
        yield _CLOSING


def _result(answer: Answer, item: int | None = None) -> bytes:
    """One result; `item` counts from 1 and tells which part of the body is meant where there is no id."""
    if answer.status == "accepted" and answer.position is not None:
        return b'{"id":%b,"status":"accepted","position":%d}' % (_json(answer.id), answer.position)
    shown: dict[str, Any] = {"id": answer.id, "status": answer.status}
    if answer.position is not None:
        shown["position"] = answer.position
    if answer.code is not None:
        shown["code"] = answer.code
    if answer.detail is not None:
        shown["detail"] = answer.detail
    if item is not None:
        shown["item"] = item
    return _json(shown)
