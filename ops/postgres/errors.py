"""The one error of this package. Its message names the thing, the reason and the way out."""

from __future__ import annotations

USE_YOUR_OWN = "Or point CROWDLEDGER_DATABASE_URL at a PostgreSQL 15 or newer."


class PostgresError(Exception):
    """PostgreSQL can't be used as asked."""
