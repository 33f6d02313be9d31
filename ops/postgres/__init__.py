"""PostgreSQL for everybody: the one named in the settings, or a real one of our own under the data folder."""

from ops.postgres.errors import PostgresError
from ops.postgres.lifecycle import Server, database, start

__all__ = ["PostgresError", "Server", "database", "start"]
