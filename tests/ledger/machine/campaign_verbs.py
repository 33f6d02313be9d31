"""What is told of campaigns and pledges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ledger.states.campaigns import Campaign, Pledge
from tests.ledger.given import Event
from tests.ledger.machine.chooser import pick
from tests.ledger.machine.teller import CURRENCIES, Teller, Verb

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def opened(t: Teller) -> Event | None:
    name = t.fresh("C", "campaign")
    if name > "C2" and not t.wild:
        return None
    goal = t.amount(t.most)
    data = {
        "campaign": name, "kind": "reward", "issuer": pick(t.chooser, ("I", "B")), "title": "A kettle", "goal": goal,
        "currency": pick(t.chooser, CURRENCIES), "deadline": t.until(pick(t.chooser, (90, 90, 90, 2))),
        "funding": pick(t.chooser, ("all_or_nothing", "keep_what_you_raise")), "jurisdiction": "CN",
    }  # fmt: skip
    if t.chance(2):
        data["cap"] = goal + t.amount(t.most)
    if t.chance(4):
        data["minimum"] = t.amount(3)
    return t.tell("campaign.opened", data)


def amended(t: Teller) -> Event | None:
    found = t.some(Campaign, "open")
    if found is None:
        return None
    name, campaign = found
    data = {"campaign": name, "material": t.chance(2), "goal": t.amount(campaign.goal)}
    if t.chance(3):
        data["cap"] = campaign.goal + t.amount(t.most)
    if t.chance(3):
        data["deadline"] = t.until(pick(t.chooser, (90, 90, 1)))
    return t.tell("campaign.amended", data)


def closed(t: Teller) -> Event | None:
    found = t.some(Campaign, "open")
    if found is None or not (found[1].pledges or t.wild):
        return None
    outcome = pick(t.chooser, ("failed", "succeeded", "cancelled"))
    return t.tell("campaign.closed", {"campaign": found[0], "outcome": outcome})


def delivered(t: Teller) -> Event | None:
    found = t.some(Campaign, "succeeded", "open")
    return found and t.tell("campaign.delivered", {"campaign": found[0], "share": pick(t.chooser, ("0.5", "1", "0"))})


def made(t: Teller) -> Event | None:
    found = t.some(Campaign, *(("failed", "cancelled", "succeeded") if t.chance(8) else ("open",)))
    if found is None:
        return None
    name, campaign = found
    room = t.most if campaign.cap is None else campaign.cap - campaign.pledged
    if room <= 0 and not t.wild:
        return None
    currency = pick(t.chooser, CURRENCIES) if t.wild else campaign.currency
    data = {"campaign": name, "investor": t.person(), "amount": max(t.amount(room), 1), "currency": currency}
    return t.late(t.tell("pledge.made", {"pledge": t.fresh("P", "pledge"), **data}), campaign.closed_at)


def on_pledge(type: str, *statuses: str) -> Verb:
    def tell(t: Teller) -> Event | None:
        found = t.some(Pledge, *statuses)
        if found is None:
            return None
        campaign = t.memory.states[found[1].campaign]
        return t.late(t.tell(type, {"pledge": found[0]}), getattr(campaign, "closed_at", None))

    return Verb(1, tell)


def lapsed(t: Teller) -> Event | None:
    """The window after a material change, told by the system as soon as it is over."""
    found = t.some(Campaign, "open", "succeeded")
    if found is None or not found[1].material:
        return None
    changed = _EPOCH + timedelta(microseconds=pick(t.chooser, found[1].material))
    by = changed + timedelta(days=5)
    data = {"amended_at": changed.isoformat(), "reconfirm_by": by.isoformat(), "window": "5 days", "citation": "x"}
    event = t.tell("pledges.lapsed", {"platform": t.scope, "campaign": found[0], **data}, "system")
    return event if t.wild else event.at((by + timedelta(microseconds=1)).isoformat())


def refunded(t: Teller) -> Event | None:
    found = t.some(Pledge, "collected")
    if found is None:
        return None
    name, pledge = found
    return t.tell("pledge.refunded", {"pledge": name, "amount": t.amount(pledge.amount - pledge.refunded)})


def released(t: Teller) -> Event | None:
    found = t.some(Campaign)
    if found is None or not (found[1].escrow or t.wild):
        return None
    to = {"to": t.person()} if t.chance(3) else {}
    return t.tell("funds.released", {"campaign": found[0], "amount": t.amount(found[1].escrow), **to})


def returned(t: Teller) -> Event | None:
    found = t.some(Campaign)
    if found is None or not (found[1].released or t.wild):
        return None
    payer = {"payer": t.person()} if t.chance(3) else {}
    return t.tell("funds.returned", {"campaign": found[0], "amount": t.amount(found[1].released), **payer})


def charged(t: Teller) -> Event | None:
    found = t.some(Campaign)
    if found is None:
        return None
    by_issuer = found[1].escrow > 0 and not t.chance(3)
    most = found[1].escrow // 10 if by_issuer else 50
    data = {"campaign": found[0], "amount": t.amount(most), "payer": "issuer" if by_issuer else "investor"}
    return t.tell("fee.charged", data)


CAMPAIGNS = (
    Verb(4, opened),
    Verb(2, amended),
    Verb(1, closed),
    Verb(1, delivered),
    Verb(9, made),
    *[on_pledge("pledge.collected", "pledged")] * 6,
    *[on_pledge("pledge.cancelled", "pledged")] * 2,
    *[on_pledge("pledge.reconfirmed", "pledged", "collected")] * 2,
    on_pledge("pledge.collection_failed", "pledged"),
    Verb(3, lapsed),
    Verb(4, refunded),
    Verb(3, released),
    Verb(1, returned),
    Verb(2, charged),
)
