"""A platform's concentration as of two times, with its history and the limits on a lender's share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import psycopg

from api.exposures import Shared, ShareLimit
from api.facts import Read
from api.times import Times
from ledger.concentration import WHOLE_BP, concentration
from ledger.rulebook.checks import hold
from ledger.rulebook.loading import Stated, at_once, books, citation, in_force
from ledger.rulebook.model import Cap
from ops.questions import standing
from ops.then import known_by
from projections import asof, concentrated, grouped, investors

_LARGEST = 20  # lenders whose affiliates are looked up


def shared_out(
    connection: psycopg.Connection,
    platform: str,
    jurisdiction: str,
    times: Times,
    moments: Sequence[datetime],
    day: date,
) -> Read[Shared]:
    """The concentration just before each of the moments (ascending); the last is the answer, with limits of `day`."""
    with standing(connection, *concentrated.VIEWS) as as_of:
        known = known_by(connection, times, as_of.position)
        found = list(concentrated.held(connection, platform, moments, known.known))
        rows = [(each.side, each.currency, each.before, concentration(each.amounts.values())) for each in found]
        limits = [
            limit
            for each in found
            if each.side == "lenders" and each.before == moments[-1]
            for limit in _limits(connection, each.currency, each.amounts, _rules(jurisdiction, day), known)
        ]
        return Read(Shared(rows, limits), as_of)


def _rules(jurisdiction: str, day: date) -> list[Stated]:
    return [
        stated
        for stated in in_force(books(), jurisdiction, "lending", at_once(day))
        if isinstance(stated.rule, Cap) and (stated.rule.of, stated.rule.measure) == ("lender_and_platform", "share")
    ]


def _limits(
    connection: psycopg.Connection,
    currency: str,
    amounts: Mapping[str, int],
    rules: Sequence[Stated],
    times: asof.Times,
) -> Iterator[ShareLimit]:
    """What the largest lender holds with its affiliates, against each limit on a lender's share."""
    if not rules or not amounts:
        return
    largest = sorted(amounts, key=lambda key: (-amounts[key], key))[:_LARGEST]
    groups = grouped.groups_of(connection, largest, times)
    together = {key: sum(amounts.get(each, 0) for each in groups[key].parties) for key in largest}
    worst = max(largest, key=lambda key: (together[key], key))
    party = investors.get(connection, worst)
    share = -(-WHOLE_BP * together[worst] // sum(amounts.values()))  # up: a limit that is rounded away is none
    for stated in rules:
        cap = stated.rule
        assert isinstance(cap, Cap)
        answer = hold(cap, share, 0)
        outcome, why = answer.outcome, None
        # Institutions have a limit of their own, and which organisation is supervised as one nobody reports.
        if outcome == "breach" and cap.only == "ordinary" and (party is None or party.kind == "organisation"):
            outcome, why = "not_provable", "whether this lender is a supervised institution is not reported"
        yield ShareLimit(
            cap.id, citation(stated), outcome, why, currency, groups[worst].parties, share, answer.limit.amount
        )
