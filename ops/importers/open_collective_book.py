"""Open Collective's entries and orders as events: who is known by now, what each campaign holds, what was collected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ops.importers import open_collective_legs as legs
from ops.importers.base import Event, Rejected, Row, event, rejection
from ops.importers.open_collective_legs import FEES, Account, Entry, Leg, Order, Pair
from ops.importers.parse import short

SOURCE = "platform:opencollective"
REGISTERED_AT = "2015-01-01T00:00:00Z"  # before the first entry of the dump
LAST_DAY = "2099-12-31"  # a collective has no deadline; a campaign has
_ENDED = {"ERROR": "collection failed", "CANCELLED": "cancelled", "REJECTED": "rejected", "EXPIRED": "expired"}


class Book:
    """One reading of the dump: who is known by now, what each campaign holds, which orders were collected."""

    def __init__(self, accounts: dict[str, Account], orders: dict[str, Order]) -> None:
        self._accounts = accounts
        self._orders = orders
        self._begun: dict[str, str] = {}  # campaign -> its first moment
        self._known: set[tuple[str, str]] = set()  # (kind, id) that have their event
        self._collected: set[str] = set()  # orders
        self._pledges: dict[str, tuple[str, str]] = {}  # id of a charge's CREDIT -> its pledge, its campaign
        self._held: Counter[str] = Counter()  # campaign -> minor units in escrow

    def rows(self, entries: list[Entry]) -> Iterator[Row]:
        """The entries' rows, what came in first, and the orders that were never charged."""
        entries = sorted(entries, key=lambda entry: entry.when)
        self._begin(entries)
        into = [entry for entry in entries if self._receives(entry) and not entry.pair.credit.is_refund]
        out = [entry for entry in entries if not self._receives(entry) or entry.pair.credit.is_refund]
        for entry in into:
            yield from self._guarded(entry, self._charge)
        for order in self._orders.values():
            if order.id not in self._collected:
                yield self._uncharged(order)
        for entry in out:
            yield from self._guarded(entry, self._returned if self._receives(entry) else self._payout)

    def _begin(self, entries: list[Entry]) -> None:
        """A campaign begins with its first money: tables were moved, and some were made later than their entries."""
        moments = [(account.id, account.created) for account in self._accounts.values()]
        moments += [(each.account, each.created) for each in self._orders.values()]
        moments += [(leg.account, leg.created) for entry in entries for leg in entry.pair]
        for account, moment in moments:
            self._begun[account] = min(moment, self._begun.get(account, moment))

    def _receives(self, entry: Entry) -> bool:
        account = self._accounts.get(entry.pair.credit.account)
        return account is not None and account.is_campaign

    def _guarded(self, entry: Entry, reader: Any) -> Iterator[Row]:
        """The events stand at the first row of the pair."""
        first, second = entry.rows
        try:
            events = reader(entry.pair)
        except Rejected as rejected:
            yield rejection(first.labels, rejected.reason)
            yield rejection(second.labels, rejected.reason)
            return
        yield Row(first.labels, events)
        yield Row(second.labels, [])

    # -- what came in

    def _charge(self, pair: Pair) -> list[Event]:
        """A pledge that was collected, with its fees. Where the rows were deleted, all of it was taken back."""
        credit, giver = pair.credit, self._account(pair.debit.account)
        campaign = self._account(credit.account)
        if giver.is_campaign:
            raise Rejected("between_collectives")
        _must_fit(credit, campaign)
        legs.positive(credit.amount)
        order = None if credit.deleted else self._first_charge_of(credit)
        pledge = _pledge_name(credit, order)
        time = min(order.created, credit.created) if order else credit.created
        texts = {"order": credit.order, "host": credit.host, "kind": credit.kind}
        made = _made(pledge, campaign.id, giver.id, credit.amount, credit.currency, time, **texts)
        collected = _event(f"{pledge}:collected", "pledge.collected", {"pledge": pledge}, credit.created)
        effects = [made, collected, *_fees(pledge, campaign.id, credit)]
        events = [*self._person(giver), *self._campaign(campaign), *effects]
        if credit.deleted:
            return [*events, *_taken_back(effects, max(credit.created, credit.deleted))]
        self._held[campaign.id] += credit.net
        self._pledges[credit.id] = (pledge, campaign.id)
        return events

    def _first_charge_of(self, credit: Leg) -> Order | None:
        """The order that this charge collects: it is the first, and of the same amount from the same giver."""
        order = self._orders.get(credit.order)
        if order is None or order.id in self._collected:
            return None
        if (order.giver, order.amount, order.currency) != (credit.other, credit.amount, credit.currency):
            return None
        self._collected.add(order.id)
        return order

    def _uncharged(self, order: Order) -> Row:
        """A promise that was never collected."""
        try:
            campaign, giver = self._campaign_of(order), self._account(order.giver)
        except Rejected as rejected:
            return rejection(("order",), rejected.reason)._replace(counted=False)
        pledge = f"order-{order.id}"
        made = _made(
            pledge, campaign.id, giver.id, order.amount, order.currency, order.created, interval=order.interval
        )
        events = [*self._person(giver), *self._campaign(campaign), made]
        if reason := _ENDED.get(order.status):
            ended = {"pledge": pledge, "reason": reason}
            events.append(_event(f"{pledge}:cancelled", "pledge.cancelled", ended, order.ended))
        return Row(("order",), events, counted=False)

    def _campaign_of(self, order: Order) -> Account:
        campaign = self._account(order.account)
        if not campaign.is_campaign:
            raise Rejected("no_collective")
        if order.currency != campaign.currency:
            raise Rejected("currency_differs")
        return campaign

    # -- what was paid out

    def _payout(self, pair: Pair) -> list[Event]:
        """Money of a collective to somebody, with the fee of sending it; or back to whom it came from."""
        credit, debit = pair
        campaign, payee = self._account(debit.account), self._account(credit.account)
        if not campaign.is_campaign:
            raise Rejected("no_collective")
        if credit.deleted:
            raise Rejected("voided_payout")
        _must_fit(credit, campaign)
        legs.positive(credit.net)
        # What may be rejected comes first: who is registered below counts as known from then on.
        refund = self._refund(pair) if credit.is_refund else None
        short_by = credit.amount - self._held[campaign.id]
        host = self._account(debit.host) if short_by > 0 else None
        events = [*self._person(payee), *self._campaign(campaign)]
        if host is not None:
            events += self._advance(pair, campaign, host, short_by)
        self._held[campaign.id] -= credit.amount
        if refund is not None:
            return [*events, refund]
        name = f"payout-{debit.id}"
        data = {"campaign": campaign.id, "amount": credit.net, "to": payee.id}
        texts = {"expense": credit.expense, "host": credit.host, "kind": credit.kind}
        released = _event(f"{name}:released", "funds.released", data, credit.created, **texts)
        return [*events, released, *_fees(name, campaign.id, credit)]

    def _returned(self, pair: Pair) -> list[Event]:
        """What a payee paid back."""
        credit, payer = pair.credit, self._account(pair.debit.account)
        campaign = self._account(credit.account)
        if payer.is_campaign:
            raise Rejected("between_collectives")
        if credit.deleted:
            raise Rejected("voided_payout")
        if any(credit.fees):
            raise Rejected("refund_has_fees")
        _must_fit(credit, campaign)
        self._held[campaign.id] += legs.positive(credit.amount)
        data = {"campaign": campaign.id, "amount": credit.amount, "payer": payer.id}
        returned = _event(f"return-{credit.id}", "funds.returned", data, credit.created, expense=credit.expense)
        return [*self._person(payer), *self._campaign(campaign), returned]

    def _refund(self, pair: Pair) -> Event:
        credit, debit = pair
        pledge, campaign = self._pledges.get(debit.refunds) or self._pledges.get(credit.refunds) or ("", "")
        if campaign != debit.account:
            raise Rejected("refund_of_unknown")
        if any(credit.fees):
            raise Rejected("refund_has_fees")
        data = {"pledge": pledge, "amount": credit.amount}
        return _event(f"refund-{debit.id}", "pledge.refunded", data, credit.created)

    def _advance(self, pair: Pair, campaign: Account, host: Account, amount: int) -> Iterator[Event]:
        """What the host paid for a collective that had it not."""
        pledge, time = f"advance-{pair.debit.id}", pair.credit.created
        self._held[campaign.id] += amount
        yield from self._person(host)
        yield _made(pledge, campaign.id, host.id, amount, campaign.currency, time, advance="true")
        yield _event(f"{pledge}:collected", "pledge.collected", {"pledge": pledge}, time)

    # -- who and what

    def _account(self, name: str) -> Account:
        account = self._accounts.get(name)
        if account is None:
            raise Rejected("account_unknown")
        return account

    def _person(self, account: Account) -> Iterator[Event]:
        """Registered once, always with the same content. Of a person the log gets the number, nothing else."""
        if ("party", account.id) not in self._known:
            self._known.add(("party", account.id))
            data = {"party": account.id, "kind": "person" if account.is_person else "organisation"}
            if not account.is_person and (name := short(account.name)):
                data["name"] = name
            yield _event(f"party-{account.id}", "party.registered", data, REGISTERED_AT)

    def _campaign(self, account: Account) -> Iterator[Event]:
        if ("campaign", account.id) in self._known:
            return
        self._known.add(("campaign", account.id))
        yield from self._person(account)
        data = {
            "campaign": account.id, "kind": "donation", "issuer": account.id, "title": short(account.name, account.id),
            "goal": 1, "currency": account.currency, "deadline": LAST_DAY, "funding": "keep_what_you_raise",
            "jurisdiction": account.country or "US",
        }  # fmt: skip
        yield _event(f"campaign-{account.id}", "campaign.opened", data, self._begun[account.id], host=account.host)


