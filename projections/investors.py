"""View: parties, their relations and declarations, and what each has at stake on its platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from msgspec import UNSET

from ledger.events.investors import InvestorDeclared
from ledger.events.naming import referred
from ledger.events.parties import PartyRecorded, PartyRelated, PartyVerified
from projections import base, fetch
from projections.base import given

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "investors"
VERSION = 1
TYPES = frozenset(
    {
        "party.registered", "party.verified", "party.related", "investor.declared",
        "pledge.made", "pledge.collected", "pledge.cancelled", "pledge.refunded",
        "deposit.received", "withdrawal.paid", "loan.disbursed", "repayment.received", "loan.written_off",
        "loan.settled", "claim.transferred", base.CORRECTION,
    }
)  # fmt: skip
SQL = base.load(NAME)

# Columns of `stakes` from `pledge_count` on.
_COUNT, _PLEDGED, _COLLECTED, _REFUNDED, _CLAIMS, _CASH = range(6)
Stakes = dict[tuple[str, str], tuple[list[int], int]]  # (party, currency) -> sums, last position


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Append what was said of parties; add up stakes per party and currency."""
    base.fold(cursor, SQL, events, _fold, _correct)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    verified: dict[str, tuple[Any, ...]] = {}
    stakes: Stakes = {}
    for event in events:
        data = event.data
        if event.postings:
            _stake(stakes, event, event)
        elif isinstance(data, PartyVerified):
            verified[_party(event)] = (event.position, event.day, data.method)
            row = (event.position, _party(event), data.method, event.happened_at, event.day)
            rows.setdefault("copy_verifications", []).append(row)
        elif event.type in _ROWS:
            block, row_of = _ROWS[event.type]
            rows.setdefault(block, []).append(row_of(event))
    for block, those in rows.items():
        base.copy(cursor, SQL, block, those)
    if verified:
        base.copy(cursor, SQL, "copy_verified_stage", [(key, *check) for key, check in sorted(verified.items())])
        cursor.execute(SQL["verify"])
    _write(cursor, stakes)


def _write(cursor: Cursor[Any], stakes: Stakes) -> None:
    if stakes:
        rows = [
            (party, currency, party.partition("/")[0][6:], *sums, position)
            for (party, currency), (sums, position) in sorted(stakes.items())
        ]
        base.copy(cursor, SQL, "copy_stakes_stage", rows)
        cursor.execute(SQL["add_stakes"])


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


def _stake(stakes: Stakes, event: Recorded, original: Recorded, sign: int = 1) -> None:
    """Add the lines of `event` to the stakes of those they name. `original` tells what a promise's line means."""
    kind = original.type
    for account, currency, amount in event.postings:
        root, _, path = account.partition("/")
        if root == "receivable":
            if kind == "pledge.collected":
                _add(stakes, path, currency, _COLLECTED, -amount, event.position)
            else:
                _add(stakes, path, currency, _PLEDGED, amount, event.position)
                _add(stakes, path, currency, _COUNT, sign if kind == "pledge.made" else -sign, event.position)
        elif root == "cash":
            _add(stakes, path, currency, _CASH, amount, event.position)
        elif root == "claim":
            scope, _, rest = path.partition("/")
            _add(stakes, f"{scope}/{rest.rpartition('/')[2]}", currency, _CLAIMS, amount, event.position)
        elif root == "investor" and kind == "pledge.refunded":
            _add(stakes, path, currency, _REFUNDED, amount, event.position)


def _add(stakes: Stakes, path: str, currency: str, column: int, amount: int, position: int) -> None:
    of = (f"party:{path}", currency)
    sums = stakes[of][0] if of in stakes else [0, 0, 0, 0, 0, 0]
    sums[column] += amount
    stakes[of] = (sums, position)


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
    # The correction's own lines are the original's with every sign turned.
    stakes: Stakes = {}
    _stake(stakes, correction.event, original, sign=-1)
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
    """What a party has at stake in one currency, minor units: pledges not cancelled, claims on loans, waiting cash."""

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
