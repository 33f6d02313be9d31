"""What an event changed of earlier figures, line by line: amounts with their currency, words for codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from api.console.links import page_of
from api.console.posted import class_of
from api.console.speech import Speech
from api.console.words import CAMPAIGN_STATUSES, LOAN_STATUSES, N_, PLEDGE_STATUSES, STAKES, known
from api.services import Impact
from projections.impact import Difference

LINES_MAX: Final = 50
_MONEY: Final[Mapping[str, str]] = {
    "amount": N_("Amount"),
    "at_stake": N_("At stake"),
    "cap": N_("Upper limit"),
    "collected": N_("Collected"),
    "committed": N_("Committed"),
    "escrow": N_("In escrow"),
    "fees": N_("Fees"),
    "funded": N_("Funded"),
    "goal": N_("Goal"),
    "lapsed": N_("Promises that lapsed"),
    "lost": N_("Lost"),
    "outstanding": N_("Outstanding"),
    "paid": N_("Paid"),
    "pledged": N_("Pledged"),
    "refund_due": N_("Owed back"),
    "refunded": N_("Refunded"),
    "released": N_("Released"),
    "returned": N_("Returned"),
    "voided": N_("Promises ended with the campaign"),
}
_OTHER: Final[Mapping[str, str]] = {
    "annual_rate": N_("Yearly rate"),
    "contracts": N_("Contracts"),
    "delivered": N_("Delivered"),
    "pledges": N_("Number of pledges"),
    "status": N_("Status"),
    "term_months": N_("Months"),
}
_RATES: Final = frozenset({"annual_rate", "delivered"})
_STATUSES: Final = {"campaign": CAMPAIGN_STATUSES, "loan": LOAN_STATUSES, "pledge": PLEDGE_STATUSES}


class Line(NamedTuple):
    """One figure: what it is of (`href`: its page), what it is called, as it was told before and as it is.

    `at` is the moment that it was told of, where the figures of two moments differ.
    """

    concerns: str
    href: str | None
    figure: str
    before: str
    after: str
    at: datetime | None = None


def lines(found: Impact, say: Speech) -> list[Line]:
    """All of them: balances, then campaigns, loans and pledges, what people have at stake, limits."""
    currencies = {currency for _, currency, _ in found.about.postings}
    only = currencies.pop() if len(currencies) == 1 else None
    return [
        *_balances(found, say),
        *once([_entity(each, only, say) for each in found.entities]),
        *once([_stake(each, say) for each in found.exposures]),
        *_limits(found, say),
    ]


def once(told: Iterable[Line]) -> list[Line]:
    """The lines without repeats: figures are told of two moments, and what is the same at both is one line."""
    found = {each._replace(at=None): each for each in reversed([*told])}
    times = Counter((each.concerns, each.figure) for each in found)
    kept = [each if times[bare.concerns, bare.figure] > 1 else bare for bare, each in found.items()]
    return kept[::-1]


def _balances(found: Impact, say: Speech) -> Iterator[Line]:
    for row in found.balances:
        before, after = (say.money(amount, row.currency) for amount in (row.start_before, row.start_after))
        figure = f"{say.text(N_('Balance'))} · {class_of(row.account, say)}"
        yield Line(row.account, None, figure, before, after)


def _entity(row: Difference, currency: str | None, say: Speech) -> Line:
    statuses = _STATUSES.get(row.key.partition(":")[0], {})
    before, after = (_said(row.field, value, currency, statuses, say) for value in (row.before, row.after))
    return Line(row.key, page_of(row.key), _called(row.field, say), before, after, row.at)


def _stake(row: Difference, say: Speech) -> Line:
    """The field reads `<platform> <kind> <currency> <figure>`."""
    _platform, kind, currency, figure = row.field.split(" ")
    before, after = (_said(figure, value, currency, {}, say) for value in (row.before, row.after))
    called = f"{_called(figure, say)} · {say.text(known(STAKES, kind))}"
    return Line(row.key, page_of(row.key), called, before, after, row.at)


def _limits(found: Impact, say: Speech) -> Iterator[Line]:
    for row in found.limits:
        before, after = (say.money(amount, row.currency) for amount in (row.before, row.after))
        allowed = say.text(N_("Limit of %(amount)s"), amount=say.money(row.limit, row.currency))
        yield Line(row.borrower, page_of(row.borrower), f"{allowed} · {row.citation}", before, after)


def _called(field: str, say: Speech) -> str:
    return say.text(_MONEY.get(field) or known(_OTHER, field))


def _said(field: str, value: Any, currency: str | None, statuses: Mapping[str, str], say: Speech) -> str:
    if value is None:
        return "–"
    if field == "status":
        return say.text(known(statuses, str(value)))
    if field in _RATES:
        return say.rate(str(value))
    if not isinstance(value, int):
        return str(value)
    return say.money(value, currency) if field in _MONEY and currency else say.number(value)
