"""Live: a stream that tells of new alerts, and of acts on alerts and cases. Nothing moves by itself."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final, NamedTuple

from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.console import asked
from api.console.shell import Shell, let_in
from api.console.visits import Visit
from api.console.ways import OFFICE
from api.deeds import AskedDeeds
from api.problems import Problem
from api.services import Services
from ledger.events.catalogue import TYPES
from projections.alerts import Filters

LIVE: Final = "/console/live"
LOOK_SECONDS: Final = 1.0
SESSION_SECONDS: Final = 30.0  # how long a stream outlives its session at most
PING_SECONDS: Final = 15
_ACTS: Final = AskedDeeds(types=[each for each in TYPES if each.startswith(("alert.", "case."))], door=False)
STREAMS_MAX: Final = 6  # of one session: browsers keep no more to one host


class Newest(NamedTuple):
    """Positions: of the newest alert, and of the newest act on an alert or a case that the pages show already."""

    alerts: int = 0
    acts: int = 0


class Watch:
    """Looks once a second for all streams of a process, and only while there are any. Belongs to one event loop."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._newest = Newest()
        self._looked: asyncio.Task[Newest] | None = None
        self._due = 0.0
        self.streams: Counter[str] = Counter()

    async def newest(self) -> Newest:
        """What is new; the answer is at most a second old."""
        if self._looked is None and time.monotonic() >= self._due:
            self._looked = asyncio.create_task(asyncio.to_thread(self._look))
            self._looked.add_done_callback(self._seen)
        if self._looked is not None:
            # A database that is away for a while ends no stream: the next look tells.
            with suppress(Exception):
                await asyncio.shield(self._looked)
        return self._newest

    def _look(self) -> Newest:
        reads = self._services.reads
        found, acts = reads.alerts(Filters(order="newest"), None, 1), reads.deeds(_ACTS, None, 1).value
        act = (acts[0].position or 0) if acts else 0
        # The log is ahead of its views: who were told at once would load a page without the act.
        shown = act if act <= found.as_of.position else self._newest.acts
        return Newest(found.value[0].found_position if found.value else 0, shown)

    def _seen(self, looked: asyncio.Task[Newest]) -> None:
        self._looked, self._due = None, time.monotonic() + LOOK_SECONDS
        if not looked.cancelled() and looked.exception() is None:
            self._newest = looked.result()


def routes(shell: Shell) -> list[Route]:
    """/console/live?after=POSITION; Last-Event-ID, which a browser sends when it comes back, counts before it."""
    watch = Watch(shell.services)

    async def live(visit: Visit) -> Response:
        turned_away = let_in(visit, OFFICE)
        if turned_away is not None:
            return turned_away
        token = visit.token or ""
        after = _after(visit.request)
        if watch.streams[token] >= STREAMS_MAX:
            raise Problem("too_many_requests", f"a session has at most {STREAMS_MAX} streams; close a page.")
        if visit.request.scope.get("crowdledger.head"):  # a body that never ends would block whoever waits behind it
            return Response(headers={"Cache-Control": "no-store"}, media_type="text/event-stream")
        return _Counted(watch, token, _stream(shell.services, watch, token, after))

    return [Route(LIVE, shell.open(live), methods=["GET"], include_in_schema=False)]


class _Counted(EventSourceResponse):
    """A stream that counts from the moment it is promised: of many that are asked for at once none slips through."""

    def __init__(self, watch: Watch, token: str, told: AsyncIterator[dict[str, str]]) -> None:
        # A server that stops lets the stream see it and end by itself: cut off, it would read like a failure.
        grace = LOOK_SECONDS + 1
        super().__init__(told, ping=PING_SECONDS, headers={"Cache-Control": "no-store"}, shutdown_grace_period=grace)
        self._watch = watch
        self._token = token
        watch.streams[token] += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; it counts until its reader has gone."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            streams = self._watch.streams
            streams[self._token] -= 1
            if streams[self._token] <= 0:
                del streams[self._token]


def _after(request: Request) -> int:
    given = asked.read(request, after=None).get("after", "0")
    last = request.headers.get("last-event-id", given)
    if not last.isascii() or not last.isdigit() or len(last) > 18:
        raise Problem("invalid_parameter", "after is a position of the ledger.")
    return int(last)


async def _stream(services: Services, watch: Watch, token: str, after: int) -> AsyncIterator[dict[str, str]]:
    checked = time.monotonic()
    told = dict.fromkeys(Newest._fields, after)
    while not services.draining.is_set():
        newest = (await watch.newest())._asdict()
        for kind, position in sorted(newest.items(), key=lambda each: each[1]):
            if position > told[kind]:
                told[kind] = position
                yield {"event": kind, "id": str(position), "data": str(position)}
        if time.monotonic() - checked >= SESSION_SECONDS:
            # Quietly: a page that lies open and forgotten must not keep its session awake.
            if await services.gate.session(token, quiet=True) is None:
                return
            checked = time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)
