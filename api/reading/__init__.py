"""Questions: one file per group of endpoints, each a plain function from typed arguments to a page of facts."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from api.reading import (
    alerts,
    balances,
    corrections,
    eligibility,
    entities,
    events,
    evidence,
    exposure,
    health,
    impact,
    loan_book,
    loans,
    manual,
    platforms,
    receipts,
    reconciliation,
    rules,
    tiles,
    vault,
    vocabulary,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    corrections.router,
    events.router,
    entities.router,
    loans.router,
    exposure.router,
    impact.router,
    balances.router,
    eligibility.router,
    platforms.router,
    loan_book.router,
    reconciliation.router,
    alerts.router,
    rules.router,
    evidence.router,
    tiles.router,
    receipts.router,
    vault.router,
    vocabulary.router,
    manual.router,
    health.router,
)
