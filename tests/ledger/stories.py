"""Events to begin with: a licensed platform with its parties, a campaign with pledges, a loan with bids."""

from __future__ import annotations

from typing import Any

from tests.ledger.given import Event


def platform(name: str = "huizhong", **data: Any) -> Event:
    return Event(
        "platform.registered",
        {"platform": name, "name": "Huizhong", "kinds": ["reward", "lending"], "jurisdiction": "CN", **data},
        "registry",
    )


def licensed(name: str = "huizhong", **data: Any) -> Event:
    return Event("platform.licensed", {"platform": name, **data}, "registry")


def stands(change: str, time: str, name: str = "huizhong") -> Event:
    return Event(f"platform.{change}", {"platform": name, "reason": "an inspection"}, "registry", time)


def party(name: str, /, **data: Any) -> Event:
    return Event("party.registered", {"party": name, "kind": "person", **data})


def market() -> list[Event]:
    """A licensed platform; issuer I, borrower B, investors U, V, W."""
    return [platform(), licensed(), *(party(name) for name in ("I", "B", "U", "V", "W"))]


def campaign(name: str = "C", **data: Any) -> Event:
    return Event("campaign.opened", {
        "campaign": name, "kind": "reward", "issuer": "I", "title": "A kettle", "goal": 1_000, "cap": 2_000,
        "currency": "CNY", "deadline": "2026-04-01", "funding": "all_or_nothing", "jurisdiction": "CN", "minimum": 10,
        **data,
    })  # fmt: skip


def closed(outcome: str = "succeeded", time: str = "2026-03-20T10:00:00+08:00", name: str = "C") -> Event:
    return Event("campaign.closed", {"campaign": name, "outcome": outcome}, time=time)


def pledge(name: str = "P", amount: int = 100, **data: Any) -> Event:
    return Event(
        "pledge.made", {"pledge": name, "campaign": "C", "investor": "U", "amount": amount, "currency": "CNY", **data}
    )


def on_pledge(what: str, name: str = "P", **data: Any) -> Event:
    """`what` is collected, cancelled, reconfirmed or refunded."""
    return Event(f"pledge.{what}", {"pledge": name, **data})


def funded(amount: int = 100) -> list[Event]:
    """A campaign C with `amount` in escrow, from U by pledge P."""
    return [*market(), campaign(), pledge(amount=amount), on_pledge("collected")]


def release(amount: int, **data: Any) -> Event:
    return Event("funds.released", {"campaign": "C", "amount": amount, **data})


def come_back(amount: int, **data: Any) -> Event:
    return Event("funds.returned", {"campaign": "C", "amount": amount, **data})


def fee(amount: int, payer: str, **data: Any) -> Event:
    thing = {} if {"campaign", "loan"} & data.keys() else {"campaign": "C"}
    return Event("fee.charged", {"amount": amount, "payer": payer, **thing, **data})


def deposit(amount: int, investor: str = "U", name: str = "D") -> Event:
    return Event("deposit.received", {"deposit": name, "investor": investor, "amount": amount, "currency": "CNY"})


def withdrawal(amount: int, investor: str = "U", name: str = "X") -> Event:
    return Event(
        "withdrawal.requested", {"withdrawal": name, "investor": investor, "amount": amount, "currency": "CNY"}
    )


def on_withdrawal(what: str, name: str = "X", **data: Any) -> Event:
    return Event(f"withdrawal.{what}", {"withdrawal": name, **data})


def loan(name: str = "L", amount: int = 900, **data: Any) -> Event:
    return Event("loan.listed", {
        "loan": name, "borrower": "B", "amount": amount, "currency": "CNY", "annual_rate": "0.12", "term_months": 12,
        "repayment": "equal_instalments", "raise_until": "2026-03-22", "jurisdiction": "CN", **data,
    })  # fmt: skip


def bid(name: str, amount: int, investor: str = "U", **data: Any) -> Event:
    return Event("bid.placed", {"bid": name, "loan": "L", "investor": investor, "amount": amount, **data})


def on_loan(what: str, name: str = "L", **data: Any) -> Event:
    """`what` is disbursed, lapsed, restructured, defaulted, written_off or settled."""
    return Event(f"loan.{what}", {"loan": name, **data})


def lent() -> list[Event]:
    """A loan L of 900 from three: U 500, V 300, W 100; U had 200 waiting on the platform."""
    bids = [bid("b1", 500, "U"), bid("b2", 300, "V"), bid("b3", 100, "W")]
    return [*market(), deposit(200, "U"), loan(), *bids, on_loan("disbursed")]


def repayment(principal: int, interest: int = 0, name: str = "R", **data: Any) -> Event:
    return Event(
        "repayment.received", {"repayment": name, "loan": "L", "principal": principal, "interest": interest, **data}
    )


def sale(seller: str, buyer: str, principal: int, price: int | str) -> Event:
    data = {"loan": "L", "seller": seller, "buyer": buyer, "principal": principal, "price": price}
    return Event("claim.transferred", data)


def undo(name: str, source: str = "platform:huizhong") -> list[Event]:
    """The correction of an event, and before it the registry's word that it may pass, whether it needs that or not."""
    mine, scope = f"undo-{name}"[:128], source.removeprefix("platform:")
    said = {"correction": f"{scope}/{mine}", "corrects": name, "by": "lin"}
    return [Event("correction.approved", said, "registry"), correct(name, mine, source)]


def correct(name: str, id: str = "", source: str = "platform:huizhong") -> Event:
    return Event("event.corrected", {"corrects": name, "reason": "sent by mistake"}, source, id=id)
