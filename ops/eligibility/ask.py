"""One answer from one snapshot; with a reservation under a lock: two who ask at once can't both get the same room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg
from uuid_utils.compat import uuid7

from api.services import EligibilityAnswer, EligibilityQuestion, NoSuch, WouldRefuse
from ledger.decisions.bids import must_have_room
from ledger.decisions.promises import must_fit_cap
from ledger.eligibility import judge
from ledger.events.naming import key, name_of
from ledger.kernel.refusals import Code, Refused
from ledger.rulebook.loading import books, in_force
from ledger.states.campaigns import Campaign
from ledger.states.loans import Loan
from ops.eligibility import gather, reserved
from ops.eligibility.gather import Calendar, Investor
from ops.eligibility.snapshot import Snapshot

_MICROS_PER_SECOND = 1_000_000


class _Subject(NamedTuple):
    who: Investor
    about: str
    contract: Campaign | Loan


def answers(
    connection: psycopg.Connection, questions: Sequence[EligibilityQuestion], calendar: Calendar
) -> list[EligibilityAnswer | NoSuch]:
    """Each answer at the log's head, in the transaction that is open."""
    found: list[EligibilityAnswer | NoSuch] = []
    log = Snapshot(connection)
    for question in questions:
        try:
            found.append(_judged(connection, log, question, calendar))
        except NoSuch as none:
            found.append(none)
    return found


def reserve(
    connection: psycopg.Connection, question: EligibilityQuestion, calendar: Calendar, seconds: int
) -> EligibilityAnswer:
    """The same, and where it is a yes the room is held for so long. The connection is in autocommit."""
    before = Snapshot(connection)
    who, about, contract = _subject(before, question)
    other = contract.issuer if isinstance(contract, Campaign) else contract.borrower
    # One cap may be shared by a whole group: each of its members is locked, so that any two of them meet.
    others = [other] if isinstance(contract, Loan) else gather.group_of(before, other, calendar.now)[0].parties
    names = {gather.behind(before, each) for each in others}
    with reserved.alone(connection, [who.party.person or who.own, about, *sorted(names)]):
        found = _judged(connection, Snapshot(connection), question, calendar)
        if found.allowed:
            held = reserved.Reservation(
                uuid7(), question.scope, who.own, about, question.amount, found.currency, found.position, calendar.now
            )
            expires_at = calendar.now + timedelta(seconds=seconds)
            reserved.keep(connection, held, who.party.person, expires_at)
            found = found._replace(reservation=held.id, expires_at=expires_at)
    reserved.forget(connection, calendar.now)
    return found


def _subject(log: Snapshot, question: EligibilityQuestion) -> _Subject:
    own = key("party", question.scope, question.investor)
    who = gather.investor(log, own)
    if who is None:
        raise NoSuch("investor", question.investor)
    about = key(question.kind, question.scope, question.about)
    contract = log.state(about)
    if not isinstance(contract, Campaign | Loan):
        raise NoSuch(question.kind, question.about)
    return _Subject(who, about, contract)


def _judged(
    connection: psycopg.Connection, log: Snapshot, question: EligibilityQuestion, calendar: Calendar
) -> EligibilityAnswer:
    who, about, contract = _subject(log, question)
    kind = contract.kind if isinstance(contract, Campaign) else "lending"
    began = contract.opened_at if isinstance(contract, Campaign) else contract.listed_at
    days = {"trade": calendar.today, "contract": calendar.today, "offering_start": calendar.day_of(began)}
    rules = in_force(books(), contract.jurisdiction, kind, days)
    those = gather.offered(log, contract, rules, calendar.now)
    held = reserved.active(connection, who.parties, [about, *(those.campaigns if those else ())], calendar.now)
    facts = gather.facts(log, who, about, contract, question.amount, rules, held, those, calendar)
    eligibility = judge(facts, rules)
    waiting = sum(each.amount for each in held if each.about == about)
    refusal = _refused(about, contract, question.amount, waiting, calendar.now)
    return EligibilityAnswer(
        allowed=eligibility.allowed and refusal is None,
        eligibility=eligibility,
        refusal=refusal,
        currency=contract.currency,
        position=log.position,
    )


def _refused(about: str, contract: Campaign | Loan, amount: int, waiting: int, now: datetime) -> WouldRefuse | None:
    """What the ledger itself would refuse now, in the words in which it would; what others reserved takes room."""
    micros = int(now.timestamp() * _MICROS_PER_SECOND)
    try:
        if isinstance(contract, Campaign):
            _must_take_pledges(about, contract, amount, micros)
            must_fit_cap(about, contract, amount + waiting)
        else:
            _must_take_bids(about, contract, micros)
            must_have_room(contract, about, amount + waiting)
    except Refused as refused:
        return WouldRefuse(refused.code, refused.detail)
    return None


def _must_take_pledges(about: str, campaign: Campaign, amount: int, micros: int) -> None:
    if campaign.status != "open":
        raise Refused(Code.CAMPAIGN_NOT_OPEN, f"campaign {name_of(about)!r} is {campaign.status}.")
    if micros > campaign.deadline:
        raise Refused(Code.AFTER_DEADLINE, f"the deadline of campaign {name_of(about)!r} has passed.")
    if amount < campaign.minimum:
        raise Refused(Code.BELOW_MINIMUM, f"campaign {name_of(about)!r} takes {campaign.minimum} or more.")


def _must_take_bids(about: str, loan: Loan, micros: int) -> None:
    if loan.status != "listed":
        raise Refused(Code.LOAN_NOT_OPEN, f"loan {name_of(about)!r} is {loan.status}.")
    if micros > loan.raise_until:
        raise Refused(Code.AFTER_DEADLINE, f"the time of loan {name_of(about)!r} to raise has passed.")
