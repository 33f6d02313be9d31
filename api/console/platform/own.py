"""What every page of a platform's own people stands on: whose it is, how its addresses are read, its foot."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import quote

from starlette.requests import Request

from api.console.frame import LATE_SECONDS
from api.console.visits import Visit
from api.problems import Problem
from api.services import Services

OVERVIEW: Final = "/platform/overview"
HELD: Final = "/platform/held"
EVENTS: Final = "/platform/events"
RECEIPTS: Final = "/platform/receipts"
SANDBOX: Final = "/platform/sandbox"
KEYS: Final = "/platform/keys"
ALERTS: Final = "/platform/alerts"
VALUE_LENGTH_MAX: Final = 1_000
NUMBER_MAX: Final = 2**63 - 1


class Foot(NamedTuple):
    """How the ledger does, as far as it is a platform's business."""

    position: int
    size: int | None  # entries under the newest signed tree head
    root: str
    lag_seconds: float
    stopped: tuple[str, ...]
    late: bool


def foot(services: Services) -> dict[str, Any]:
    """The values of the foot of a page."""
    ready = services.readiness()
    lag_seconds = max((view.lag_seconds for view in ready.views), default=0.0)
    stopped = tuple(view.name for view in ready.views if view.state != "live")
    note = services.reads.checkpoint().value
    _origin, size, root, *_rest = note.split("\n") if note else ("", "", "")
    late = lag_seconds > LATE_SECONDS or bool(stopped)
    return {"pulse": Foot(ready.position, int(size) if size else None, root, lag_seconds, stopped, late)}


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
