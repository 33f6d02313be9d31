"""View: parties, their relations and declarations, and what each has at stake on its platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from msgspec import UNSET, Struct

from ledger.events.investors import InvestorDeclared
from ledger.events.naming import referred
from ledger.events.parties import PartyRecorded, PartyRelated, PartyVerified
from ledger.events.pledges import PledgeMade
from projections import base, fetch
from projections.base import given

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "investors"
VERSION = 3
TYPES = frozenset(
    {
        "party.registered", "party.verified", "party.related", "investor.declared",
        "pledge.made", "pledge.collected", "pledge.cancelled", "pledge.reconfirmed", "pledge.refunded",
        "campaign.closed", "pledges.lapsed",
        "deposit.received", "withdrawal.paid", "loan.disbursed", "repayment.received", "loan.written_off",
        "loan.settled", "claim.transferred", base.CORRECTION,
    }
)  # fmt: skip
SQL = base.load(NAME)


class _Stake(Struct):
    """What a batch adds to the stakes of a party in one currency; the fields are columns."""

    party: str
    currency: str
    scope: str
    position: int = 0
    pledge_count: int = 0
    owed: int = 0
    collected: int = 0
    refunded: int = 0
    claims: int = 0
    cash: int = 0


_Stakes = dict[tuple[str, str], _Stake]  # by path of the party (`huizhong/U-77`) and currency


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Append what was said of parties; add up stakes per party and currency."""
    base.fold(cursor, events, _fold, _correct)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    verified: dict[str, dict[str, Any]] = {}
    stakes: _Stakes = {}
    for event in events:
        data = event.data
        if event.postings or isinstance(data, PledgeMade):
            _stake(stakes, event, event)
        elif isinstance(data, PartyVerified):
            key = _party(event)
            verified[key] = {"key": key, "position": event.position, "day": event.day, "method": data.method}
            row = (event.position, key, data.method, event.happened_at, event.day)
            rows.setdefault("copy_verifications", []).append(row)
        elif event.type in _ROWS:
            block, row_of = _ROWS[event.type]
            rows.setdefault(block, []).append(row_of(event))
    for block, those in rows.items():
        base.copy(cursor, SQL, block, those)
    if verified:
        cursor.execute(SQL["verify"], {"checks": base.json([verified[key] for key in sorted(verified)])})
    _write(cursor, stakes)


def _write(cursor: Cursor[Any], stakes: _Stakes) -> None:
    if stakes:
        cursor.execute(SQL["add_stakes"], {"stakes": base.json([stakes[of] for of in sorted(stakes)])})


def _party(event: Recorded) -> str:
    return f"party:{event.scope}/{event.data.party}"  # type: ignore[attr-defined]


def _registered(event: Recorded) -> tuple[Any, ...]:
    # Without personal data there was nothing to set aside, so that both forms stand in the log alike.
    data = cast("PartyRecorded", event.data)
    name = given(data.name) if data.kind == "organisation" else None
    return (
        _party(event), event.scope, data.party, data.kind, given(data.person), name, given(data.country),
        given(data.region), event.position, event.happened_at, event.day,
    )  # fmt: skip


def _related(event: Recorded) -> tuple[Any, ...]:
    data, scope = cast("PartyRelated", event.data), event.scope
    share = given(data.share)
    return (
        event.position, scope, referred("party", scope, data.party), referred("party", scope, data.to), data.relation,
        share, base.ppm(share) if share is not None else None, event.happened_at, event.day,
        base.epoch(event.happened_at),
    )  # fmt: skip


def _declared(event: Recorded) -> tuple[Any, ...]:
    data = cast("InvestorDeclared", event.data)
    return (
        event.position, event.scope, f"party:{event.scope}/{data.investor}", data.jurisdiction, data.currency,
        given(data.annual_income), given(data.net_worth), given(data.financial_assets), given(data.accredited),
        given(data.sophisticated), given(data.experience_years), given(data.knowledge_passed),
        date.fromisoformat(data.valid_to) if data.valid_to is not UNSET else None,
        event.happened_at, event.day, base.epoch(event.happened_at),
    )  # fmt: skip


_ROWS = {
    "party.registered": ("copy_parties", _registered),
    "party.related": ("copy_relations", _related),
    "investor.declared": ("copy_declarations", _declared),
}


