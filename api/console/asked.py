"""What an address asks for: only what a page knows, once each, in the values that it knows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.requests import Request

from api.problems import Problem

TEXT_LENGTH_MAX: Final = 100
VALUE_LENGTH_MAX: Final = 1_000


def read(request: Request, **known: Collection[str] | None) -> dict[str, str]:
    """The parameters that were given and are not empty. `known`: the values that each may have, None: any text.

    Raises Problem for what is not known: a question that can't be answered as asked is an error.
    """
    pairs = request.query_params.multi_items()
    given = {name: value.strip() for name, value in pairs}
    if len(given) != len(pairs):
        raise Problem("invalid_parameter", "a parameter is given twice.")
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        names = ", ".join(sorted(known)) or "none at all"
        raise Problem("invalid_parameter", f"unknown: {', '.join(unknown)}. This address takes {names}.")
    for name, value in given.items():
        _check(name, value, known[name])
    return {name: value for name, value in given.items() if value}


def _check(name: str, value: str, known: Collection[str] | None) -> None:
    if "\0" in value or "\ufffd" in value or len(value) > (TEXT_LENGTH_MAX if name == "text" else VALUE_LENGTH_MAX):
        raise Problem("invalid_parameter", f"{name} is too long, or no text.")
    if known is not None and value and value not in known:
        raise Problem("invalid_parameter", f"{name} is one of {', '.join(known)}.")
