"""States of cases, of the alerts that are in one, and of sanctions."""

from __future__ import annotations

from msgspec import field

from ledger.states.alerts import AlertKey, alert_key, parts, rank
from ledger.states.base import State

FOUR_EYES = frozenset({"critical", "high"})  # severities of alerts with which one person may not close a case
OPEN_REFERRALS = frozenset({"sent", "received"})


class Case(State, frozen=True):
    """A case. `alerts` has each with its severity when it was added; times are Unix microseconds, days are dates."""

    status: str  # open, close_requested, closed
    opened_at: int
    due: str
    alerts: dict[str, str] = field(default_factory=dict)
    assignee: str | None = None
    close_by: str | None = None  # who asked for the closing
    outcome: str | None = None
    referrals: dict[str, str] = field(default_factory=dict)  # by agency: sent, received, answered, declined
    evidence: tuple[str, ...] = ()
    jurisdiction: str = ""  # by whose calendar it is counted
    known: int = 0  # grows with the findings of its alerts; as it was when the closing was asked for

    def related(self) -> tuple[str, ...]:
        """The alerts: closing the case asks how severe they are, and closes them."""
        return tuple(key_of_alert(alert) for alert in self.alerts)

    def pending(self) -> list[str]:
        """The agencies that have not answered yet."""
        return [agency for agency, status in self.referrals.items() if status in OPEN_REFERRALS]


class AlertCase(State, frozen=True):
    """The case that an alert was put into last; it is in it as long as that case has it."""

    case: str


class Sanction(State, frozen=True):
    """A sanction; `lifted_at` is Unix microseconds."""

    subject: str
    kind: str
    begins: str
    until: str | None = None
    lifted_at: int | None = None


def severity_of(case: Case, states: dict[str, AlertKey]) -> str:
    """The worst severity of a case's alerts, as they are or were when they were added; `info` without any."""
    found = [*case.alerts.values()]
    found += [state.severity for alert, state in states.items() if state.number == parts(alert)[2]]
    return max(found, key=rank, default="info")


def case_key(name: str) -> str:
    """The key of a case's state."""
    return f"case:registry/{name}"


def key_of_alert(alert: str) -> str:
    """The key under which an alert's state is kept."""
    rule, hashed, _ = parts(alert)
    return alert_key(rule, hashed)


def alert_case_key(alert: str) -> str:
    """The key that says which case an alert is in."""
    return f"alert_case:registry/{alert}"


def sanction_key(name: str) -> str:
    """The key of a sanction's state."""
    return f"sanction:registry/{name}"
