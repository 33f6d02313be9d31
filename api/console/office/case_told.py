"""A case in words: its card, its deadline, who it is with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from api.console.office import case_words
from api.console.reasons import Sentence
from api.console.speech import Speech
from api.console.words import N_
from ledger.casework.deadlines import working_days
from ledger.states.cases import OPEN_REFERRALS
from projections.cases import Case, Listed


class Due(NamedTuple):
    """By when. `state`: over (overdue), today, soon (two working days or fewer), later, done."""

    day: date
    state: str
    said: str


class Card(NamedTuple):
    """A case on the board."""

    case: Case
    severity: str | None
    due: Due
    platforms: list[tuple[str, str]]  # (id, name)
    agencies: list[Sentence]  # which have not answered


SOON = 2  # working days


def card(listed: Listed, today: date, platforms: Mapping[str, str], say: Speech) -> Card:
    """What the board shows of a case; `platforms` are names by id."""
    own = [] if listed.case.platform is None else [listed.case.platform]
    named = dict.fromkeys([*own, *listed.platforms])
    return Card(
        listed.case,
        listed.severity,
        due(listed.case, today, say),
        [(each, platforms.get(each, each)) for each in named],
        [case_words.agency(each["agency"], say) for each in pending(listed.case)],
    )


def pending(case: Case) -> list[dict[str, str]]:
    """Referrals that were not answered yet."""
    return [each for each in case.referrals if each["status"] in OPEN_REFERRALS]


def due(case: Case, today: date, say: Speech) -> Due:
    """The deadline against today, in working days of the case's jurisdiction."""
    if case.status == "closed":
        return Due(case.due, "done", say.text(N_("Closed")))
    if case.due < today:
        late = working_days(case.jurisdiction, case.due, today)
        if not late:
            return Due(case.due, "over", say.text(N_("Overdue")))
        said = say.plural("Overdue by %(num)s working day", "Overdue by %(num)s working days", late)
        return Due(case.due, "over", said)
    if case.due == today:
        return Due(case.due, "today", say.text(N_("Due today")))
    left = working_days(case.jurisdiction, today, case.due)
    said = say.plural("%(num)s working day left", "%(num)s working days left", left)
    return Due(case.due, "soon" if left <= SOON else "later", said)
