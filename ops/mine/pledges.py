"""Her pledges, each with the windows that the law opens for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from api.access import Herself
from api.mine import Owned, PledgeStory
from ledger import windows
from ledger.rulebook.loading import books
from ledger.states.campaigns import Campaign
from ledger.states.campaigns import Pledge as PledgeState
from ledger.states.parties import Declaration
from ledger.store import reading
from ops import evidence
from ops.her_parties import own_key, parties
from projections import mine


def page(connection: psycopg.Connection, her: Herself, before: int, limit: int) -> list[Owned]:
    """Her pledges from before a position, newest first."""
    return _owned(connection, mine.pledges(connection, parties(connection, her), before, limit))


def story(connection: psycopg.Connection, her: Herself, scope: str, name: str) -> PledgeStory | None:
    """One of hers with its story; None where she has none of that name there."""
    key = own_key("pledge", scope, name)
    found = mine.pledges(connection, parties(connection, her), mine.NEWEST, 1, key) if key else []
    if not found:
        return None
    return PledgeStory(_owned(connection, found)[0], mine.pledge_story(connection, found[0].key))


def receipts(connection: psycopg.Connection, her: Herself, scope: str, name: str) -> list[dict[str, Any]]:
    """The receipts of the events of one of hers; none where she has none of that name there."""
    return evidence.own_receipts(connection, her, name, scope)


def _owned(connection: psycopg.Connection, found: Sequence[mine.Pledge]) -> list[Owned]:
    keys = {name for each in found for name in (each.key, each.campaign, _declaration(each))}
    states = reading.states(connection, sorted(keys))
    shown = []
    for each in found:
        pledge, campaign, declared = (states.get(name) for name in (each.key, each.campaign, _declaration(each)))
        assert isinstance(pledge, PledgeState), f"{each.key} is in the view and has no state"
        assert isinstance(campaign, Campaign), f"{each.campaign} is in the view and has no state"
        shown.append(_windows(each, pledge, campaign, declared if isinstance(declared, Declaration) else None))
    return shown


def _declaration(pledge: mine.Pledge) -> str:
    return pledge.party.replace("party:", "declaration:", 1)


def _windows(shown: mine.Pledge, pledge: PledgeState, campaign: Campaign, declared: Declaration | None) -> Owned:
    if shown.status not in {"pledged", "collected"} or campaign.status in {"failed", "cancelled"}:
        return Owned(shown, None, asked=False, reconfirm=None)
    changes = windows.asked(pledge, campaign)
    known = [window for at in changes if (window := windows.reconfirmable(at, campaign, books())) is not None]
    cancellable = windows.cancellable(pledge, campaign, declared, books())
    return Owned(shown, cancellable, asked=bool(changes), reconfirm=min(known, default=None))
