"""What the machinery's exceptions mean to a caller of the api."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from api.problems import Problem
from ledger.store.appender import Overloaded, StoreUnavailable
from ledger.store.tree import NotSealed

_GONE = (psycopg.OperationalError, PoolClosed)
_BUSY = (PoolTimeout, TooManyRequests)
_NOT_BUILT = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
_MEANINGS: Final = (
    (_BUSY, "overloaded", "more is asked than can be answered at the moment; ask again in a moment."),
    (_GONE, "unavailable", "the database can't be reached; ask again in a moment."),
    (_NOT_BUILT, "unavailable", "the view that answers this is not built yet; ask again in a moment."),
    (psycopg.DataError, "invalid_parameter", "a parameter is beyond what can be asked."),
)


def problem_of(error: Exception) -> Problem | None:
    """What the machinery's exceptions mean to a caller."""
    if isinstance(error, Overloaded):
        return Problem("overloaded", str(error))
    if isinstance(error, StoreUnavailable | TimeoutError):
        return Problem("unavailable", str(error))
    if isinstance(error, NotSealed):
        return Problem("not_sealed", str(error), headers={"Retry-After": "1"}, sealed=error.sealed)
    for kinds, code, detail in _MEANINGS:
        if isinstance(error, kinds):
            return Problem(code, detail)
    return None
