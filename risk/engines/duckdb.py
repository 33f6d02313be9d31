"""DuckDB: one process, columns, Parquet and Arrow."""

from __future__ import annotations

from typing import Any, Self

import pyarrow as pa

from risk.engines.judging import Files
from risk.engines.portable import Dialect

# No extension is fetched; what is read is handed over.
_CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


class DuckDB:
    """An engine in memory: tables are handed over as Arrow or as Parquet files, and read where they are."""

    dialect: Dialect = "duckdb"

    def __init__(self, threads: int | None = None) -> None:
        # Only where it is used: a frozen collector (ops/runtime.py) would have its binding tell of leaks at every exit.
        import duckdb  # noqa: PLC0415 -- see above

        self._connection = duckdb.connect(config={**_CONFIG, **({"threads": str(threads)} if threads else {})})

    def give(self, name: str, table: pa.Table | Files) -> None:
        """Make a table readable under a name; an earlier one of that name goes."""
        self._connection.unregister(name)
        if isinstance(table, Files):
            self._connection.read_parquet(list(table.paths)).create_view(name, replace=True)
        else:
            self._connection.register(name, table)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, in its order."""
        return self._connection.execute(statement).fetchall()

    def interrupt(self) -> None:
        """Stop the running statement, from another thread."""
        self._connection.interrupt()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
