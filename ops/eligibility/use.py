"""How much of each limit a person has used, over all platforms: as an investor, and as a borrower."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from api.services import LimitUse
from ledger.eligibility import Check, Facts, judge
from ledger.events.naming import scope_and_name
from ledger.rulebook.checks import hold
from ledger.rulebook.loading import Stated, books, in_force
from ledger.rulebook.model import Cap
from ledger.standings import figures_of, standings_of
from ledger.states.campaigns import Campaign
from ledger.states.loans import Loan
from ops.eligibility import gather
from ops.eligibility.gather import Calendar, Investor
from ops.eligibility.snapshot import Snapshot

_FLOWS = frozenset({"flow", "outstanding"})
_OWES = frozenset({"listed", "disbursed", "defaulted", "written_off"})


def limits_used(connection: psycopg.Connection, own: str, calendar: Calendar) -> list[LimitUse]:
    """The limits of every law under which the person of a party has invested or borrowed; none for an unknown party."""
    log = Snapshot(connection)
    who = gather.investor(log, own)
    return [] if who is None else [*_invested(log, who, calendar), *_borrowed(log, who, calendar)]


def _invested(log: Snapshot, who: Investor, calendar: Calendar) -> Iterator[LimitUse]:
    commitments = list(gather.committed(log, who, calendar))
    asked = set()
    for each in commitments:
        contract = log.state(each.about)
        assert isinstance(contract, Campaign | Loan)
        kind = contract.kind if isinstance(contract, Campaign) else "lending"
        asked.add((contract.jurisdiction, kind, each.currency))
    currencies = {each.currency for each in commitments}
    for jurisdiction, kind, currency in sorted(asked):
        rules = _caps(jurisdiction, kind, calendar, "investor")
        declared = gather.declaration(log, who.parties, jurisdiction, calendar.now)
        figures = figures_of(declared, 0)
        facts = Facts(
            day=calendar.today,
            amount=0,
            currency=currency,
            platform=scope_and_name(who.own).partition("/")[0],
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
            rates=log.rates({*currencies, *([declared.currency] if declared else [])}, calendar.today),
        )
        for check in judge(facts, [each for each in rules if _is_flow(each)]).checks:
            yield LimitUse(jurisdiction, kind, "investor", check)


def _caps(jurisdiction: str, kind: str, calendar: Calendar, of: str) -> list[Stated]:
    """The law of today; of its caps only those that are `of` her alone."""
    days = dict.fromkeys(("trade", "contract", "offering_start"), calendar.today)
    return [
        each
        for each in in_force(books(), jurisdiction, kind, days)
        if not isinstance(each.rule, Cap) or each.rule.of == of
    ]


def _is_flow(stated: Stated) -> bool:
    return isinstance(stated.rule, Cap) and stated.rule.measure in _FLOWS


def _borrowed(log: Snapshot, who: Investor, calendar: Calendar) -> Iterator[LimitUse]:
    owed: dict[tuple[str, str], dict[str, int]] = {}
    for key, loan in log.states(log.keys("borrowed", parties=list(who.parties))).items():
        if isinstance(loan, Loan) and loan.status in _OWES:
            amount = loan.amount if loan.status == "listed" else loan.outstanding + loan.lost
            by_platform = owed.setdefault((loan.jurisdiction, loan.currency), {})
            platform = scope_and_name(key).partition("/")[0]
            by_platform[platform] = by_platform.get(platform, 0) + amount
    for (jurisdiction, currency), by_platform in sorted(owed.items()):
        for stated in _caps(jurisdiction, "lending", calendar, "borrower"):
            cap = stated.rule
            if isinstance(cap, Cap) and (cap.measure, cap.currency) == ("outstanding", currency) and _is_hers(cap, who):
                yield LimitUse(jurisdiction, "lending", "borrower", _owes(stated, cap, who, by_platform))


def _is_hers(cap: Cap, who: Investor) -> bool:
    return cap.party in {"any", who.party.kind}


def _owes(stated: Stated, cap: Cap, who: Investor, by_platform: dict[str, int]) -> Check:
    if cap.scope == "platform":
        return Check(stated, cap, hold(cap, max(by_platform.values()), 0), None)
    if who.party.person is None:
        why = "the borrower's identity is not known, so other platforms can't be added up"
        return Check(stated, cap, hold(cap, None, 0), why)
    return Check(stated, cap, hold(cap, sum(by_platform.values()), 0), None)
