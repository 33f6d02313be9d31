"""From findings to the log: what their alerts don't know yet goes in by everybody's road, as events of the system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from ledger.candidate import Answer
from ledger.kernel.refusals import Code
from ledger.states.alerts import AlertKey
from ledger.store import reading
from risk.findings import Finding, coalesce, event

if TYPE_CHECKING:
    import psycopg

Submit = Callable[[Sequence[dict[str, Any]]], Sequence[Answer]]  # CloudEvents of source `system` -> an answer for each

BATCH: Final = 500  # findings that are sent together
_EXPECTED: Final = frozenset({Code.NOTHING_NEW, Code.ID_REUSED})  # another evaluator was faster


class NotTaken(Exception):
    """A finding could not be recorded; the message says why. That is a mistake of ours, not of any platform."""


def deliver(connection: psycopg.Connection, submit: Submit, found: Sequence[Finding]) -> tuple[int, int, int]:
    """Send what its alert does not know yet; (sent, opened an alert, joined one). Days in order, a batch at a time."""
    keys = list(dict.fromkeys(each.alert_key for each in found))
    states = reading.states(connection, keys)
    known = {key: state for key, state in states.items() if isinstance(state, AlertKey)}
    open_keys = {key for key, state in known.items() if state.status != "closed"}
    fresh = coalesce(found, known)
    raised = joined = 0
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        for each, answer in zip(batch, submit([event(each) for each in batch]), strict=True):
            if answer.status == "refused" and answer.code not in _EXPECTED:
                raise NotTaken(f"a finding of {each.rule} was refused ({answer.code}): {answer.detail}")
            if answer.status == "accepted":
                joined += each.alert_key in open_keys
                raised += each.alert_key not in open_keys
                open_keys.add(each.alert_key)
    return len(fresh), raised, joined
