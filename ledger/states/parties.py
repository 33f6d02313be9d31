"""State of a party, and of what an investor declared."""

from __future__ import annotations

from msgspec import field

from ledger.states.base import Gone, State


class Party(State, frozen=True):
    """A person or organisation on one platform. Money figures are minor units by currency, never below zero."""

    kind: str
    person: str | None  # keyed hash of the identity, equal over all platforms
    registered_at: int
    country: str | None = None
    verified: int = 0  # how many checks of identity were reported
    cash: dict[str, int] = field(default_factory=dict)  # waits on the platform's account
    owed: dict[str, int] = field(default_factory=dict)  # borrowed: listed, or disbursed and not repaid nor given up
    erasure_by: str | None = None  # who asked for her data to be erased
    erased_at: int | None = None  # when it was, Unix microseconds


def is_forgotten(state: State) -> bool:
    """Whether nothing that identifies may be kept of a party in this state."""
    return isinstance(state, Gone) or (isinstance(state, Party) and state.erased_at is not None)


class Declaration(State, frozen=True):
    """The latest declaration of an investor, by valid time. Money is in minor units of `currency`."""

    declared_at: int
    jurisdiction: str
    currency: str
    annual_income: int | None = None
    net_worth: int | None = None
    financial_assets: int | None = None
    accredited: bool | None = None
    sophisticated: bool | None = None
    experience_years: int | None = None
    knowledge_passed: bool | None = None
    valid_to: int | None = None
    # Others, in order of valid time: one of them counts again where this one is corrected. The last few are kept.
    others: tuple[Declaration, ...] = ()
