"""Content encodings, undone piece by piece: no input, however crafted, makes more than a few MiB at a time."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Final, Protocol

import zstandard

from api.problems import Problem

# What one slice of input can become: gzip at most 1032 times its size, zstd 128 KiB for each block of 4 bytes.
# Both slices are chosen so that this is 8 MiB.
GZIP_SLICE_BYTES: Final = 8 * 1024
ZSTD_SLICE_BYTES: Final = 256
ZSTD_WINDOW_BYTES_MAX: Final = 8 * 1024 * 1024  # RFC 9659: more may not be asked of a receiver
SUPPORTED: Final = "gzip, zstd"


class Decoder(Protocol):
    """Undoes a content encoding while the body arrives."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decoded pieces of the next part of the body."""
        ...

    @property
    def complete(self) -> bool:
        """Whether the body may end here."""
        ...


class Identity:
    """No encoding: a plain body ends where it ends."""

    complete = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The data itself."""
        yield data


class Gzip:
    """RFC 1952, also several members one after another."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self._started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decoded pieces; raises Problem where the data is not gzip."""
        for start in range(0, len(data), GZIP_SLICE_BYTES):
            yield from self._feed_slice(data[start : start + GZIP_SLICE_BYTES])

    def _feed_slice(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inner.eof:
                self._inner = zlib.decompressobj(wbits=31)
            self._started = True
            try:
                piece = self._inner.decompress(data)
            except zlib.error as error:
                raise _damaged("gzip") from error
            data = self._inner.unused_data
            if piece:
                yield piece

    @property
    def complete(self) -> bool:
        """Whether the last member is."""
        return self._inner.eof or not self._started


class Zstandard:
    """RFC 8878, also several frames one after another; a window of at most 8 MiB."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES_MAX)
        self._inner = self._context.decompressobj()
        self._started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decoded pieces; raises Problem where the data is not zstd."""
        for start in range(0, len(data), ZSTD_SLICE_BYTES):
            yield from self._feed_slice(data[start : start + ZSTD_SLICE_BYTES])

    def _feed_slice(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inner.eof:
                self._inner = self._context.decompressobj()
            self._started = True
            try:
                piece = self._inner.decompress(data)
            except zstandard.ZstdError as error:
                raise _damaged("zstd") from error
            data = self._inner.unused_data
            if piece:
                yield piece

    @property
    def complete(self) -> bool:
        """Whether the last frame is."""
        return self._inner.eof or not self._started


_DECODERS: Final[dict[bytes, Callable[[], Decoder]]] = {
    b"": Identity,
    b"identity": Identity,
    b"gzip": Gzip,
    b"x-gzip": Gzip,
    b"zstd": Zstandard,
}


def decoder(content_encoding: bytes) -> Decoder:
    """A fresh decoder for the value of a Content-Encoding header; raises Problem (415) for one that is not known."""
    make = _DECODERS.get(content_encoding.strip().lower())
    if make is None:
        shown = content_encoding[:80].decode("latin-1")
        detail = f"content encoding {shown!r} is not taken here. Send gzip, zstd, or the body as it is."
        raise Problem("unsupported_media_type", detail, headers={"Accept-Encoding": SUPPORTED})
    return make()


def check_complete(decoder: Decoder) -> None:
    """Raises Problem where the body ended too early."""
    if not decoder.complete:
        raise Problem("bad_encoding", "the compressed body ends too early; send it again as a whole.")


def _damaged(name: str) -> Problem:
    return Problem("bad_encoding", f"Content-Encoding says {name}, but the body is not valid {name}.")
