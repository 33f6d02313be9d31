"""What one event changed of earlier figures: all parts of the answer, from one snapshot."""

from __future__ import annotations

from typing import Final

import psycopg

from api.facts import AsOf, Read
from api.problems import Problem
from api.services import Impact
from ledger.rulebook.loading import books
from ops.questions import standing
from projections import exposed, impact
from projections.breaches import Breach, breaches
from projections.impact import Subject
from risk import impact as monitor
from risk.inputs import INPUTS

VIEWS: Final = tuple(sorted({*exposed.VIEWS, "alerts", *(view for each in INPUTS.values() for view in each.views)}))
BALANCES_MAX: Final = 1_000
PARTIES_MAX: Final = 50


def impact_of(connection: psycopg.Connection, asked: int | tuple[str, str], source: str | None) -> Read[Impact | None]:
    """What an event (its position, or source and id) changed; `source`: the only one whose events may be asked about.

    None where there is none of that name, or it is another's.
    """
    with standing(connection, *VIEWS) as as_of:
        about = impact.subject(connection, asked)
        if about is None or source not in {None, about.source}:
            return Read(None, as_of)
        _must_be_reached(about, as_of)
        if not about.late:
            return Read(Impact(about), as_of)
        return Read(_late(connection, about, everything=source is None), as_of)


def _must_be_reached(about: Subject, as_of: AsOf) -> None:
    if about.position > as_of.position:
        raise Problem("unavailable", f"the views stand at {as_of.position}, before the event; ask again in a moment.")


def _late(connection: psycopg.Connection, about: Subject, *, everything: bool) -> Impact:
    left_out: list[str] = []
    moved = impact.balances(connection, about, BALANCES_MAX + 1)
    if len(moved) > BALANCES_MAX:
        left_out.append(f"balances: the first {BALANCES_MAX} are listed, the event moved more.")
    parties = about.parties()
    if len(parties) > PARTIES_MAX:
        left_out.append(f"exposures, limits: {PARTIES_MAX} parties were looked at, {len(parties) - PARTIES_MAX} not.")
    if about.type in {"campaign.closed", "pledges.lapsed"} or _corrects_many(about):
        left_out.append("entities: single pledges that ended with their campaign, or stand again; ask for each.")
    parties, alerts = parties[:PARTIES_MAX], monitor.alerts(connection, about)
    if len(alerts) > monitor.ALERTS_MAX:
        left_out.append(f"alerts: the {monitor.ALERTS_MAX} most severe are listed, there are more.")
    found = Impact(
        about,
        moved[:BALANCES_MAX],
        impact.entities(connection, about, about.keys(*impact.ENTITIES)),
        impact.exposures(connection, about, parties),
        _breaches(connection, about, parties, everything=everything),
        alerts[: monitor.ALERTS_MAX],
        left_out=left_out,
    )
    if not everything:
        left_out.append("runs: what the monitor would find now is for its supervisor.")
        left_out.append("limits: those over all platforms.")
        return found
    rerun = monitor.reruns(connection, about)
    return found._replace(runs=rerun.asked, left_out=[*left_out, *(f"runs: {each}" for each in rerun.left_out)])


def _corrects_many(about: Subject) -> bool:
    """Whether a correction is of something that ended many pledges: then it moved many promises."""
    return about.corrects is not None and len(about.postings) > 4


def _breaches(connection: psycopg.Connection, about: Subject, parties: list[str], *, everything: bool) -> list[Breach]:
    found = []
    for who in impact.borrowers(connection, about, parties):
        moved = impact.owed(connection, about, who.people if everything else [who.key])
        found += breaches(about, who, moved, books())
    return [each for each in found if everything or each.scope == "platform"]
