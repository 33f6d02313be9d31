"""What every page of a platform's own people stands on: whose it is, how its addresses are read and made."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from starlette.requests import Request

from api.console.visits import Visit
from api.problems import Problem

OVERVIEW: Final = "/platform/overview"
HELD: Final = "/platform/held"
EVENTS: Final = "/platform/events"
RECEIPTS: Final = "/platform/receipts"
SANDBOX: Final = "/platform/sandbox"
KEYS: Final = "/platform/keys"
ALERTS: Final = "/platform/alerts"
VALUE_LENGTH_MAX: Final = 1_000
NUMBER_MAX: Final = 2**63 - 1


def source_of(visit: Visit) -> str:
    """The source that the signed-in person's platform reports as."""
    assert visit.principal is not None, "these pages are for people who have signed in"
    assert visit.principal.source is not None, "a platform's user has its source"
    return visit.principal.source


def name_of(visit: Visit) -> str:
    """The platform's id."""
    return source_of(visit).removeprefix("platform:")


def asked(request: Request, *known: str) -> dict[str, str]:
    """The parameters of an address, without those that are blank. Raises Problem for what is not known."""
    pairs = request.query_params.multi_items()
    given = {name: value.strip() for name, value in pairs if value.strip()}
    unknown = {name for name, _ in pairs} - set(known)
    if unknown or len(pairs) != len({name for name, _ in pairs}):
        raise Problem("invalid_parameter", f"known, and once each: {', '.join(known) or 'none'}.")
    if any(len(value) > VALUE_LENGTH_MAX or "\0" in value or "\ufffd" in value for value in given.values()):
        raise Problem("invalid_parameter", "a parameter is too long, or no text.")
    return given


def number_of(visit: Visit) -> int:
    """The number in the path. Raises Problem where it can be none."""
    text = str(visit.request.path_params["number"])
    if not text.isascii() or not text.isdigit() or len(text) > 19 or not 0 < int(text) <= NUMBER_MAX:
        raise Problem("not_found", "there is no such item.")
    return int(text)


def event_address(name: str) -> str:
    """The page of an event of one's own. Ids may have any printable character in them."""
    return f"{EVENTS}/{quote(name, safe='')}"


def receipt_address(name: str) -> str:
    """Where the receipt of an event of one's own is."""
    return f"{RECEIPTS}/{quote(name, safe='')}"
