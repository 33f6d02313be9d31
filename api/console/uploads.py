"""A form with a file: multipart/form-data, read within bounds while it arrives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from api.console import forms
from api.problems import Problem

MEDIA_TYPE: Final = "multipart/form-data"
NAME_LENGTH_MAX: Final = 200
_PART_HEADERS_MAX: Final = 8
_UNNAMEABLE: Final = re.compile(r"[\x00-\x1f\x7f/\\\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]")
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,99}")


class File(NamedTuple):
    """A file as it was sent. `name` and `media_type` are what the sender says: to be shown, never to be trusted."""

    name: str
    media_type: str
    content: bytes


class Sent(NamedTuple):
    """The fields that were not left empty, and the file; None where none was chosen."""

    fields: dict[str, str]
    file: File | None


async def read(request: Request, file_bytes_max: int) -> Sent:
    """Read a form with at most one file of at most `file_bytes_max` bytes. Raises Problem."""
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if media_type != MEDIA_TYPE.encode() or not boundary:
        raise Problem("unsupported_media_type", f"send {MEDIA_TYPE}.")
    parts = _Parts(file_bytes_max)
    parser = MultipartParser(boundary, parts.callbacks(), max_header_count=_PART_HEADERS_MAX)  # type: ignore[arg-type]
    try:
        async for piece in request.stream():
            parser.write(piece)
        parser.finalize()
    except FormParserError:
        raise Problem("bad_request", "the form can't be read.") from None
    if not parts.ended:
        raise Problem("bad_request", "the form ends in the middle.")
    return Sent({name: text for name, text in parts.fields.items() if text}, parts.file)


def safe_name(given: str) -> str:
    """The last part of a file's name, without what directs terminals, paths or the order of letters."""
    last = re.split(r"[/\\]", given)[-1]
    return _UNNAMEABLE.sub("", last).strip()[:NAME_LENGTH_MAX].strip()


@dataclass
class _Parts:
    """What the parser found so far. Each part is bounded while it grows, so that nothing large is ever held."""

    file_bytes_max: int
    fields: dict[str, str] = field(default_factory=dict)
    file: File | None = None
    ended: bool = False
    _headers: dict[str, bytes] = field(default_factory=dict)
    _field: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _content: bytearray = field(default_factory=bytearray)
    _options: Mapping[bytes, bytes] = field(default_factory=dict)
    _small: int = 0  # bytes of all fields together
    _parts: int = 0

    def callbacks(self) -> dict[str, object]:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
            "on_part_end": self._on_part,
            "on_end": self._on_end,
        }

    def _begin(self) -> None:
        self._headers, self._content, self._options = {}, bytearray(), {}
        self._parts += 1
        if self._parts > forms.FIELDS_MAX:
            raise Problem("bad_request", f"a form has at most {forms.FIELDS_MAX} fields.")

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = bytes(self._value)
        self._field, self._value = bytearray(), bytearray()

    def _on_headers(self) -> None:
        disposition, self._options = parse_options_header(self._headers.get("content-disposition", b""))
        if disposition != b"form-data" or b"name" not in self._options:
            raise Problem("bad_request", "the form can't be read.")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]
        if self._is_file:
            if len(self._content) > self.file_bytes_max:
                raise Problem("too_large", f"a file has at most {self.file_bytes_max} bytes.")
            return
        self._small += end - start
        if self._small > forms.BYTES_MAX:
            raise Problem("too_large", f"the fields of a form have at most {forms.BYTES_MAX} bytes.")

    def _on_part(self) -> None:
        try:
            name = self._options[b"name"].decode()
            if not self._is_file:
                self.fields[name] = self._content.decode().strip()
                return
            called = self._options[b"filename"].decode()
        except UnicodeDecodeError:
            raise Problem("bad_request", "the form can't be read: it is not in UTF-8.") from None
        if not called and not self._content:
            return  # what a browser sends where no file was chosen
        if self.file is not None:
            raise Problem("bad_request", "one file at a time.")
        self.file = File(safe_name(called), self._media_type(), bytes(self._content))

    def _on_end(self) -> None:
        self.ended = True

    @property
    def _is_file(self) -> bool:
        return b"filename" in self._options

    def _media_type(self) -> str:
        """The type that the browser claims, where it is one at all."""
        claimed = self._headers.get("content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        return claimed if _MEDIA_TYPE.fullmatch(claimed) else "application/octet-stream"
