"""The rules of the monitor, as the documents that they are."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import cursors, facts
from api.deps import Paged, Parts, Supervisor, plain_text
from api.facts import AsOf, Read
from api.openapi import described
from risk.document import Loaded

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])


class ShownRule(msgspec.Struct, kw_only=True):
    """A rule; `document` is all that it says, `hash` freezes it."""

    id: str
    version: int
    maturity: str
    title: dict[str, str]
    severities: list[str]
    schedule: dict[str, str]
    hash: str
    document: dict[str, Any]


@router.get("/rules", responses=described("Every rule in its present version, by id.", 401, 403, page_of=ShownRule))
def get_rules(parts: Parts, _principal: Supervisor, query: Paged) -> Response:
    """All rules, with thresholds, legal basis and guides."""
    question = ("rules",)
    after = cursors.decode(question, query.cursor, str, "")
    rows = [each for name, each in sorted(parts.rules.items()) if name > after]
    # The documents are this program's own: of no view, and never behind. The position is the log's.
    read = Read(rows[: query.limit + 1], AsOf(parts.head_position(), 0.0))
    return facts.page(question, read, query.limit, _show, lambda each: each.rule.id)


def _show(loaded: Loaded) -> ShownRule:
    rule = loaded.rule
    return ShownRule(
        id=rule.id,
        version=rule.version,
        maturity=rule.maturity,
        title={"zh": rule.title.zh, "en": rule.title.en},
        severities=[band.severity for band in rule.severity],
        schedule={"cron": rule.schedule.cron, "zone": rule.schedule.zone},
        hash=loaded.hash,
        document=loaded.plain,
    )
