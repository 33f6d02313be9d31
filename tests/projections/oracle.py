"""Views held against the boundary's states: two derivations of the same log, written apart, that have to agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from ledger.states import registry
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.funds import Withdrawal
from ledger.states.loans import Bid, Loan
from ledger.states.parties import Party
from ledger.states.platforms import Platform
from ledger.states.promises import refund_due, status_of
from projections import balances as money
from projections import campaigns, investors, loans, platforms, pledges

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ABSENT = "absent"


def disagreements(connection: psycopg.Connection[Any]) -> list[str]:
    """What a view says otherwise than the state of an entity; empty where all is well."""
    found = []
    for key, text in connection.execute("SELECT key, state FROM boundary_states ORDER BY key").fetchall():
        state = registry.decode(key, text)
        for what, expected, actual in _figures(connection, key, state):
            if expected != actual:
                found.append(f"{key} {what}: the state says {expected}, the view {actual}")
    found += [f"trial balance {sums}" for sums in [money.trial_balance(connection)] if any(sums.values())]
    return found


def _figures(connection: psycopg.Connection[Any], key: str, state: object) -> Iterator[tuple[str, Any, Any]]:
    kind = key.partition(":")[0]
    if isinstance(state, Campaign):
        yield from _campaign(campaigns.get(connection, key), state)
    elif isinstance(state, Pledge):
        row = pledges.get(connection, key)
        assert row is not None, key
        (text,) = connection.execute("SELECT state FROM boundary_states WHERE key = %s", [state.campaign]).fetchone()  # type: ignore[misc]
        campaign = registry.decode(state.campaign, text)
        assert isinstance(campaign, Campaign)
        yield "status", status_of(state, campaign), row.status
        yield "refund due", refund_due(state, campaign), row.refund_due
        yield "failures", len(state.failures), row.failures
        last = state.failures[-1] if state.failures else (None, None)
        yield "last failure", [_maybe(each) for each in last], [row.failed_at, row.retry_at]
        yield "facts", (state.campaign, state.investor, state.amount), (row.campaign, row.investor, row.amount)
        yield "refunded", state.refunded, row.refunded
    elif isinstance(state, Loan):
        yield from _loan(connection, key, state)
    elif isinstance(state, Bid):
        (status,) = _one(connection, "SELECT status FROM view_loans.bids", key)
        yield "status", state.status, status
    elif isinstance(state, Withdrawal):
        (status,) = _one(connection, "SELECT status FROM view_transfers.withdrawals", key)
        yield "status", state.status, status
    elif isinstance(state, Party):
        party = investors.get(connection, key)
        assert party is not None, key
        yield "person", state.person, party.person
        yield "verified", state.verified > 0, party.verified_position is not None
        cash = {stake.currency: stake.cash for stake in investors.stakes(connection, [key]) if stake.cash}
        yield "cash", state.cash, cash
    elif isinstance(state, Platform):
        yield from _platform(connection, key.partition(":")[2], state)
    elif type(state).__name__ == "Gone" and kind in {"campaign", "pledge", "loan", "party"}:
        get = {"campaign": campaigns.get, "pledge": pledges.get, "loan": loans.get, "party": investors.get}[kind]
        yield "gone", None, get(connection, key)


def _campaign(row: campaigns.Campaign | None, state: Campaign) -> Iterator[tuple[str, Any, Any]]:
    assert row is not None
    terms, money = ("status", "goal", "cap", "minimum"), ("pledged", "collected", "refunded", "released", "returned")
    for name in (*terms, *money, "fees", "escrow"):
        yield name, getattr(state, name), getattr(row, name)
    yield "deadline", _moment(state.deadline), row.deadline
    yield "closed_at", _maybe(state.closed_at), row.closed_at
    yield "delivered", state.deliveries[-1][1] if state.deliveries else "0", row.delivered


def _loan(connection: psycopg.Connection[Any], key: str, state: Loan) -> Iterator[tuple[str, Any, Any]]:
    row = loans.get(connection, key)
    assert row is not None, key
    for name in ("status", "amount", "annual_rate", "term_months", "outstanding", "bid_count"):
        yield name, getattr(state, name), getattr(row, name)
    yield "funded", state.funded, row.bid
    yield "raise_until", _moment(state.raise_until), row.raise_until
    yield "holders", state.holders, {claim.holder: claim.amount for claim in loans.claims(connection, loan=key)}


def _platform(connection: psycopg.Connection[Any], name: str, state: Platform) -> Iterator[tuple[str, Any, Any]]:
    row = platforms.get(connection, name)
    assert row is not None, name
    standing = state.standing_at(2**62)
    expected = standing if standing != "active" else "licensed" if state.licences else "registered"
    yield "status", expected, row.status
    (events,) = connection.execute("SELECT count(*) FROM events WHERE source = %s", [f"platform:{name}"]).fetchone()  # type: ignore[misc]
    yield "events", events, row.events
    custody = {each.currency: each.derived for each in platforms.custody(connection, name)}
    lines = [money.totals(connection, f"{account}/{name}/") for account in ("escrow", "cash")]
    sums = {currency: sum(line.get(currency, 0) for line in lines) for currency in {*lines[0], *lines[1]}}
    yield "custody", {c: n for c, n in sums.items() if n}, {c: n for c, n in custody.items() if n}


def _one(connection: psycopg.Connection[Any], query: str, key: str) -> Any:
    row = connection.execute(f"{query} WHERE key = %s AND corrected_position IS NULL", [key]).fetchone()
    return row or (ABSENT,)


def _maybe(micros: int | None) -> datetime | None:
    return None if micros is None else _moment(micros)


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
