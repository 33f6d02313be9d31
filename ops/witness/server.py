"""The witness over HTTP: `POST /add-checkpoint` (C2SP tlog-witness), and a page that says whom it watches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ledger.notes import VerifierKey
from ledger.signing import Signer
from ledger.witness import SIZE_TYPE, NotCosigned, Seen, judged, parsed
from ops.witness import memory

BODY_BYTES_MAX: Final = 256 * 1024
_log = structlog.get_logger(__name__)
Logs = Mapping[str, Sequence[VerifierKey]]


class Witness:
    """Judges one request after the other: what was checked is still true when it is written down."""

    def __init__(self, folder: Path, by: Sequence[Signer], logs: Logs, now: Callable[[], datetime]) -> None:
        self._folder, self._by, self._logs, self._now = folder, by, logs, now
        self._lock = threading.Lock()
        self._seen = memory.load(folder)
        self._time = 0

    def cosign(self, body: bytes) -> str:
        """Signature lines for a head. Raises NotCosigned."""
        asked = parsed(body)
        with self._lock:
            head = judged(asked, self._logs, self._seen)
            if self._seen.get(head.origin) != (seen := Seen(head.size, head.root)):
                memory.save(self._folder, {**self._seen, head.origin: seen})
                # Only now: where the disk failed, nothing was said and nothing is remembered.
                self._seen[head.origin] = seen
            self._time = max(self._time, int(self._now().timestamp()))
            return "".join(each.sign(asked.note.text, self._time).line for each in self._by)

    def about(self) -> str:
        """Keys, logs and sizes, for people."""
        lines = [
            "A witness of logs (C2SP tlog-witness). Its keys:",
            *(f"  {each.key}" for each in self._by),
            "",
            "Logs:",
        ]
        with self._lock:
            sizes = {origin: self._seen[origin].size if origin in self._seen else 0 for origin in self._logs}
        return "\n".join([*lines, *(f"  {origin}: {size} entries" for origin, size in sizes.items())]) + "\n"


def app(witness: Witness) -> Starlette:
    """The server."""

    async def add(request: Request) -> Response:
        body = b""
        try:
            async for piece in request.stream():
                body += piece
                if len(body) > BODY_BYTES_MAX:
                    return PlainTextResponse(f"a request has {BODY_BYTES_MAX} bytes at most.\n", 413)
            return PlainTextResponse(await run_in_threadpool(witness.cosign, body))
        except ClientDisconnect:
            return Response(status_code=400)
        except NotCosigned as refused:
            _log.warning("not_cosigned", status=refused.status, reason=refused.reason)
            if refused.size is not None:
                return Response(f"{refused.size}\n", refused.status, {"Content-Type": SIZE_TYPE})
            return PlainTextResponse(f"{refused.reason}\n", refused.status)

    async def about(_request: Request) -> Response:
        return PlainTextResponse(await run_in_threadpool(witness.about))

    return Starlette(routes=[Route("/add-checkpoint", add, methods=["POST"]), Route("/", about, methods=["GET"])])