def _must_fit(credit: Leg, campaign: Account) -> None:
    """A campaign has one currency, and takes fees in no other."""
    if credit.currency != campaign.currency:
        raise Rejected("currency_differs")
    if any(credit.fees) and not credit.in_host_currency:
        raise Rejected("fees_in_other_currency")


def _pledge_name(credit: Leg, order: Order | None) -> str:
    if order is not None:
        return f"order-{order.id}"
    return f"order-{credit.order}.{credit.id}" if credit.order else f"charge-{credit.id}"


def _made(pledge: str, campaign: str, giver: str, amount: int, currency: str, time: str, **texts: str | None) -> Event:
    data = {"pledge": pledge, "campaign": campaign, "investor": giver, "amount": amount, "currency": currency}
    return _event(f"{pledge}:made", "pledge.made", data, time, **texts)


def _fees(name: str, campaign: str, credit: Leg) -> list[Event]:
    """Out of escrow: who gives pays the whole, the collective gets the net."""
    return [
        _event(
            f"{name}:fee-{fee}", "fee.charged", {"campaign": campaign, "amount": amount, "payer": "issuer"},
            credit.created, fee=fee,
        )
        for fee, amount in zip(FEES, credit.fees, strict=True)
        if amount
    ]  # fmt: skip


def _taken_back(effects: list[Event], time: str) -> Iterator[Event]:
    for effect in reversed(effects):
        data = {"corrects": effect["id"], "reason": "the platform deleted the entry"}
        yield _event(f"{effect['id']}:voided", "event.corrected", data, time)


def _event(id: str, type: str, data: dict[str, Any], time: str, /, **extra: str | None) -> Event:
    return event(SOURCE, id, type, time, data, **extra)
