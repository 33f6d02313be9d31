"""What an event changed of earlier figures: balances, campaigns, pledges, loans, exposures; before it and after.

The period is from when it counts (of a correction: from when what it corrects did) until it became known: whoever asked
about a moment in it, before it was known, was told something else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec
import psycopg

from ledger.accounts import Posting
from ledger.events import catalogue
from ledger.events.corrections import EventCorrected
from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.loans import Loan
from ledger.states.promises import refund_due, status_of
from projections import asof, base, exposed, fetch

SQL = base.load("impact")
ENTITIES: Final = ("campaign", "loan", "pledge")
_PARTY_ACCOUNTS: Final = frozenset({"cash", "receivable", "investor", "borrower", "issuer"})


class _Told(msgspec.Struct):
    time: datetime


_told = msgspec.json.Decoder(_Told).decode
_postings = msgspec.json.Decoder(tuple[Posting, ...]).decode


class Subject(NamedTuple):
    """The event that is asked about. It counts from `start` in valid time and was known from `end` on.

    Of a correction `start` is the time of what it corrects. `local` is `start` as its sender told it.
    """

    position: int
    source: str
    id: str
    type: str
    start: datetime
    end: datetime
    local: datetime
    corrects: int | None  # the position of what it corrects
    postings: tuple[Posting, ...]
    tags: tuple[str, ...]

    @property
    def day(self) -> date:
        """The calendar day on which it counts first, where its sender was: that of rules and reports."""
        return self.local.date()

    @property
    def late(self) -> bool:
        """Whether that day was over where the sender was when the event became known."""
        return self.end.astimezone(self.local.tzinfo).date() > self.day

    def keys(self, *kinds: str) -> list[str]:
        """The entities of these kinds that it concerns, by key."""
        return sorted(tag for tag in self.tags if tag.partition(":")[0] in kinds)

    def parties(self) -> list[str]:
        """The parties that it concerns or whose money it moved."""
        found = set(self.keys("party"))
        for account, _, _ in self.postings:
            root, _, path = account.partition("/")
            if root in _PARTY_ACCOUNTS:
                found.add(f"party:{path}")
            elif root == "claim":
                scope, _, rest = path.partition("/")
                found.add(f"party:{scope}/{rest.rpartition('/')[2]}")
        return sorted(found)


@dataclass(frozen=True, slots=True)
class Figures:
    """A balance at both ends of the period, minor units, debit positive: as reported before, and as it is."""

    account: str
    currency: str
    start_before: int
    start_after: int
    end_before: int
    end_after: int


class Difference(NamedTuple):
    """One figure or term of an entity as of `at`: as known before the event, and after it; None: it was not there."""

    key: str
    at: datetime
    field: str
    before: Any
    after: Any


class Owed(NamedTuple):
    """By how much an outstanding principal moved, and since when."""

    borrower: str
    currency: str
    at: datetime
    position: int
    change: int


class Borrower(NamedTuple):
    """A party that borrows: person or organisation, under which law, and all parties that are the same person."""

    key: str
    kind: str
    jurisdiction: str
    people: list[str]


def subject(connection: psycopg.Connection[Any], asked: int | tuple[str, str]) -> Subject | None:
    """The event at a position, or of a source and id; None where there is none."""
    if isinstance(asked, int):
        row = connection.execute(SQL["by_position"], {"position": asked}).fetchone()
    else:
        row = connection.execute(SQL["by_id"], {"source": asked[0], "id": asked[1]}).fetchone()
    if row is None:
        return None
    position, source, name, kind, start, end, body, postings, tags = row
    corrects = None
    if kind == EventCorrected.TYPE:
        data = catalogue.decode_body(body)
        assert isinstance(data, EventCorrected)
        corrects, start, body = connection.execute(SQL["corrected"], {"source": source, "id": data.corrects}).fetchone()  # type: ignore[misc]
    lines = _postings(postings) if postings else ()
    return Subject(position, source, name, kind, start, end, _told(body).time, corrects, lines, tuple(tags))


def balances(connection: psycopg.Connection[Any], about: Subject, limit: int) -> list[Figures]:
    """The first `limit` balances that the event moved, by account and currency. The view `balances` must be past it."""
    moved: Counter[tuple[str, str]] = Counter()
    for account, currency, amount in about.postings:
        moved[account, currency] += amount
    wanted = sorted(of for of, amount in moved.items() if amount)[:limit]
    asked = {
        "accounts": sorted({account for account, _ in wanted}), "position": about.position, "start": about.start,
        "end": about.end,
    }  # fmt: skip
    rows = fetch.many(connection, SQL["figures"], Figures, asked)
    return [row for row in rows if (row.account, row.currency) in set(wanted)]


def entities(connection: psycopg.Connection[Any], about: Subject, keys: Iterable[str]) -> list[Difference]:
    """What is told otherwise of campaigns, pledges and loans, at both ends of the period."""
    return _differences(about, keys, partial(_shown, connection))


def _differences(
    about: Subject, keys: Iterable[str], figures: Callable[[str, asof.Times], Mapping[str, Any]]
) -> list[Difference]:
    found = []
    for key in keys:
        for at in (about.start, about.end):
            before, after = (figures(key, asof.Times(at, about.position - back)) for back in (1, 0))
            fields = (field for field in sorted({*before, *after}) if before.get(field) != after.get(field))
            found += [Difference(key, at, field, before.get(field), after.get(field)) for field in fields]
    return found


def _shown(connection: psycopg.Connection[Any], key: str, times: asof.Times) -> dict[str, Any]:
    state = asof.state(connection, key, times)
    if isinstance(state, Pledge):
        return _pledge(state, asof.ends(connection, state.campaign, times))
    return {} if state is None else {name: getattr(state, name) for name in _FIELDS[type(state)]}


def _pledge(state: Pledge, campaign: Campaign | None) -> dict[str, Any]:
    return {
        "status": status_of(state, campaign) if campaign else state.status,
        "amount": state.amount,
        "refunded": state.refunded,
        "refund_due": refund_due(state, campaign) if campaign else 0,
    }


_FIELDS: Final[dict[type[State], tuple[str, ...]]] = {
    Campaign: (
        "status", "goal", "cap", "pledges", "pledged", "collected", "refunded", "released", "fees", "escrow", "voided",
        "lapsed", "delivered",
    ),
    Loan: ("status", "funded", "outstanding", "lost", "annual_rate", "term_months"),
}  # fmt: skip


def exposures(connection: psycopg.Connection[Any], about: Subject, parties: Iterable[str]) -> list[Difference]:
    """What parties had at stake; `field`: `<platform> <kind> <currency> <figure>`. In a snapshot of `exposed.VIEWS`."""
    return _differences(about, parties, partial(_stakes, connection))


def _stakes(connection: psycopg.Connection[Any], party: str, times: asof.Times) -> dict[str, int]:
    rows = exposed.exposed(connection, [party], times).exposures
    return {
        f"{row.scope} {row.kind} {row.currency} {name}": getattr(row, name)
        for row in rows
        for name in ("contracts", "committed", "paid", "returned", "at_stake")
    }


def borrowers(connection: psycopg.Connection[Any], about: Subject, parties: Sequence[str]) -> list[Borrower]:
    """Those of the parties that borrow."""
    rows = connection.execute(SQL["borrowers"], {"parties": list(parties), "position": about.position})
    return [Borrower(*row) for row in rows.fetchall()]


def owed(connection: psycopg.Connection[Any], about: Subject, people: Sequence[str]) -> list[Owed]:
    """What moved the principal that parties owe, up to the event, in order of valid time."""
    rows = connection.execute(SQL["owed"], {"parties": list(people), "position": about.position})
    return [Owed(*row) for row in rows.fetchall()]
