"""What the api asks of the log as of two times, as plain functions of a connection."""

from __future__ import annotations

from datetime import date

import psycopg

from api.exposures import GroupStake, PartyExposure
from api.facts import Read
from api.services import LoanRead, PledgeRead, Then
from api.times import Span, Times
from ledger.events.naming import scope_and_name
from ledger.exchange import Rates
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.parties import Declaration
from ledger.store import reading
from ops.questions import standing
from projections import asof, exposed, grouped, rates
from projections import exposure as present
from projections.fetch import PAGE_ROWS


def span(connection: psycopg.Connection) -> Span:
    """When the first and the last event were recorded."""
    return Span(asof.first_recorded(connection), reading.head(connection).recorded_at)


def state(connection: psycopg.Connection, key: str, times: Times) -> Then:
    """A campaign, pledge or loan as of both times; of the present, the state that decisions read."""
    if not times.asked:
        return Then(reading.states(connection, [key]).get(key), None, None)
    head = reading.head(connection).position
    found = asof.state(connection, key, known_by(connection, times, head))
    began = asof.opened(connection, key, head)
    return Then(found, began.happened_at if began else None, began.recorded_at if began else None)


def pledge(connection: psycopg.Connection, key: str, times: Times) -> PledgeRead:
    """A pledge and its campaign as of both times."""
    then = state(connection, key, times)
    if not isinstance(then.state, Pledge):
        return PledgeRead(then, None)
    own, declaration = then.state.campaign, then.state.investor.replace("party:", "declaration:", 1)
    # Read together: a pledge and the campaign that may have ended it are of one moment.
    now = reading.states(connection, [key, own, declaration])
    declared = now.get(declaration)
    declared = declared if isinstance(declared, Declaration) else None
    if times.asked:
        known = known_by(connection, times, reading.head(connection).position)
        return PledgeRead(then, asof.ends(connection, own, known), declared)
    campaign = now.get(own)
    then = then._replace(state=now.get(key))
    return PledgeRead(then, campaign if isinstance(campaign, Campaign) else None, declared)


def loan(connection: psycopg.Connection, key: str, times: Times) -> LoanRead:
    """A loan and its history as of both times."""
    then = state(connection, key, times)
    known = known_by(connection, times, reading.head(connection).position)
    return LoanRead(then, asof.lent(connection, key, known) if then.state is not None else None)


def exposure(
    connection: psycopg.Connection, key: str, scope: str | None, times: Times, into: tuple[str, date] | None = None
) -> Read[PartyExposure | None]:
    """What a person had at stake, over all platforms or one (its scope). `into`: a currency, and the day of rates."""
    with standing(connection, *exposed.VIEWS) as as_of:
        then = known_by(connection, times, as_of.position)
        known_people = exposed.people(connection, key, then.known)
        people = [each for each in known_people if scope in {None, scope_and_name(each).partition("/")[0]}]
        if people:
            found = _exposure(connection, people, then, present_asked=not times.asked)
            if scope is None:
                found = _with_groups(connection, found, key, then)
            if into is not None:
                found = found._replace(rates=_rates(connection, found, into, then.known))
            return Read(found, as_of)
        began = asof.opened(connection, key, as_of.position)
        return Read(None if began is None else PartyExposure([], [], [], [], known=began.recorded_at), as_of)


def _exposure(
    connection: psycopg.Connection, parties: list[str], times: asof.Times, *, present_asked: bool
) -> PartyExposure:
    then = exposed.exposed(connection, parties, times, PAGE_ROWS + 1)
    found = then.exposures, then.counterparties
    if present_asked:
        found = present.exposures(connection, parties), present.counterparties(connection, parties, PAGE_ROWS + 1)
    exposures, others = found
    more = len(others) > PAGE_ROWS
    return PartyExposure(
        parties, exposures, others[:PAGE_ROWS], then.waiting, more, contracts=then.contracts[:PAGE_ROWS]
    )


def _with_groups(connection: psycopg.Connection, found: PartyExposure, key: str, times: asof.Times) -> PartyExposure:
    """With the party's affiliates and what they have at stake together, and with which groups."""
    whole = grouped.group_of(connection, key, times)
    together = exposed.exposed(connection, whole.parties, times).exposures if whole.relations else ()
    groups = grouped.groups_of(connection, [each.other for each in found.counterparties], times)
    sums: dict[tuple[frozenset[str], str], list[int]] = {}
    for each in found.counterparties:
        total = sums.setdefault((frozenset(groups[each.other].parties), each.currency), [0, 0])
        total[0] += each.amount
        total[1] += each.contracts
    stakes = [GroupStake(sorted(parties), currency, *total) for (parties, currency), total in sums.items()]
    stakes.sort(key=lambda each: (-each.amount, each.parties, each.currency))
    return found._replace(
        group=whole, group_exposures=together, groups=[each for each in stakes if len(each.parties) > 1]
    )


def _rates(connection: psycopg.Connection, found: PartyExposure, into: tuple[str, date], known: int) -> Rates:
    currency, day = into
    held = {each.currency for each in found.exposures}
    return rates.on(connection, day, {currency, *held}, known)


def known_by(connection: psycopg.Connection, times: Times, head: int) -> asof.Times:
    """The position that was known by then, at most `head`, and the valid time asked for."""
    known = head if times.known_at is None else min(head, asof.known_position(connection, times.known_at))
    return asof.Times(times.at, known)
