"""What a form sends: read within bounds, and refused where it does not carry the token of its session."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from api.gate import Gate
from api.problems import Problem

BYTES_MAX: Final = 64 * 1024
FIELDS_MAX: Final = 130  # a hundred chosen alerts, and what is to be done about them
MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
CSRF_FIELD: Final = "csrf"


async def read(request: Request, bytes_max: int = BYTES_MAX) -> dict[str, str]:
    """The fields of a form, without those that were left empty. Raises Problem."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise Problem("unsupported_media_type", f"send {MEDIA_TYPE}.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > bytes_max:
            raise Problem("too_large", f"a form has at most {bytes_max} bytes.")
    try:
        pairs = parse_qsl(body.decode(), max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError:
        raise Problem("bad_request", "the form can't be read.") from None
    return {name: value.strip() for name, value in pairs if value.strip()}


def check_token(form: dict[str, str], gate: Gate, bound: str | None) -> None:
    """Raises Problem (403) unless the form was made for this session (before signing in: for this browser)."""
    if not bound or not gate.csrf_matches(bound, form.get(CSRF_FIELD, "")):
        raise Problem("forbidden", "this form belongs to another session, or has expired; load the page again.")
