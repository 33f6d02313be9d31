"""Whoever acted sees what was done: views that are behind are waited for, a little, and never for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

from starlette.responses import Response

from api.console.settling import settled
from api.readiness import Readiness, ViewStanding
from api.services import Services
from tests.api.console import city
from tests.api.console.parts import services

BEFORE, AFTER = 10, 11


def _parts(positions: Iterator[int], *, state: str = "live", patience: float = 5.0) -> tuple[Services, list[int]]:
    asked: list[int] = []

    def readiness() -> Readiness:
        asked.append(next(positions))
        return Readiness(AFTER, (ViewStanding("alerts", asked[-1], 0.0, state, None),))

    heads = iter((BEFORE, AFTER))
    made = replace(
        services(city.built()), head_position=lambda: next(heads), readiness=readiness, settle_seconds=patience
    )  # fmt: skip
    return made, asked


async def _act() -> Response:
    return Response("done")


def test_it_waits_until_the_views_have_it() -> None:
    parts, asked = _parts(iter((BEFORE, BEFORE, AFTER)))
    assert asyncio.run(settled(parts, _act())).body == b"done"
    assert asked == [BEFORE, BEFORE, AFTER]


def test_it_does_not_wait_for_ever() -> None:
    parts, _ = _parts(iter(lambda: BEFORE, None), patience=0.2)
    started = time.monotonic()
    assert asyncio.run(settled(parts, _act())).body == b"done"
    assert 0.2 <= time.monotonic() - started < 2


def test_it_does_not_wait_for_a_view_that_has_stopped_nor_where_nothing_was_recorded() -> None:
    parts, asked = _parts(iter((BEFORE, BEFORE)), state="parked")
    assert asyncio.run(settled(parts, _act())).body == b"done"
    assert asked == [BEFORE]
    parts = replace(parts, head_position=lambda: BEFORE)
    assert asyncio.run(settled(parts, _act())).body == b"done"
    assert asked == [BEFORE]
