"""View: reported facts that broke a limit of the law of their day, each judged by what was known when it was recorded.

A fact that is told late is judged on its own day, and on the days of what came after. What is taken back takes its
breaches with it, and those of others where their figure keeps the limit without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from ledger.breaches import fingerprint
from ledger.rulebook.checks import keeps
from projections import base, fetch
from projections.breached.desk import SQL, Desk
from projections.breached.folding import TYPES as FOLDED
from projections.breached.folding import Folding, promised
from projections.breached.naming import asked_for, contract_of, item_of

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "breaches"
# The number of this program, and of the law that it judges by: with either of them the view is built anew.
VERSION: Final = 1_000_000 + fingerprint()
TYPES: Final = FOLDED | {base.CORRECTION}


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Remember, judge, and take back."""
    base.fold(cursor, events, _fold, _correct)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    # A relation changes who belongs together: it is written before what follows it is loaded.
    for _, run in groupby(events, key=lambda event: event.type == "party.related"):
        those = list(run)
        desk = Desk()
        desk.load(cursor, asked_for(those))
        Folding(desk).fold(those)
        desk.write(cursor)


_FORGET: Final = {
    "party.registered": "forget_party",
    "party.related": "forget_relation",
    "investor.declared": "forget_declaration",
    "campaign.opened": "forget_contract",
    "loan.listed": "forget_contract",
}
# What adds nothing to a figure: without it there is no telling whether a limit was broken.
_RESTED_ON: Final = frozenset({"party.related", "investor.declared"})


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    original, by = correction.original, correction.position
    if original.type not in FOLDED:
        return
    values = {"by": by, "of": original.position}
    if original.type in _FORGET:
        cursor.execute(SQL[_FORGET[original.type]], values)
    cursor.execute(SQL["forget_breaches"], {**values, "resting": original.type in _RESTED_ON})
    undo = _UNDO.get(original.type)
    if undo is not None:
        asked = asked_for([original])
        if undo is _unpromised:
            asked.items.add(item_of(original))
        desk = Desk()
        desk.load(cursor, asked)
        undo(cursor, desk, correction)
        desk.write(cursor)


def _unpromised(cursor: Cursor[Any], desk: Desk, correction: base.Correction) -> None:
    """A pledge, bid or purchase was never made."""
    original = correction.original
    line = desk.lines.get(item_of(original))
    if line is None or line.position != original.position:
        return
    contract, left = desk.contracts[line.contract], line.amount
    _lessen(cursor, correction, original.position, left)
    if original.type == "pledge.made":
        others = [each for each in desk.by_contract[contract.key].values() if each.party == line.party and each.amount]
        _lessen(cursor, correction, contract.position, left, heads=len(others) == 1)
        contract.raised -= left
        desk.touch(contract)
    desk.move(line, -left)
    if original.type == "claim.transferred":
        data: Any = original.data
        desk.take(contract.key, f"party:{original.scope}/{data.seller}", data.principal)


def _lessen(cursor: Cursor[Any], correction: base.Correction, of: int, amount: int, *, heads: bool = False) -> None:
    """Breaches behind the original whose figure has the event `of` in it: it was too high by so much, or by a head."""
    rows = cursor.execute(SQL["resting"], {"of": of, "since": correction.original.position}).fetchall()
    for position, rule, subject, figure, limit, bound, about, counted in rows:
        less = int(heads) if about == "campaign" else min(amount, int(counted))
        by = correction.position if keeps(int(figure) - less, bound, limit) else None
        asked = {"amount": less, "by": by, "position": position, "rule": rule, "subject": subject}
        cursor.execute(SQL["lessen"], asked)


def _kept(_: Cursor[Any], desk: Desk, correction: base.Correction) -> None:
    """A pledge was not cancelled or refunded after all, or not confirmed again."""
    original = correction.original
    line = desk.lines.get(item_of(original))
    if line is not None:
        refunded = original.type == "pledge.refunded"
        data: Any = original.data
        Folding(desk).restate(line, data.amount if refunded else promised(correction.event))


def _bid_again(_: Cursor[Any], desk: Desk, correction: base.Correction) -> None:
    line = desk.lines.get(item_of(correction.original))
    if line is not None:
        desk.move(line, line.made)


def _again(_: Cursor[Any], desk: Desk, correction: base.Correction) -> None:
    """A campaign was not closed, a loan did not lapse."""
    contract = desk.contracts.get(contract_of(correction.original))
    if contract is not None:
        contract.is_void = False
        desk.touch(contract)


def _not_lapsed(_: Cursor[Any], desk: Desk, correction: base.Correction) -> None:
    campaign = desk.contracts.get(contract_of(correction.original))
    if campaign is not None:
        Folding(desk).unpromise(correction.event, campaign)


def _not_paid(cursor: Cursor[Any], desk: Desk, correction: base.Correction) -> None:
    """The postings of the correction undo what the original did to the loan."""
    original = correction.original
    loan = desk.contracts.get(contract_of(original))
    if loan is None:
        return
    Folding(desk).repay(loan, original, correction.event.postings)
    if original.type == "loan.disbursed":
        _lessen(cursor, correction, original.position, 2**63 - 1)


_UNDO: Final[dict[str, Callable[[Cursor[Any], Desk, base.Correction], None]]] = {
    "pledge.made": _unpromised,
    "bid.placed": _unpromised,
    "claim.transferred": _unpromised,
    "pledge.cancelled": _kept,
    "pledge.refunded": _kept,
    "pledge.reconfirmed": _kept,
    "bid.withdrawn": _bid_again,
    "campaign.closed": _again,
    "loan.lapsed": _again,
    "pledges.lapsed": _not_lapsed,
    "loan.disbursed": _not_paid,
    "repayment.received": _not_paid,
    "loan.written_off": _not_paid,
    "loan.settled": _not_paid,
}


@dataclass(frozen=True, slots=True)
class Breach:
    """A fact (`position`) that broke `rule`: `figure` against `limited_to`, in `unit` (a currency: minor units).

    `subject` is the key of the party, campaign or loan that is limited; `evidence` are the other events behind it.
    `over_bp` is by how much, in hundredths of a percent of the limit; `day` counts from 1970-01-01.
    """

    position: int
    rule: str
    citation: str
    platform: str
    about: str
    subject: str
    contract: str
    unit: str
    figure: int
    limited_to: int
    over_bp: int
    evidence: list[int]
    day: int


def listed(
    connection: psycopg.Connection[Any],
    *,
    subjects: Sequence[str] | None = None,
    known: int = 2**62,
    limit: int = fetch.PAGE_ROWS,
) -> list[Breach]:
    """Breaches that stood at position `known`, of parties, campaigns or loans (keys), the newest first."""
    asked = {"subjects": fetch.keys(subjects), "known": known, "limit": limit}
    return fetch.many(connection, SQL["listed"], Breach, asked)


__all__ = ["NAME", "SQL", "TYPES", "VERSION", "Breach", "apply", "listed"]
