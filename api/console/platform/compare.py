"""A refused event beside what the ledger knows: the figures that the refusal is about, or the event of the same id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from api import facts
from api.console.parts import LABELS
from api.console.speech import Speech
from api.console.words import N_, known
from ledger.events.naming import key, name_of
from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.funds import Withdrawal
from ledger.states.loans import Bid, Loan
from ledger.states.platforms import Platform

_STATUSES: Final[Mapping[str, str]] = {
    "open": N_("open"),
    "succeeded": N_("closed, succeeded"),
    "failed": N_("closed, failed"),
    "cancelled": N_("cancelled"),
    "pledged": N_("promised"),
    "collected": N_("collected"),
    "refunded": N_("refunded"),
    "listed": N_("listed"),
    "lapsed": N_("lapsed"),
    "disbursed": N_("disbursed"),
    "defaulted": N_("in default"),
    "written_off": N_("written off"),
    "settled": N_("settled"),
    "placed": N_("placed"),
    "withdrawn": N_("withdrawn"),
    "requested": N_("requested"),
    "paid": N_("paid"),
    "rejected": N_("rejected"),
}
_ENTITIES: Final = ("campaign", "pledge", "loan", "bid", "withdrawal", "deposit")


class Compared(NamedTuple):
    """A word of the event beside what the ledger knows; either may be empty."""

    label: str
    sent: str
    known: str


class Case(NamedTuple):
    """A refused event, and the states of what it names."""

    scope: str
    event: Mapping[str, Any]
    received_at: datetime
    states: Mapping[str, State]

    @property
    def data(self) -> Mapping[str, Any]:
        """Its data; empty where it has none."""
        found = self.event.get("data")
        return found if isinstance(found, dict) else {}

    def of(self, kind: str) -> State | None:
        """What the ledger knows of the thing of this kind that the event names."""
        return self.states.get(key(kind, self.scope, str(self.data.get(kind))))

    def campaign(self) -> Campaign | None:
        """The campaign that the event, or the pledge that it names, belongs to."""
        pledge, found = self.of("pledge"), self.of("campaign")
        if found is None and isinstance(pledge, Pledge):
            found = self.states.get(pledge.campaign)
        return found if isinstance(found, Campaign) else None

    def loan(self) -> Loan | None:
        """The loan that the event, or the bid that it names, belongs to."""
        bid, found = self.of("bid"), self.of("loan")
        if found is None and isinstance(bid, Bid):
            found = self.states.get(bid.loan)
        return found if isinstance(found, Loan) else None


def keys_of(scope: str, event: Mapping[str, Any]) -> list[str]:
    """The keys of what an event names, whatever else is wrong with it."""
    data = event.get("data")
    named = data if isinstance(data, dict) else {}
    found = [key(kind, scope, value) for kind in _ENTITIES if isinstance(value := named.get(kind), str)]
    return [key("platform", "", scope), *found]


def related(states: Mapping[str, State]) -> list[str]:
    """The further keys that the figures of these need."""
    wanted = []
    for state in states.values():
        if isinstance(state, Pledge):
            wanted.append(state.campaign)
        elif isinstance(state, Bid):
            wanted.append(state.loan)
    return [each for each in wanted if each not in states]


def compared(code: str, case: Case, say: Speech) -> list[Compared]:
    """The figures that the refusal is about."""
    tell = _TOLD.get(code)
    return list(tell(case, say)) if tell else []


def _after_deadline(case: Case, say: Speech) -> Iterator[Compared]:
    campaign, loan = case.campaign(), case.loan()
    end = campaign.deadline if campaign else loan.raise_until if loan else None
    yield _line(say, N_("Time of the event, and the end"), _time(case, say), _moment(end, say))


def _future(case: Case, say: Speech) -> Iterator[Compared]:
    yield _line(say, N_("Time of the event, and when it was received"), _time(case, say), say.moment(case.received_at))


def _currency(case: Case, say: Speech) -> Iterator[Compared]:
    holder = case.campaign() or case.loan()
    yield _line(
        say, LABELS.get("currency", N_("Currency")), str(case.data.get("currency", "")), _get(holder, "currency")
    )


def _minimum(case: Case, say: Speech) -> Iterator[Compared]:
    campaign = case.campaign()
    if campaign is not None:
        yield _money(say, N_("Amount, and the minimum"), case, campaign.minimum, campaign.currency)


def _cap(case: Case, say: Speech) -> Iterator[Compared]:
    campaign = case.campaign()
    if campaign is None:
        return
    if campaign.cap is not None:
        yield _money(
            say, N_("Amount, and the room that is left"), case, campaign.cap - campaign.pledged, campaign.currency
        )
        yield _line(say, LABELS["cap"], "", say.money(campaign.cap, campaign.currency))
    yield _line(say, N_("Promised so far"), "", say.money(campaign.pledged, campaign.currency))


def _campaign(case: Case, say: Speech) -> Iterator[Compared]:
    campaign = case.campaign()
    if campaign is not None:
        yield _line(say, N_("Status of the campaign"), "", _status(campaign.status, say))
        yield _line(say, N_("Time of the event, and the closing"), _time(case, say), _moment(campaign.closed_at, say))


def _pledge(case: Case, say: Speech) -> Iterator[Compared]:
    pledge, campaign = case.of("pledge"), case.campaign()
    if isinstance(pledge, Pledge):
        yield _line(say, N_("Status of the pledge"), "", _status(pledge.status, say))
    if campaign is not None:
        yield _line(say, N_("Status of the campaign"), "", _status(campaign.status, say))


def _refund(case: Case, say: Speech) -> Iterator[Compared]:
    pledge = case.of("pledge")
    if isinstance(pledge, Pledge):
        left = pledge.amount - pledge.refunded
        yield _money(say, N_("Amount, and what is left to refund"), case, left, pledge.currency)
        yield _line(say, N_("Refunded so far"), "", say.money(pledge.refunded, pledge.currency))


def _escrow(case: Case, say: Speech) -> Iterator[Compared]:
    campaign = case.campaign()
    if campaign is not None:
        yield _money(say, N_("Amount, and what is in escrow"), case, campaign.escrow, campaign.currency)


def _loan(case: Case, say: Speech) -> Iterator[Compared]:
    loan, bid = case.loan(), case.of("bid")
    if loan is not None:
        yield _line(say, N_("Status of the loan"), "", _status(loan.status, say))
    if isinstance(bid, Bid):
        yield _line(say, N_("Status of the bid"), "", _status(bid.status, say))


def _funding(case: Case, say: Speech) -> Iterator[Compared]:
    loan = case.loan()
    if loan is not None:
        yield _money(say, N_("Amount, and what is still needed"), case, loan.amount - loan.funded, loan.currency)
        yield _line(
            say,
            N_("Bids so far, of the whole"),
            say.money(loan.funded, loan.currency),
            say.money(loan.amount, loan.currency),
        )


def _outstanding(case: Case, say: Speech) -> Iterator[Compared]:
    loan = case.loan()
    if loan is not None:
        field = "principal" if "principal" in case.data else "amount"
        yield _money(say, N_("Principal, and what is outstanding"), case, loan.outstanding, loan.currency, field)


def _claim(case: Case, say: Speech) -> Iterator[Compared]:
    loan = case.loan()
    if loan is not None:
        seller = key("party", case.scope, str(case.data.get("seller")))
        held = loan.holders.get(seller, 0)
        yield _money(say, N_("Principal, and what the seller holds"), case, held, loan.currency, "principal")


def _withdrawal(case: Case, say: Speech) -> Iterator[Compared]:
    withdrawal = case.of("withdrawal")
    if isinstance(withdrawal, Withdrawal):
        yield _line(say, N_("Status of the withdrawal"), "", _status(withdrawal.status, say))


def _licence(case: Case, say: Speech) -> Iterator[Compared]:
    platform = case.states.get(key("platform", "", case.scope))
    if not isinstance(platform, Platform):
        return
    for licence in platform.licences[-3:]:
        label = licence.number or say.text(N_("Licence"))
        end = _moment(licence.valid_to, say) if licence.valid_to is not None else say.text(N_("without an end"))
        yield Compared(label, _time(case, say), f"{_moment(licence.granted_at, say)} – {end}")
    for change in platform.standing[-3:]:
        yield Compared(say.text(known(_STANDINGS, change.change)), "", _moment(change.at, say))


_STANDINGS: Final[Mapping[str, str]] = {
    "suspended": N_("Suspended"),
    "reinstated": N_("Reinstated"),
    "closed": N_("Closed down"),
}
_TOLD: Final[Mapping[str, Callable[[Case, Speech], Iterator[Compared]]]] = {
    "after_deadline": _after_deadline,
    "time_in_future": _future,
    "currency_mismatch": _currency,
    "below_minimum": _minimum,
    "cap_exceeded": _cap,
    "campaign_not_open": _campaign,
    "pledge_not_open": _pledge,
    "pledge_not_collected": _pledge,
    "refund_exceeds_collected": _refund,
    "escrow_insufficient": _escrow,
    "return_exceeds_released": _escrow,
    "loan_not_open": _loan,
    "bid_not_open": _loan,
    "not_fully_funded": _funding,
    "overfunded": _funding,
    "repayment_exceeds_due": _outstanding,
    "claim_not_held": _claim,
    "withdrawal_not_open": _withdrawal,
    "platform_not_licensed": _licence,
}


class Differs(NamedTuple):
    """A member that was recorded otherwise than it was sent now; empty where one side has none."""

    path: str
    recorded: str
    sent: str


def differences(recorded: Mapping[str, Any], sent: Mapping[str, Any]) -> list[Differs]:
    """What was sent under an id against what is recorded under it."""
    before, after = dict(_flat(recorded, "")), dict(_flat(sent, ""))
    paths = [*before, *(path for path in after if path not in before)]
    return [
        Differs(path, before.get(path, ""), after.get(path, ""))
        for path in paths
        if before.get(path) != after.get(path)
    ]


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    else:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:200]


def _line(say: Speech, label: str, sent: str, held: str) -> Compared:
    return Compared(say.text(label), sent, held)


def _money(say: Speech, label: str, case: Case, held: int, currency: str, field: str = "amount") -> Compared:
    value = case.data.get(field)
    sent = say.money(value, currency) if isinstance(value, int) and not isinstance(value, bool) else ""
    return Compared(say.text(label), sent, say.money(held, currency))


def _time(case: Case, say: Speech) -> str:
    text = case.event.get("time")
    try:
        return say.moment(datetime.fromisoformat(text)) if isinstance(text, str) else ""
    except (ValueError, OverflowError):
        return str(text)


def _moment(micros: int | None, say: Speech) -> str:
    return "" if micros is None else say.moment(facts.moment(micros))


def _status(status: str, say: Speech) -> str:
    return say.text(known(_STATUSES, status))


def _get(state: State | None, field: str) -> str:
    return "" if state is None else str(getattr(state, field, ""))


def waits_for(missing: str) -> tuple[str, str]:
    """Kind and name of a key that an event waits for."""
    return missing.partition(":")[0], name_of(missing)
