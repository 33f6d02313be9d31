"""Bodies that are read as a whole, within a limit that also holds after decompression."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.types import Receive

from api.http import ClientGone, Head, body_pieces
from api.posting import encodings
from api.problems import Problem

_array: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


async def read_whole(head: Head, receive: Receive, limit: int) -> bytes:
    """The decoded body; raises Problem (413) as soon as it is too large, without reading on."""
    if head.content_length > limit:
        raise too_large(limit)
    if not head.content_encoding:
        message = await receive()  # nearly always the whole of a single event
        if message["type"] == "http.disconnect":
            raise ClientGone
        first: bytes = message.get("body", b"")
        if not message.get("more_body", False):
            return first
    else:
        first = b""
    decoder = encodings.decoder(head.content_encoding)
    held = bytearray(first)
    async for piece in body_pieces(receive):
        for part in decoder.feed(piece):
            held += part
            if len(held) > limit:
                raise too_large(limit)
    encodings.check_complete(decoder)
    return bytes(held)


def split_array(body: bytes) -> list[bytes]:
    """The elements of a JSON array, each as it was sent; raises Problem (400) where the whole isn't one."""
    try:
        return [bytes(each) for each in _array(body)]
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Problem("not_json", f"the batch is not a JSON array: {error}. Nothing of it was taken.") from None


def too_large(limit: int) -> Problem:
    """The problem of a body over the limit."""
    return Problem(
        "too_large",
        f"the body is larger than {limit} bytes. Send more events as application/x-ndjson, which has no limit in all, "
        "or in several requests.",
    )
