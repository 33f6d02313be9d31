"""Questions: one file per group of endpoints, each a plain function from typed arguments to a page of facts."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from api.reading import (
    alerts,
    backtests,
    balances,
    cases,
    casework,
    concentration,
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
    mutes,
    notifications,
    platform_index,
    platforms,
    receipts,
    reconciliation,
    rules,
    sanctions,
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
    platform_index.router,
    loan_book.router,
    concentration.router,
    reconciliation.router,
    alerts.router,
    cases.router,
    notifications.router,
    mutes.router,
    sanctions.router,
    casework.router,
    rules.router,
    backtests.router,
    evidence.router,
    tiles.router,
    receipts.router,
    vault.router,
    vocabulary.router,
    manual.router,
    health.router,
)
