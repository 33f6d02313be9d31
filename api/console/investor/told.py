"""What became of a pledge or a part of a loan, in plain words: how it stands, and what may happen next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from api.console.speech import Speech
from api.console.words import N_
from api.mine import Lending, Owned
from projections.mine import Loan, Pledge

_PATIENCE_DAYS: Final = 30  # after which somebody should ask what the platform does
GOOD, WAIT, BAD, PLAIN = "good", "wait", "bad", "plain"
_STILL: Final = frozenset({"registered", "licensed"})


class Told(NamedTuple):
    """How a thing stands: a tone, a few words, a sentence, and what may come next."""

    tone: str
    short: str
    text: str
    next: tuple[str, ...] = ()


def pledge(owned: Owned, say: Speech, now: datetime) -> Told:
    """A pledge, for the one who made it."""
    each = owned.pledge
    ended = _ENDED.get(each.status)
    if ended is not None:
        tone, short, text = ended
        return Told(tone, say.text(short), say.text(text))
    told = _paid(each, say, now) if each.collected else _promised(each, say, now)
    return told._replace(next=(*told.next, *_windows(owned, say, now)))


_ENDED: Final = {
    "cancelled": (PLAIN, N_("Taken back"), N_("This pledge was taken back. No money of yours is in this project.")),
    "void": (
        PLAIN,
        N_("Ended, nothing taken"),
        N_("The project did not go ahead. Your promise ended with it, and no money was taken from you."),
    ),
    "lapsed": (
        PLAIN,
        N_("Ended, nothing taken"),
        N_("The project changed its terms and you did not confirm in time. Your promise ended; nothing was taken."),
    ),
    "refunded": (GOOD, N_("Back with you"), N_("All of your money has come back to you.")),
}


def _promised(each: Pledge, say: Speech, now: datetime) -> Told:
    short = say.text(N_("Promised, not paid yet"))
    if each.retry_at is not None and each.retry_at > now:
        text = N_("The platform could not collect your money. It will try again on %(day)s.")
        return Told(WAIT, short, say.text(text, day=say.day(each.retry_at)))
    if each.campaign_status == "open" and each.deadline > now:
        text = N_("You have promised this amount. No money has been taken from you. The project runs until %(day)s.")
        return Told(PLAIN, short, say.text(text, day=say.day(each.deadline)))
    text = N_("You have promised this amount. The project is over its last day; your money has not been collected.")
    return Told(PLAIN, short, say.text(text))


def _paid(each: Pledge, say: Speech, now: datetime) -> Told:
    if each.refund_due:
        return _owed_back(each, say)
    if each.in_escrow:
        return _held(each, say, now)
    text = N_("Your money was paid out: it is with the project now.")
    return Told(PLAIN, say.text(N_("With the project")), say.text(text), _delivery(each, say))


def _owed_back(each: Pledge, say: Speech) -> Told:
    why = (
        N_("The project did not go ahead. %(amount)s is owed back to you and has not come back yet.")
        if each.campaign_status in {"failed", "cancelled"}
        else N_(
            "You did not confirm the project's new terms. %(amount)s is owed back to you and has not come back yet."
        )
    )
    steps = [N_("The platform has to send it back to you. You need not do anything for that.")]
    if each.in_escrow < each.refund_due:
        steps.append(N_("Not all of it is still held for you. Ask the platform, and tell us by a complaint."))
    steps.append(N_("If it does not come, file a complaint here: we will see it."))
    text = say.text(why, amount=say.money(each.refund_due, each.currency))
    return Told(BAD, say.text(N_("Owed back to you")), text, tuple(say.text(step) for step in steps))


def _held(each: Pledge, say: Speech, now: datetime) -> Told:
    short = say.text(N_("Held for you"))
    day = say.day(each.deadline)
    if each.released:
        text = N_("A part of your money went to the project; the rest is still held for you.")
        return Told(PLAIN, short, say.text(text), _delivery(each, say))
    if each.campaign_status == "succeeded":
        text = N_("The project was funded. Your money is still held for you; next it is paid out to the project.")
        return Told(GOOD, short, say.text(text))
    if each.deadline <= now:
        text = N_(
            "The project's last day was %(day)s. Your money is held for you until the platform says how it ended."
        )
        return Told(WAIT, short, say.text(text, day=day))
    if each.funding == "all_or_nothing":
        text = N_(
            "Your money is held for you until %(day)s. Then it goes to the project or, if too little comes together,"
            " back to you."
        )
        return Told(GOOD, short, say.text(text, day=day))
    text = N_("Your money is held for you until %(day)s. Then it goes to the project, however much comes together.")
    return Told(GOOD, short, say.text(text, day=day))


def _delivery(each: Pledge, say: Speech) -> tuple[str, ...]:
    if each.kind == "donation":
        return ()
    share = Decimal(each.delivered)
    if share >= 1:
        return (say.text(N_("The project reports that everything was delivered.")),)
    if share > 0:
        return (say.text(N_("Delivered so far: %(share)s, as the project reports."), share=say.rate(each.delivered)),)
    return (say.text(N_("Nothing has been reported as delivered so far.")),)


def _windows(owned: Owned, say: Speech, now: datetime) -> tuple[str, ...]:
    found = []
    if owned.asked:
        until = owned.reconfirm.until if owned.reconfirm else None
        if until is not None and until > now:
            text = N_(
                "The project has changed its terms. Confirm again on the platform by %(time)s, else your pledge ends."
            )
            found.append(say.text(text, time=until_of(until, say)))
        else:
            found.append(
                say.text(N_("The project has changed its terms and asks you to confirm again on the platform."))
            )
    if owned.cancellable is not None:
        until = owned.cancellable.until
        text = (
            N_("You may take it back without a reason until %(time)s; do it on the platform.")
            if until > now
            else N_("You could take it back without a reason until %(time)s; that time is over.")
        )
        found.append(say.text(text, time=until_of(until, say)))
    return tuple(found)


def platform(status: str, name: str, say: Speech) -> Told | None:
    """What it means for her that a platform may not work as usual; None where it may."""
    if status in _STILL:
        return None
    if status == "suspended":
        text = N_(
            "The supervisor has suspended %(name)s. It may take in no new money. What is yours stays yours and stands"
            " here; keep your receipts."
        )
    else:
        text = N_(
            "%(name)s has closed down. What is yours stands here, and your receipts prove it without the platform."
        )
    follow = N_("If money that is due does not come, file a complaint here.")
    short = N_("Platform suspended") if status == "suspended" else N_("Platform closed")
    return Told(BAD, say.text(short), say.text(text, name=name), (say.text(follow),))


def platforms(shown: Iterable[Pledge | Loan], say: Speech) -> list[Told]:
    """The same for the platforms of what is shown, each once."""
    found = {each.scope: (each.platform_status, each.platform_name) for each in shown}
    return [said for standing in found.values() if (said := platform(*standing, say)) is not None]


def loan(lending: Lending, say: Speech, now: datetime) -> Told:
    """Her part of a loan."""
    each = lending.loan
    if each.status == "listed":
        if not each.bid:
            text = N_("You took your offer back. No money of yours is in this loan.")
            return Told(PLAIN, say.text(N_("Offer taken back")), say.text(text))
        text = N_(
            "You have offered this amount. The loan is looking for lenders until %(day)s; until then nothing is lent."
        )
        return Told(PLAIN, say.text(N_("Offered, not lent yet")), say.text(text, day=say.day(each.raise_until)))
    if each.status == "lapsed":
        text = N_("Not enough lenders were found. The loan was not paid out, and your offer ended.")
        return Told(PLAIN, say.text(N_("Not paid out")), say.text(text))
    return _lent(lending, say)


def _lent(lending: Lending, say: Speech) -> Told:
    each, late_days = lending.loan, lending.figures.days_past_due
    if not each.outstanding:
        return _over(lending, say)
    rest = say.text(
        N_("%(amount)s of what you lent is still owed to you."), amount=say.money(each.outstanding, each.currency)
    )
    if each.defaulted_day is not None:
        said = say.text(N_("The platform has reported that the borrower does not pay."))
        return Told(BAD, say.text(N_("In default")), _joined(said, rest, say), _chase(say))
    if late_days > 0:
        said = say.plural("An instalment is %(num)s day late.", "An instalment is %(num)s days late.", late_days)
        return Told(
            WAIT, say.text(N_("Late")), _joined(said, rest, say), _chase(say) if late_days > _PATIENCE_DAYS else ()
        )
    return Told(GOOD, say.text(N_("Running")), _joined(say.text(N_("The loan is paid back as agreed.")), rest, say))


def _over(lending: Lending, say: Speech) -> Told:
    """Nothing is owed to her any more."""
    if lending.lost:
        text = N_("The loan is over. %(lost)s of what you lent was not paid back.")
        lost = say.money(lending.lost, lending.loan.currency)
        return Told(BAD, say.text(N_("Ended with a loss")), say.text(text, lost=lost))
    if lending.loan.sold:
        return Told(PLAIN, say.text(N_("Sold")), say.text(N_("You sold your part of this loan.")))
    if not lending.lent:
        return Told(PLAIN, say.text(N_("Nothing lent")), say.text(N_("No money of yours is in this loan.")))
    return Told(GOOD, say.text(N_("Paid back")), say.text(N_("All that you lent has been paid back.")))


def _joined(one: str, other: str, say: Speech) -> str:
    """Two sentences in a row; Chinese sets no space between them."""
    return f"{one} {other}" if say.tag == "en" else one + other


def _chase(say: Speech) -> tuple[str, ...]:
    return (
        say.text(N_("The platform has to claim the money for you. Ask it what it does.")),
        say.text(N_("If you get no answer, file a complaint here.")),
    )


def until_of(moment: datetime, say: Speech) -> str:
    """A day and a time, to the minute."""
    return f"{say.day(moment)} {say.clock(moment)[:5]}"
