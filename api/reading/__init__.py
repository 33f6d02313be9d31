"""Questions: one file per group of endpoints, each a plain function from typed arguments to a page of facts."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from api.reading import entities, events, evidence, health, manual, vocabulary

ROUTERS: Final[tuple[APIRouter, ...]] = (
    events.router,
    entities.router,
    evidence.router,
    vocabulary.router,
    manual.router,
    health.router,
)
