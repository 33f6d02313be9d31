"""Lists over all platforms and the look-up box, as plain functions of a connection; statements in sql/lists.sql."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import psycopg

from api.listed import FOUND_MAX, BidLine, CampaignLine, Hit, LoanLine, Lot, Place, PledgeLine
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ledger.lending.figures import figures
from ledger.recorded import Recorded, scope_of
from ledger.store import reading
from projections import fetch, filings, loan_book

SQL = load(Path(__file__).parent / "sql" / "lists.sql")
NEWEST: Final = Place(2**63 - 1, 2**63 - 1)
# What is looked for by the beginning of its id.
_KINDS: Final = ("party", "campaign", "loan", "pledge")
_POSITION_DIGITS: Final = 18


def campaigns(connection: psycopg.Connection, lot: Lot, before: Place | None, limit: int) -> list[CampaignLine]:
    """Campaigns of a platform, with a status, of issuers; the newest first."""
    return fetch.many(connection, SQL["campaigns"], CampaignLine, _asked(lot, before, limit))


def campaign(connection: psycopg.Connection, key: str) -> CampaignLine | None:
    """One campaign."""
    return fetch.one(connection, SQL["campaign"], CampaignLine, {"key": key})


def loans(
    zone: ZoneInfo, connection: psycopg.Connection, lot: Lot, before: Place | None, limit: int, late: int
) -> list[LoanLine]:
    """Loans, the newest first, with the days by which they are late today; `late` > 0: only running ones."""
    asked = {**_asked(lot, before, limit), "running": late > 0}
    found = fetch.many(connection, SQL["loans"], LoanLine, asked)
    _count_days(connection, found, clock.now().astimezone(zone).date())
    return found


def _count_days(connection: psycopg.Connection, found: list[LoanLine], day: date) -> None:
    by_key = {f"loan:{each.platform}/{each.loan}": each for each in found if each.outstanding > 0}
    for key, lent in loan_book.of_loans(connection, [*by_key]).items():
        by_key[key].days_past_due = figures(lent.terms, lent.history.by(day), day).days_past_due


def pledges(connection: psycopg.Connection, lot: Lot, before: Place | None, limit: int) -> list[PledgeLine]:
    """Pledges to a campaign or of parties."""
    block = "pledges_largest" if lot.largest else "pledges_newest"
    return fetch.many(connection, SQL[block], PledgeLine, _asked(lot, before, limit))


def bids(connection: psycopg.Connection, lot: Lot, before: Place | None, limit: int) -> list[BidLine]:
    """Bids for a loan or of parties, the newest first."""
    return fetch.many(connection, SQL["bids"], BidLine, _asked(lot, before, limit))


def _asked(lot: Lot, before: Place | None, limit: int) -> dict[str, Any]:
    amount, position = before or NEWEST
    return {**lot._asdict(), "amount": amount, "before": position, "limit": limit}


def filed(connection: psycopg.Connection, key: str) -> tuple[list[filings.Disclosure], list[filings.Complaint]]:
    """What was disclosed about something, and who complained about it."""
    return filings.disclosures(connection, [key]), filings.complaints(connection, [key])


def events_about(connection: psycopg.Connection, key: str, before: int | None, limit: int) -> list[Recorded]:
    """The events that concern an entity, the newest first, before a position."""
    asked = {"key": key, "before": before or NEWEST.position, "limit": limit}
    positions = [position for (position,) in connection.execute(SQL["events_about"], asked)]
    return reading.at_positions(connection, positions)[::-1]


def find(connection: psycopg.Connection, name: str) -> list[Hit]:
    """What has this id, or one that begins with it, over all platforms: at most FOUND_MAX of each kind."""
    asked = {"name": name, "limit": FOUND_MAX}
    hits = [*_position(connection, name), *_keyed(connection, name)]
    for position, source, own, kind in connection.execute(SQL["events_named"], asked):
        hits.append(_hit("event", f"{source}/{own}", scope_of(source), own, kind, exact=True, position=position))
    for platform, title in connection.execute(SQL["platform"], asked):
        hits.append(_hit("platform", f"platform:{platform}", platform, platform, title, exact=platform == name))
    for kind in _KINDS:
        for key, exact in connection.execute(SQL["states"], {**asked, "kind": kind}):
            scope, _, own = key.partition(":")[2].partition("/")
            hits.append(_hit(kind, key, scope, own, "", exact=exact))
    for kind, block in (("alert", "alert"), ("case", "case")):
        for own, about, *where in connection.execute(SQL[block], asked):
            hits.append(_hit(kind, own, "".join(where), own, about, exact=own == name))
    return _titled(connection, hits)


def _position(connection: psycopg.Connection, name: str) -> list[Hit]:
    if not (name.isascii() and name.isdigit() and len(name) <= _POSITION_DIGITS):
        return []
    found = reading.at_positions(connection, [int(name)])
    return [
        _hit("event", f"{each.source}/{each.id}", each.scope, each.id, each.type, exact=True, position=each.position)
        for each in found
    ]


def _keyed(connection: psycopg.Connection, name: str) -> list[Hit]:
    """Of a whole key, such as an alert's subject shows it."""
    kind, _, path = name.partition(":")
    if kind not in _KINDS or name not in reading.states(connection, [name]):
        return []
    scope, _, own = path.partition("/")
    return [_hit(kind, name, scope, own, "", exact=True)]


def _hit(kind: str, key: str, platform: str, name: str, about: str, *, exact: bool, position: int | None = None) -> Hit:
    return Hit(kind=kind, key=key, platform=platform, name=name, about=about, exact=exact, position=position)


def _titled(connection: psycopg.Connection, hits: list[Hit]) -> list[Hit]:
    keys = [each.key for each in hits if each.kind == "campaign"]
    titles: dict[str, str] = dict(connection.execute(SQL["campaign_words"], {"keys": keys}).fetchall())
    for each in hits:
        each.about = titles.get(each.key, each.about)
    return hits
