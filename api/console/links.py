"""Where an entity, an event or an alert has its page: the one place that makes such addresses."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

PAGES: Final = {"party": "parties", "campaign": "campaigns", "loan": "loans", "pledge": "pledges"}


def page_of(key: str) -> str | None:
    """The address of an entity's page, by its key; None for what has none."""
    kind, _, path = key.partition(":")
    if kind == "platform" and path:
        return f"/console/platforms/{quote(path, safe='')}"
    scope, _, name = path.partition("/")
    if kind not in PAGES or not scope or not name:
        return None
    return f"/console/{PAGES[kind]}/{quote(scope, safe='')}/{quote(name, safe='')}"


def event_page(position: int) -> str:
    """The address of an event's page."""
    return f"/console/events/{position}"
