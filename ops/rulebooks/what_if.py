"""What another day's law would mean for the present book: who would break it, and who would break it no more.

The book is streamed person by person; each is judged twice by the judge of eligibility, with nothing new asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import psycopg

from ledger.eligibility import Commitment, Facts, Offer, judge
from ledger.kernel.named_sql import load
from ledger.rulebook.checks import hold
from ledger.rulebook.loading import Book, Stated, at_once, stated_on
from ledger.rulebook.model import Cap
from ledger.standings import figures_of, standings_of
from ledger.states.parties import Declaration

SQL = load(Path(__file__).parents[1] / "sql" / "what_if.sql")
_EPOCH: Final = date(1970, 1, 1).toordinal()
_INVESTED: Final = frozenset({"investor", "investor_and_issuer", "lender_and_borrower"})


class Turned(NamedTuple):
    """A limit that one law finds broken and the other not. Figures in minor units; a limit is None where there is none.

    `who` is a person (by pseudonym) or a party (key); `role` investor, borrower or issuer.
    """

    who: str
    role: str
    rule: str
    currency: str | None
    outcome: str  # would_breach, or no_longer
    figure: int
    old_limit: int | None
    new_limit: int | None


class _Verdict(NamedTuple):
    outcome: str
    figure: int
    limit: int | None
    currency: str | None


_Verdicts = dict[tuple[str, str | None], _Verdict]  # by rule and other side


def turned(
    connection: psycopg.Connection[Any], book: Book, days: tuple[date, date], today: date, step: Callable[[], None]
) -> Iterator[Turned]:
    """All that two days' law of a pack answer differently, person by person. Inside a snapshot of view `breaches`.

    `step` is called for each line of the book that was read.
    """
    old, new = (
        [stated for history in book.rules.values() if (stated := stated_on(history, at_once(day)))] for day in days
    )
    last = book.files[-1]
    asked = {"jurisdictions": list(last.jurisdictions), "kinds": list(last.kinds)}
    declared = {
        (row[0], row[3]): msgspec.structs.replace(Declaration(*row[2:11]), valid_to=row[1])
        for row in connection.execute(SQL["declared"], asked)
    }
    for who, rows in _people(connection, "invested", asked, step):
        yield from _compare(who, "investor", *(_invested(who, rows, declared, rules, today) for rules in (old, new)))
    for who, rows in _people(connection, "owned", asked, step):
        yield from _compare(who, "borrower", *(_owed(rows, rules) for rules in (old, new)))
        yield from _compare(who, "issuer", *(_raised(rows, rules, today) for rules in (old, new)))


def _people(
    connection: psycopg.Connection[Any], block: str, asked: dict[str, Any], step: Callable[[], None]
) -> Iterator[tuple[str, list[Sequence[Any]]]]:
    with connection.cursor(name=f"what_if_{block}") as cursor:
        cursor.itersize = 5_000
        for who, rows in groupby(cursor.execute(SQL[block], asked), key=itemgetter(0)):
            held = []
            for row in rows:
                step()
                held.append(row)
            yield who, held


def _invested(
    who: str, rows: Sequence[Sequence[Any]], declared: dict[tuple[str, str], Declaration], rules: Sequence[Stated],
    today: date,
) -> _Verdicts:  # fmt: skip
    commitments = [
        Commitment(_day(day), int(amount), currency, platform, contract, other, kind, jurisdiction, position)
        for _, _, _, _, contract, amount, day, position, jurisdiction, kind, currency, platform, other in rows
    ]
    found: _Verdicts = {}
    # By platform and other side, since some limits are of a pair: what is equal for all of them is found once.
    for platform, other, jurisdiction, currency in sorted(
        {(each.platform, each.other, each.jurisdiction, each.currency) for each in commitments}
    ):
        state = declared.get((who, jurisdiction))
        figures = figures_of(state, 0)
        facts = Facts(
            day=today, amount=0, currency=currency, platform=platform, other=other, party=rows[0][2], identified=True,
            commitments=commitments, figures=figures, figures_currency=state.currency if state else None,
            standings=standings_of(state, figures, rows[0][2], rules), holders=None, offers=None, term_months=None,
        )  # fmt: skip
        for check in judge(facts, [each for each in rules if _is_of(each, _INVESTED)]).checks:
            if check.cap.measure != "ticket" and check.answer.used is not None:
                pair = None if check.cap.of == "investor" else other
                found[check.cap.id, pair] = _Verdict(
                    check.outcome, check.answer.used, check.answer.limit.amount, check.cap.currency
                )
    return found


def _is_of(stated: Stated, those: frozenset[str]) -> bool:
    """Whether a rule is a cap on these, or no cap: qualifications say who is exempt."""
    return not isinstance(stated.rule, Cap) or stated.rule.of in those


def _owed(rows: Sequence[Sequence[Any]], rules: Sequence[Stated]) -> _Verdicts:
    debts = [
        (platform, jurisdiction, currency, int(owed))
        for _, _, _, jurisdiction, _, currency, platform, owed, _, _, _ in rows
        if owed
    ]
    found: _Verdicts = {}
    for stated in rules:
        cap = stated.rule
        if not isinstance(cap, Cap) or (cap.of, cap.measure) != ("borrower", "outstanding"):
            continue
        if cap.party not in {"any", rows[0][2]}:
            continue
        sums: defaultdict[str | None, int] = defaultdict(int)
        for platform, jurisdiction, currency, owed in debts:
            if currency == cap.currency and jurisdiction in stated.pack.jurisdictions:
                sums[None if cap.scope == "all_platforms" else platform] += owed
        for platform_or_all, figure in sums.items():
            answer = hold(cap, figure, 0)
            found[cap.id, platform_or_all] = _Verdict(answer.outcome, figure, answer.limit.amount, cap.currency)
    return found


def _raised(rows: Sequence[Sequence[Any]], rules: Sequence[Stated], today: date) -> _Verdicts:
    offers = [
        Offer(_day(day), int(raised), currency, kind, jurisdiction, position=position)
        for _, _, _, jurisdiction, kind, currency, _, _, raised, day, position in rows
        if raised
    ]
    found: _Verdicts = {}
    for currency in sorted({each.currency for each in offers}):
        facts = Facts(
            day=today, amount=0, currency=currency, platform="", other="", party=rows[0][2], identified=True,
            commitments=(), figures={}, figures_currency=None, standings=frozenset(), holders=None, offers=offers,
            term_months=None,
        )  # fmt: skip
        for check in judge(facts, [each for each in rules if _is_of(each, frozenset({"issuer"}))]).checks:
            if check.answer.used is not None:
                found[check.cap.id, None] = _Verdict(
                    check.outcome, check.answer.used, check.answer.limit.amount, check.cap.currency
                )
    return found


def _compare(who: str, role: str, old: _Verdicts, new: _Verdicts) -> Iterator[Turned]:
    for rule, pair in sorted({*old, *new}, key=str):
        before, after = old.get((rule, pair)), new.get((rule, pair))
        was, would_be = (each is not None and each.outcome == "breach" for each in (before, after))
        if was != would_be:
            one = after or before
            assert one is not None
            whom = who if pair is None else f"{who} / {pair}"
            limits = (before.limit if before else None, after.limit if after else None)
            outcome = "would_breach" if would_be else "no_longer"
            yield Turned(whom, role, rule, one.currency, outcome, one.figure, *limits)


def _day(days: int) -> date:
    return date.fromordinal(days + _EPOCH)
