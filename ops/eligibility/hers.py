"""The limits of the law that are about one person: of what she has, and of the platforms on which she is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import psycopg
from msgspec.structs import replace

from api.access import Herself
from api.mine import Declared, Freed, Limit, Limits
from ledger.eligibility import Check, Commitment, Facts, judge
from ledger.events.naming import scope_and_name
from ledger.rulebook.checks import freed_on
from ledger.rulebook.loading import books, in_force
from ledger.rulebook.model import Cap
from ledger.standings import figures_of, standings_of
from ledger.states.parties import Declaration, Party, is_forgotten
from ledger.states.platforms import Platform
from ops.eligibility import gather
from ops.eligibility.gather import Calendar, Investor
from ops.eligibility.snapshot import Snapshot

_MEASURES: Final = frozenset({"flow", "outstanding", "ticket"})
_FREED_MAX: Final = 12


def limits(connection: psycopg.Connection, her: Herself, calendar: Calendar) -> Limits:
    """Every limit of today's law on a person, as POST /v1/eligibility would count it: over all platforms.

    Where she is not shown all of them, it tells no more than her platform can ask by that address: sums, no days.
    """
    log = Snapshot(connection)
    # A limit counts all that she ever did; but who she is, is what was not erased.
    states = log.states(sorted(log.keys("parties", person=f"person:{her.person}")))
    own = [name for name, state in states.items() if isinstance(state, Party) and not is_forgotten(state)]
    parties = [name for name in own if her.sees(_scope(name))]
    who = gather.investor(log, parties[0]) if parties else None
    if who is None:
        return Limits([], [])
    commitments = list(gather.committed(log, who, calendar))
    scopes = sorted({_scope(each) for each in parties})
    found = [
        limit
        for jurisdiction, kind in sorted(_laws(log, [each for each in commitments if her.sees(each.platform)], scopes))
        for limit in _under(log, who, commitments, jurisdiction, kind, scopes, calendar)
    ]
    if her.scopes is not None:
        found = [each._replace(freed=[]) for each in found]
    return Limits(found, _declared(log, parties))


def _laws(log: Snapshot, commitments: Sequence[Commitment], scopes: Sequence[str]) -> set[tuple[str, str]]:
    """Jurisdictions and kinds: of what she has, and of the platforms on which she is known."""
    found = {(each.jurisdiction, each.kind) for each in commitments}
    for state in log.states(f"platform:{scope}" for scope in scopes).values():
        if isinstance(state, Platform):
            found |= {(state.jurisdiction, kind) for kind in state.kinds}
    return found


def _under(
    log: Snapshot,
    who: Investor,
    commitments: Sequence[Commitment],
    jurisdiction: str,
    kind: str,
    scopes: Sequence[str],
    calendar: Calendar,
) -> Iterator[Limit]:
    rules = in_force(
        books(), jurisdiction, kind, dict.fromkeys(("trade", "contract", "offering_start"), calendar.today)
    )
    caps = [each for each in rules if isinstance(each.rule, Cap) and _is_about_her(each.rule)]
    if not caps:
        return
    declared = gather.declaration(log, who.parties, jurisdiction, calendar.now)
    figures = figures_of(declared, 0)
    currencies = {
        *(each.currency for each in commitments),
        *(each.rule.currency for each in caps if isinstance(each.rule, Cap) and each.rule.currency),
        *([declared.currency] if declared else []),
    }
    facts = Facts(
        day=calendar.today,
        amount=0,
        currency="",
        platform="",
        other="",
        party=who.party.kind,
        identified=who.party.person is not None,
        commitments=commitments,
        figures=figures,
        figures_currency=declared.currency if declared else None,
        standings=standings_of(declared, figures, who.party.kind, rules),
        holders=None,
        offers=None,
        term_months=None,
        rates=log.rates(currencies, calendar.today),
    )
    for stated in caps:
        assert isinstance(stated.rule, Cap)
        alone = stated.rule.scope == "platform" and stated.rule.measure != "ticket"
        for platform in scopes if alone else (scopes[0],):
            asked = facts._replace(currency=stated.rule.currency or "", platform=platform)
            for check in judge(asked, [stated]).checks:
                yield Limit(jurisdiction, kind, platform if alone else None, check, _freed(check))


def _is_about_her(cap: Cap) -> bool:
    return cap.of == "investor" and cap.measure in _MEASURES and cap.currency is not None


def _freed(check: Check) -> list[Freed]:
    """When what counts now counts no more, the nearest first; nothing where a limit has no period."""
    if check.cap.months is None:
        return []
    sums: defaultdict[tuple[date, str], int] = defaultdict(int)
    for each in check.counted:
        sums[freed_on(check.cap.months, each.day), each.currency] += each.amount
    return [Freed(on, amount, currency) for (on, currency), amount in sorted(sums.items())[:_FREED_MAX]]


def _declared(log: Snapshot, parties: Sequence[str]) -> list[Declared]:
    keys = {party: party.replace("party:", "declaration:", 1) for party in parties}
    states = log.states(keys.values())
    return [
        Declared(_scope(party), replace(state, others=()))
        for party, key in keys.items()
        if isinstance(state := states.get(key), Declaration)
    ]


def _scope(party: str) -> str:
    return scope_and_name(party).partition("/")[0]
