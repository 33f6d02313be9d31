"""`POST /v1/events`: a raw ASGI endpoint, since every layer between it and the socket would show in the measurement."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from starlette.types import Receive, Scope, Send

from api import http
from api.access import Principal
from api.errors import unexpected
from api.http import Head, Reply
from api.incoming import Sender, decode
from api.posting import answers, encodings
from api.posting.bodies import read_whole, split_array
from api.posting.bridge import Bridge
from api.posting.stream import Stream
from api.problems import Problem
from api.services import Item, Services
from ledger.candidate import Answer, Rejected

SINGLE_BYTES_MAX: Final = 1024 * 1024
BATCH_BYTES_MAX: Final = 16 * 1024 * 1024
STREAMS_MAX: Final = 32
_ONE, _BATCH, _LINES = "application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson"
MEDIA_TYPES: Final = (_ONE, _BATCH, _LINES)
_EXACT: Final = {each.encode(): each for each in MEDIA_TYPES}
_PARAMETERS: Final = ("dry_run", "results")

Observe = Callable[[str, int, float], None]


class _Options(NamedTuple):
    dry_run: bool = False
    problems_only: bool = False


class PostEvents:
    """The endpoint, with what it needs at hand. `route` is its name in the figures."""

    route = "/v1/events"

    def __init__(self, services: Services, observe: Observe) -> None:
        self._services = services
        self._observe = observe
        self._bridge = Bridge(services.submit_then)
        self._sources: dict[str, frozenset[str]] = {}
        self._streams = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; every way it can end is an answer, except for the client going away."""
        started = time.perf_counter()
        try:
            answer = await self._serve(scope, receive)
        except http.ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the outermost handler of this endpoint
            answer = self._failed(error)
        await http.send_reply(send, answer)
        self._observe(self.route, answer.status, time.perf_counter() - started)

    async def _serve(self, scope: Scope, receive: Receive) -> Reply:
        head = http.head(scope)
        gate = self._services.gate
        principal = gate.known(head.authorization) or await gate.bearer(head.authorization)
        sender = self._sender(principal)
        options = _options(scope) if scope["query_string"] else _Options()
        form = _EXACT.get(head.content_type) or _form(head.content_type)
        if form == _ONE:
            return await self._single(head, receive, sender, options)
        if self._services.draining.is_set():
            raise Problem("shutting_down", "this server is shutting down; send it again in a moment.")
        if form == _BATCH:
            return await self._batch(head, receive, sender, options)
        return await self._lines(head, receive, sender, options)

    async def _single(self, head: Head, receive: Receive, sender: Sender, options: _Options) -> Reply:
        raw = await read_whole(head, receive, SINGLE_BYTES_MAX)
        item = decode(self._services, raw, sender)
        answer = await self._record(item, dry_run=options.dry_run)
        return answers.single(answer, dry_run=options.dry_run)

    async def _record(self, item: Item, *, dry_run: bool) -> Answer:
        return await self._bridge.one(item, dry_run=dry_run)

    async def _batch(self, head: Head, receive: Receive, sender: Sender, options: _Options) -> Reply:
        parts = split_array(await read_whole(head, receive, BATCH_BYTES_MAX))
        stream = self._stream(sender, options)
        return await stream.run_parts(parts)

    async def _lines(self, head: Head, receive: Receive, sender: Sender, options: _Options) -> Reply:
        if self._streams >= STREAMS_MAX:
            raise Problem("overloaded", f"{STREAMS_MAX} streams are being read; send it again in a moment.")
        decoder = encodings.decoder(head.content_encoding)
        self._streams += 1
        try:
            return await self._stream(sender, options).run_lines(http.body_pieces(receive), decoder)
        finally:
            self._streams -= 1

    def _stream(self, sender: Sender, options: _Options) -> Stream:
        tally = answers.Tally(problems_only=options.problems_only, dry_run=options.dry_run)
        return Stream(self._services, self._bridge, sender, tally, dry_run=options.dry_run)

    def _sender(self, principal: Principal) -> Sender:
        source = principal.source
        if source is None:
            raise Problem("forbidden", f"a key of role {principal.role} reads and records nothing.")
        found = self._sources.get(source)
        if found is None:
            found = self._sources[source] = frozenset({source})
        return Sender(principal.id, found)

    def _failed(self, error: Exception) -> Reply:
        problem = error if isinstance(error, Problem) else self._services.problem_of(error)
        return http.problem_reply(problem or unexpected(error, self.route))


class PostBare(PostEvents):
    """The yardstick: same authentication, reads and decodes the same body, gives a like answer, records nothing."""

    route = "/v1/bench/bare"

    async def _record(self, item: Item, *, dry_run: bool) -> Answer:
        if isinstance(item, Rejected):
            return Answer(item.id, "refused", None, item.code, item.detail)
        return Answer(item.id, "accepted", 1)


def _options(scope: Scope) -> _Options:
    given = http.query(scope, _PARAMETERS)
    dry_run, results = given.get("dry_run", "false"), given.get("results", "all")
    if dry_run not in {"true", "false"}:
        raise Problem("invalid_parameter", f"dry_run is true or false, not {dry_run[:40]!r}.")
    if results not in {"all", "problems"}:
        raise Problem("invalid_parameter", f"results is all or problems, not {results[:40]!r}.")
    return _Options(dry_run == "true", results == "problems")


def _form(content_type: bytes) -> str:
    """The media type without its parameters; raises Problem (415) for one that isn't taken."""
    media_type, _, parameters = content_type.partition(b";")
    form = _EXACT.get(media_type.strip().lower())
    charset = parameters.strip().lower().replace(b'"', b"").replace(b" ", b"")
    if form is None or (charset.startswith(b"charset=") and charset != b"charset=utf-8"):
        shown = content_type[:80].decode("latin-1")
        raise Problem(
            "unsupported_media_type",
            f"content type {shown!r} is not taken here. Send {_ONE} (one event), {_BATCH} (an array) or "
            f"{_LINES} (one event per line), in UTF-8.",
            headers={"Accept-Post": ", ".join(MEDIA_TYPES)},
        )
    return form