def _stake(stakes: _Stakes, event: Recorded, original: Recorded) -> None:
    """Add the lines of `event` to the stakes of those they name. `original` tells what a line of money means."""
    kind = original.type
    for account, currency, amount in event.postings:
        root, _, path = account.partition("/")
        if root == "receivable":
            _stake_of(stakes, path, currency, event.position).owed += amount
        elif root == "cash":
            _stake_of(stakes, path, currency, event.position).cash += amount
        elif root == "claim":
            scope, _, rest = path.partition("/")
            holder = f"{scope}/{rest.rpartition('/')[2]}"
            _stake_of(stakes, holder, currency, event.position).claims += amount
        elif root == "investor" and kind == "pledge.refunded":
            _stake_of(stakes, path, currency, event.position).refunded += amount
        elif root == "investor" and kind == "pledge.collected":
            _stake_of(stakes, path, currency, event.position).collected -= amount
    data = original.data
    if isinstance(data, PledgeMade):
        stake = _stake_of(stakes, f"{original.scope}/{data.investor}", data.currency, event.position)
        stake.pledge_count += 1 if event is original else -1


def _stake_of(stakes: _Stakes, path: str, currency: str, position: int) -> _Stake:
    found = stakes.get((path, currency))
    if found is None:
        found = stakes[path, currency] = _Stake(f"party:{path}", currency, path.partition("/")[0])
    found.position = position
    return found


_CORRECT = {
    "party.registered": "correct_party",
    "party.related": "correct_relation",
    "investor.declared": "correct_declaration",
    "party.verified": "correct_verification",
}


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    original = correction.original
    block = _CORRECT.get(original.type)
    if block is not None:
        cursor.execute(SQL[block], {"by": correction.position, "of": original.position})
        if original.type == "party.verified" and (row := cursor.fetchone()) is not None:
            cursor.execute(SQL["restate_verification"], {"key": row[0]})
    stakes: _Stakes = {}
    _stake(stakes, correction.event, original)
    _write(cursor, stakes)


@dataclass(frozen=True, slots=True)
class Party:
    """A party on one platform. `person` is equal on all platforms for the same person; `name` organisations only."""

    key: str
    scope: str
    party: str
    kind: str
    person: str | None
    name: str | None
    country: str | None
    region: str | None
    registered_position: int
    registered_at: datetime
    verified_position: int | None
    verified_method: str | None


@dataclass(frozen=True, slots=True)
class Stake:
    """What a party has at stake in one currency, minor units: pledges open or collected, claims on loans, waiting cash.

    `pledge_count` counts those that were made, whatever became of them.
    """

    party: str
    currency: str
    scope: str
    pledge_count: int
    pledged: int
    collected: int
    refunded: int
    claims: int
    cash: int
    position: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an investor declared; money in minor units of `currency`."""

    position: int
    investor: str
    jurisdiction: str
    currency: str
    annual_income: int | None
    net_worth: int | None
    financial_assets: int | None
    accredited: bool | None
    sophisticated: bool | None
    experience_years: int | None
    knowledge_passed: bool | None
    valid_to: date | None
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Relation:
    """`party` is an officer, owner, relative, affiliate of `other`, or under the same control; both are keys."""

    position: int
    party: str
    other: str
    relation: str
    share: str | None
    happened_at: datetime


def get(connection: psycopg.Connection[Any], key: str) -> Party | None:
    """One party by its key (`party:<scope>/<id>`)."""
    return fetch.one(connection, SQL["get"], Party, {"key": key})


def same_person(connection: psycopg.Connection[Any], key: str) -> list[Party]:
    """The parties on all platforms that are the same person as this one, itself included."""
    return fetch.many(connection, SQL["same_person"], Party, {"key": key})


def of_person(connection: psycopg.Connection[Any], person: str) -> list[Party]:
    """The parties with this pseudonym."""
    return fetch.many(connection, SQL["of_person"], Party, {"person": person})


def stakes(connection: psycopg.Connection[Any], parties: Sequence[str]) -> list[Stake]:
    """What parties (keys) have at stake, by party and currency."""
    return fetch.many(connection, SQL["stakes"], Stake, {"parties": list(parties)})


def declarations(connection: psycopg.Connection[Any], parties: Sequence[str]) -> list[Declaration]:
    """What parties (keys) declared, the latest by valid time first."""
    return fetch.many(connection, SQL["declarations"], Declaration, {"parties": list(parties)})


def relations(connection: psycopg.Connection[Any], parties: Sequence[str]) -> list[Relation]:
    """Relations on either side of which one of the parties (keys) stands."""
    return fetch.many(connection, SQL["relations"], Relation, {"parties": list(parties)})
