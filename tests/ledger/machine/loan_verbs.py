"""What is told of loans, bids, claims, and of money that waits."""

from __future__ import annotations

from ledger.states.funds import Withdrawal
from ledger.states.loans import Bid, Loan
from ledger.states.parties import Party
from tests.ledger.given import Event
from tests.ledger.machine.chooser import pick
from tests.ledger.machine.teller import CURRENCIES, PEOPLE, Teller, Verb

_RUNNING = ("disbursed", "defaulted")
_OVER = ("settled", "written_off")


def listed(t: Teller) -> Event | None:
    name = t.fresh("L", "loan")
    if name > "L2" and not t.wild:
        return None
    return t.tell("loan.listed", {
        "loan": name, "borrower": pick(t.chooser, ("B", "I")), "amount": t.amount(t.most),
        "currency": pick(t.chooser, CURRENCIES), "annual_rate": "0.12", "term_months": 12,
        "repayment": pick(t.chooser, ("equal_instalments", "interest_only", "bullet")),
        "raise_until": t.until(pick(t.chooser, (90, 90, 90, 2))), "jurisdiction": "CN",
    })  # fmt: skip


def placed(t: Teller) -> Event | None:
    found = t.some(Loan, "listed")
    if found is None:
        return None
    name, loan = found
    room = loan.amount - loan.funded
    if room <= 0 and not t.wild:
        return None
    data = {"loan": name, "investor": t.person(), "amount": t.amount(max(room, 1))}
    return t.tell("bid.placed", {"bid": t.fresh("b", "bid"), **data})


def withdrawn(t: Teller) -> Event | None:
    found = t.some(Bid, "placed")
    if found is None or not (t.wild or t.memory.states[found[1].loan].status == "listed"):
        return None
    return t.tell("bid.withdrawn", {"bid": found[0]})


def disbursed(t: Teller) -> Event | None:
    found = t.some(Loan, "listed")
    if found is None or not (t.wild or found[1].funded == found[1].amount):
        return None
    return t.tell("loan.disbursed", {"loan": found[0]})


def lapsed(t: Teller) -> Event | None:
    found = t.some(Loan, "listed")
    return t.tell("loan.lapsed", {"loan": found[0]}) if found and (t.wild or t.chance(3)) else None


def on_loan(weight: int, type: str, *statuses: str, **more: object) -> Verb:
    def tell(t: Teller) -> Event | None:
        found = t.some(Loan, *(_OVER if t.chance(8) else statuses))
        return found and t.late(t.tell(type, {"loan": found[0], **more}), found[1].over_since())

    return Verb(weight, tell)


def guaranteed(t: Teller) -> Event | None:
    found = t.some(Loan, "listed", "disbursed")
    return found and t.tell("guarantee.declared", {"loan": found[0], "guarantor": t.person(), "share": "0.5"})


def repaid(t: Teller) -> Event | None:
    found = t.some(Loan, *_RUNNING, *(_OVER if t.chance(3) else ("written_off",)))
    if found is None:
        return None
    name, loan = found
    due = loan.outstanding + loan.lost
    data: dict[str, object] = {"principal": t.amount(due) if due or t.wild else 0, "interest": t.chooser.below(30)}
    if t.chance(2):
        data["penalty"] = t.chooser.below(12)
    if t.chance(2) or not any(data.values()):
        data["fee"] = 1 + t.chooser.below(6)
    if t.chance(5):
        data["payer"] = t.person()
    event = t.tell("repayment.received", {"repayment": t.fresh("R", "repayment"), "loan": name, **data})
    return t.late(event, loan.over_since()) if loan.status == "settled" else event


def written_off(t: Teller) -> Event | None:
    found = t.some(Loan, *_RUNNING, *(_OVER if t.chance(4) else ()))
    if found is None or not (found[1].outstanding or found[1].lost or t.wild):
        return None
    part = {"amount": t.amount(found[1].outstanding or found[1].lost)} if t.chance(2) else {}
    return t.late(t.tell("loan.written_off", {"loan": found[0], **part}), found[1].over_since())


def sold(t: Teller) -> Event | None:
    found = t.some(Loan, *_RUNNING, "written_off")
    if found is None or not (found[1].holders or t.wild):
        return None
    name, loan = found
    held = {key.rpartition("/")[2]: n for key, n in loan.holders.items()} or {"U": 1}
    seller = pick(t.chooser, PEOPLE if t.wild else sorted(held))
    buyer = pick(t.chooser, [each for each in PEOPLE if each != seller])
    price = pick(t.chooser, ("1", "0.9", "1.1", "0.333333333333", t.amount(t.most), 0))
    data = {"seller": seller, "buyer": buyer, "principal": t.amount(held.get(seller, 1)), "price": price}
    return t.tell("claim.transferred", {"loan": name, **data})


def charged(t: Teller) -> Event | None:
    found = t.some(Loan)
    payer = pick(t.chooser, ("borrower", "investor"))
    return found and t.tell("fee.charged", {"loan": found[0], "amount": t.amount(50), "payer": payer})


def deposited(t: Teller) -> Event | None:
    money = {"amount": t.amount(t.most), "currency": pick(t.chooser, CURRENCIES)}
    return t.tell("deposit.received", {"deposit": t.fresh("D", "deposit"), "investor": t.person(), **money})


def requested(t: Teller) -> Event | None:
    waiting = t.some(Party)
    if waiting is None or not (waiting[1].cash or t.wild):
        return None
    currency, most = pick(t.chooser, sorted(waiting[1].cash.items()) or [("CNY", 5)])
    data = {"investor": waiting[0], "amount": t.amount(most), "currency": currency}
    return t.tell("withdrawal.requested", {"withdrawal": t.fresh("X", "withdrawal"), **data})


def on_withdrawal(weight: int, type: str, **more: object) -> Verb:
    def tell(t: Teller) -> Event | None:
        found = t.some(Withdrawal, "requested")
        return found and t.tell(type, {"withdrawal": found[0], **more})

    return Verb(weight, tell)


CASH = (
    Verb(2, deposited),
    Verb(2, requested),
    on_withdrawal(2, "withdrawal.paid"),
    on_withdrawal(1, "withdrawal.rejected", reason="x"),
)
LOANS = (
    Verb(4, listed),
    Verb(9, placed),
    Verb(1, withdrawn),
    Verb(6, disbursed),
    Verb(1, lapsed),
    on_loan(1, "loan.restructured", "disbursed", "defaulted", term_months=24, annual_rate="0.1", reason="x"),
    on_loan(2, "loan.defaulted", "disbursed"),
    on_loan(1, "loan.settled", "disbursed", "defaulted", "written_off"),
    Verb(1, guaranteed),
    Verb(7, repaid),
    Verb(2, written_off),
    Verb(4, sold),
    Verb(1, charged),
)
