"""What an investor is shown of herself: readers over a pool, as `api.mine.Mine`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import psycopg
from psycopg_pool import ConnectionPool

from api.access import Herself
from api.facts import AsOf, Read
from api.mine import Limits, Mine
from ledger.kernel import clock
from ledger.store import reading
from ops import her_parties as people
from ops.eligibility import hers
from ops.eligibility.gather import Calendar
from ops.mine import complaints, data, loans, pledges
from ops.questions import standing
from ops.settings import Settings
from projections.mine import VIEWS

__all__ = ["complaints", "door"]
P = ParamSpec("P")
T = TypeVar("T")


def door(settings: Settings, pool: ConnectionPool) -> Mine:
    """Her questions over a pool whose transactions read only, each from one snapshot."""
    zone = ZoneInfo(settings.time_zone)

    def ask(reader: Callable[Concatenate[psycopg.Connection, P], T]) -> Callable[P, Read[T]]:
        def asked(*args: P.args, **kwargs: P.kwargs) -> Read[T]:
            with pool.connection() as connection, standing(connection, *VIEWS) as as_of:
                return Read(reader(connection, *args, **kwargs), as_of)

        return asked

    def limits(her: Herself) -> Read[Limits]:
        with pool.connection() as connection:
            as_of = AsOf(reading.head(connection).position, 0.0)
            return Read(hers.limits(connection, her, Calendar(clock.now(), zone)), as_of)

    return Mine(
        overview=ask(people.overview),
        pledges=ask(pledges.page),
        pledge=ask(pledges.story),
        receipts=ask(pledges.receipts),
        loans=ask(partial(loans.page, zone)),
        loan=ask(partial(loans.stories, zone)),
        limits=limits,
        platforms=ask(people.platforms),
        events=ask(data.events),
        looks=ask(data.looks),
    )
