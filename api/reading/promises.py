"""What the rulebooks say of a pledge's windows and of a campaign's material changes, in the form of the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from api import facts
from ledger import windows
from ledger.rulebook.loading import books
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.parties import Declaration
from ledger.states.promises import confirmed, end_of
from ledger.windows import Window

Reconfirmation = Literal["not_asked", "asked", "no_window_known", "confirmed", "lapsed"]


class MaterialChange(msgspec.Struct, kw_only=True):
    """Promises made before `amended_at` are to be confirmed again by `reconfirm_by`; null where no law is known."""

    amended_at: datetime
    reconfirm_by: datetime | None
    citation: str | None
    lapsed: bool


class Windows(msgspec.Struct, kw_only=True):
    """Until when a pledge may be taken back, and what became of its confirmation after material changes.

    `cancelled_in_time` is false where it was cancelled outside every window: a fact to look at, never refused.
    """

    cancellable_until: datetime | None = None
    cancellation_citation: str | None = None
    cancelled_in_time: bool | None = None
    reconfirmation: Reconfirmation = "not_asked"
    reconfirm_by: datetime | None = None
    reconfirmation_citation: str | None = None


def changes_of(campaign: Campaign) -> list[MaterialChange]:
    """The material changes of a campaign, in order."""
    lapsed = dict(campaign.lapses)
    return [_change(at, lapsed.get(at), windows.reconfirmable(at, campaign, books())) for at in campaign.material]


def _change(amended_at: int, lapsed: int | None, window: Window | None) -> MaterialChange:
    by = facts.moment(lapsed) if lapsed is not None else window.until if window else None
    return MaterialChange(
        amended_at=facts.moment(amended_at),
        reconfirm_by=by,
        citation=window.citation if window else None,
        lapsed=lapsed is not None,
    )


def windows_of(pledge: Pledge, campaign: Campaign | None, declared: Declaration | None) -> Windows:
    """The windows of a pledge; nothing where its campaign had not begun."""
    if campaign is None:
        return Windows()
    cancellation = windows.cancellable(pledge, campaign, declared, books())
    state, by = _reconfirmation(pledge, campaign)
    return Windows(
        cancellable_until=cancellation.until if cancellation else None,
        cancellation_citation=cancellation.citation if cancellation else None,
        cancelled_in_time=_in_time(pledge, campaign, cancellation),
        reconfirmation=state,
        reconfirm_by=by.until if by else None,
        reconfirmation_citation=by.citation if by else None,
    )


def _in_time(pledge: Pledge, campaign: Campaign, cancellation: Window | None) -> bool | None:
    """None where it was not cancelled, or no window is known."""
    if pledge.cancelled_at is None or cancellation is None:
        return None
    at = facts.moment(pledge.cancelled_at)
    changes = [each for each in campaign.material if pledge.made_at < each <= pledge.cancelled_at]
    reopened = [windows.reconfirmable(each, campaign, books()) for each in changes]
    return at <= cancellation.until or any(each is not None and at <= each.until for each in reopened)


def _reconfirmation(pledge: Pledge, campaign: Campaign) -> tuple[Reconfirmation, Window | None]:
    end = end_of(pledge, campaign)
    if end is not None:
        return ("lapsed", _missed(end.at, campaign)) if end.kind == "lapsed" else ("not_asked", None)
    asked = windows.asked(pledge, campaign)
    known = [each for each in (windows.reconfirmable(at, campaign, books()) for at in asked) if each is not None]
    if asked:
        return ("asked", min(known)) if known else ("no_window_known", None)
    given = any(pledge.made_at < at and confirmed(pledge, at) for at in campaign.material)
    return ("confirmed" if given else "not_asked"), None


def _missed(ended_at: int, campaign: Campaign) -> Window | None:
    """The window that went by: the lapse began just after it."""
    changes = [amended_at for amended_at, by in campaign.lapses if by + 1 == ended_at]
    return windows.reconfirmable(changes[0], campaign, books()) if changes else None
