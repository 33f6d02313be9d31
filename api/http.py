"""The little of HTTP that the raw endpoints need: one pass over the headers, a reply, the client going away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, MutableMapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from api.problems import MEDIA_TYPE, Problem

JSON: Final = b"application/json"
SILENCE_SECONDS_MAX: Final = 60.0  # how long a body may pause


class ClientGone(Exception):
    """The client closed the connection before its request was complete; there is nobody to answer."""


class Head(NamedTuple):
    """The headers that an event post is read by."""

    authorization: bytes | None
    content_type: bytes
    content_encoding: bytes
    content_length: int


class Reply(NamedTuple):
    """A whole answer. `body` is bytes, or the pieces of `length` bytes that needn't be in memory at once."""

    status: int
    body: bytes | Iterator[bytes]
    length: int
    media_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


def head(scope: Scope) -> Head:
    """One pass over the headers."""
    authorization: bytes | None = None
    content_type = content_encoding = b""
    content_length = 0
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value
        elif name == b"content-type":
            content_type = value
        elif name == b"content-encoding":
            content_encoding = value
        elif name == b"content-length" and value.isdigit():
            content_length = int(value)
    return Head(authorization, content_type, content_encoding, content_length)


def query(scope: Scope, allowed: Iterable[str]) -> dict[str, str]:
    """The query parameters; raises Problem for one that isn't known or is given twice."""
    raw = scope["query_string"]
    if not raw:
        return {}
    pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    given = dict(pairs)
    unknown = given.keys() - set(allowed)
    if unknown:
        raise Problem("invalid_parameter", f"unknown: {', '.join(sorted(unknown))}. Known: {', '.join(allowed)}.")
    if len(given) != len(pairs):
        raise Problem("invalid_parameter", "a parameter is given twice.")
    return given


async def body_pieces(receive: Receive) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises ClientGone, and Problem (408) where the sender falls silent."""
    while True:
        try:
            async with asyncio.timeout(SILENCE_SECONDS_MAX):
                message = await receive()
        except TimeoutError:
            detail = f"nothing of the body came for {SILENCE_SECONDS_MAX:.0f} seconds."
            raise Problem("timeout", detail, headers={"Connection": "close"}) from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        if piece:
            yield piece
        if not message.get("more_body", False):
            return


def problem_reply(problem: Problem) -> Reply:
    """A problem as an answer."""
    body = problem.body()
    headers = tuple((name.lower().encode(), value.encode()) for name, value in problem.headers.items())
    return Reply(problem.status, body, len(body), MEDIA_TYPE.encode(), headers)


def reply(status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Reply:
    """A JSON answer."""
    return Reply(status, body, len(body), JSON, headers)


async def send_reply(send: Send, answer: Reply) -> None:
    """Send it whole, or piece by piece."""
    start: MutableMapping[str, Any] = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [
            (b"content-type", answer.media_type),
            (b"content-length", b"%d" % answer.length),
            (b"cache-control", b"no-store"),
            *answer.headers,
        ],
    }
    await send(start)
    if isinstance(answer.body, bytes):
        await send({"type": "http.response.body", "body": answer.body})
        return
    for piece in answer.body:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
