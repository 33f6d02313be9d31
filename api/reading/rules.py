"""The rules of the monitor, as the documents that they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import cursors, facts
from api.deps import Nothing, Paged, Parts, Supervisor, plain_text
from api.facts import Read
from api.openapi import described
from api.problems import Problem
from projections.alerts import Statistics
from risk.document import Loaded

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])


class ShownStatistics(msgspec.Struct, kw_only=True):
    """How a rule's alerts ended. `precision`: the part of the closed ones that was confirmed.

    `useful` counts those that were worth a look, too. Medians are of the seconds from the finding.
    """

    raised: int
    open: int
    confirmed: int
    justified_look: int
    false_positive: int
    false_positive_reasons: dict[str, int]
    precision: str | None
    useful: str | None
    median_seconds_to_first_look: int | None
    median_seconds_to_closing: int | None


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
    statistics: ShownStatistics


@router.get("/rules", responses=described("Every rule in its present version, by id.", 401, 403, page_of=ShownRule))
def get_rules(parts: Parts, _principal: Supervisor, query: Paged) -> Response:
    """All rules, with thresholds, legal basis and guides."""
    question = ("rules",)
    after = cursors.decode(question, query.cursor, str, "")
    rows = [each for name, each in sorted(parts.rules.items()) if name > after]
    # The documents are this program's own; what stands behind is how alerts ended.
    told = parts.reads.rule_statistics(None)
    read = Read(rows[: query.limit + 1], told.as_of)
    return facts.page(question, read, query.limit, lambda each: _show(each, told.value), lambda each: each.rule.id)


@router.get("/rules/{name}", responses=described("One rule, with how its alerts ended.", 401, 403, 404, one=ShownRule))
def get_rule(name: str, parts: Parts, _principal: Supervisor, _query: Nothing) -> Response:
    """One rule in its present version. Statistics are over all of its versions."""
    if name not in parts.rules:
        raise Problem("not_found", f"there is no rule {name!r}.")
    told = parts.reads.rule_statistics(name)
    return facts.answer(_show(parts.rules[name], told.value), told.as_of)


def _statistics(found: Statistics) -> ShownStatistics:
    closed = found.confirmed + found.justified_look + found.false_positive
    return ShownStatistics(
        raised=found.raised,
        open=found.open,
        confirmed=found.confirmed,
        justified_look=found.justified_look,
        false_positive=found.false_positive,
        false_positive_reasons=dict(found.reasons),
        precision=_part(found.confirmed, closed),
        useful=_part(found.confirmed + found.justified_look, closed),
        median_seconds_to_first_look=found.first_look,
        median_seconds_to_closing=found.closing,
    )


def _part(some: int, all_: int) -> str | None:
    """A decimal from 0 to 1 with four digits, rounded down."""
    return f"{some // all_}.{some * 10_000 // all_ % 10_000:04d}" if all_ else None


def _show(loaded: Loaded, statistics: Mapping[str, Statistics]) -> ShownRule:
    rule = loaded.rule
    return ShownRule(
        id=rule.id,
        version=rule.version,
        maturity=rule.maturity,
        title={"zh": rule.title.zh, "en": rule.title.en},
        severities=[band.severity for band in rule.severity],
        schedule={
            "cron": rule.schedule.cron,
            "zone": rule.schedule.zone,
            **({"every": rule.schedule.every} if rule.schedule.every else {}),
        },
        hash=loaded.hash,
        document=loaded.plain,
        statistics=_statistics(statistics.get(rule.id, Statistics(rule.id, 0, 0, 0, 0, 0, None, None, {}))),
    )
