"""Spark, through PySpark (`pip install crowdledger[spark]`, and Java 17): for histories that one machine can't hold."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from risk.engines.judging import Files
from risk.engines.portable import Dialect

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Overflow is an error and never a null; moments play no part, but if they did they would be UTC.
SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
}


class Spark:
    """A session of the caller's. Small tables go through Parquet in `folder`: pandas would turn missing text to NaN."""

    dialect: Dialect = "spark"

    def __init__(self, session: SparkSession, folder: Path) -> None:
        self._session = session
        self._folder = folder
        self._given = 0

    @classmethod
    def local(cls, folder: Path, cores: int = 1) -> Self:
        """A session in this process, for tests and a first look. Raises ImportError where there is no PySpark."""
        from pyspark.sql import SparkSession  # noqa: PLC0415 -- an extra that most installations lack

        builder = SparkSession.builder.master(f"local[{cores}]").appName("crowdledger")
        for name, value in SETTINGS.items():
            builder = builder.config(name, value)
        return cls(builder.getOrCreate(), folder)

    def give(self, name: str, table: pa.Table | Files) -> None:
        """Make a table readable under a name; an earlier one of that name goes."""
        if isinstance(table, Files):
            paths: Sequence[str] = table.paths
        else:
            self._given += 1
            path = self._folder / f"{name}-{self._given}.parquet"
            pq.write_table(table, path)
            paths = [str(path)]
        self._session.read.parquet(*paths).createOrReplaceTempView(name)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, in its order."""
        return [tuple(_whole(cell) for cell in row) for row in self._session.sql(statement).collect()]

    def stop(self) -> None:
        """End the session and its Java process."""
        self._session.stop()


def _whole(cell: Any) -> Any:
    return int(cell) if isinstance(cell, Decimal) else cell
