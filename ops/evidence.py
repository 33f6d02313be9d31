"""What the api shows of the signed tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg

from api.access import Herself
from api.facts import AsOf, Read
from api.readiness import SealingStanding
from ledger.events.naming import key, scope_and_name
from ledger.kernel.named_sql import load
from ledger.states.campaigns import Pledge
from ledger.store import proofs, reading, tree
from ledger.tiles import Tile
from ops import her_parties as people

_RECEIPTS_MAX: Final = 1_000
SQL = load(Path(__file__).parent / "sql" / "reads.sql")


def checkpoint(connection: psycopg.Connection) -> Read[str | None]:
    """The newest head with all its signatures, and how far it lags behind the log."""
    sealed, now = tree.latest(connection), standing(connection)
    if sealed is None:
        return Read(None, AsOf(0, now.lag_seconds))
    return Read(tree.with_cosignatures(connection, sealed)[0], AsOf(sealed.size, now.lag_seconds))


def bundle(connection: psycopg.Connection, tile: Tile, _size: int) -> bytes:
    """The entries under a tile."""
    return tree.entry_bundle(connection, tile)


def own_receipts(
    connection: psycopg.Connection, her: Herself, pledge: str, platform: str | None = None
) -> list[dict[str, Any]]:
    """The receipts of the events of a pledge of hers, on whichever platform it was made, or on one.

    Of the pledge's own events only: the end of a campaign has lines of other investors in it.
    """
    own = people.parties(connection, her)
    scopes = {scope for scope in map(_scope, own) if platform in {None, scope}}
    found: list[dict[str, Any]] = []
    for tag, state in reading.states(connection, sorted(key("pledge", scope, pledge) for scope in scopes)).items():
        if isinstance(state, Pledge) and state.investor in own:
            made = proofs.receipts_about(connection, tag, f"platform:{_scope(tag)}", 0, _RECEIPTS_MAX)
            found += [receipt for _, receipt in made if _is_of_pledge(receipt["entry"])]
    return found


def _scope(name: str) -> str:
    return scope_and_name(name).partition("/")[0]


def _is_of_pledge(entry: str) -> bool:
    return str(msgspec.json.decode(entry)["event"]["type"]).startswith("pledge.")


def standing(connection: psycopg.Connection) -> SealingStanding:
    """How sealing stands."""
    row = connection.execute(SQL["sealing"]).fetchone()
    assert row is not None, "a LEFT JOIN on one row has one row"
    size, lag_seconds, witnessed, kind, reason = row
    stopped = kind == "stopped"
    state = "stopped" if stopped else "sealing" if size >= 0 else "waiting"
    return SealingStanding(state, max(size, 0), lag_seconds, witnessed, reason if stopped else None)
