"""A server per module, with two platforms, the registry and an auditor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from api.app import create_app
from ledger.kernel import named_sql
from ops import compose
from ops.migrate import migrate
from ops.settings import Settings
from tests.api.house import HUIZHONG, RIVAL, House, listening, opening

QUERIES = named_sql.load(Path(__file__).parent.parent / "conftest.sql")


@pytest.fixture(scope="module")
def module_database(postgres_dsn: str, template_database: str) -> Iterator[str]:
    """A migrated database for a module's tests together."""
    name = f"cl_api_{uuid4().hex[:12]}"
    _administer(postgres_dsn, "create_from", name=name, template=template_database)
    dsn = make_conninfo(postgres_dsn, dbname=name)
    migrate(dsn)  # a copy has the template's tables, but not its grants on the database itself
    yield dsn
    _administer(postgres_dsn, "drop", name=name)


@pytest.fixture(scope="module")
def house(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server, with both platforms licensed and a key for each."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), secret_key="only for tests")
    with compose.build(settings, module_database) as services, listening(create_app(services)) as url:
        house = House(url, module_database, settings, services)
        house.keys = {
            "registry": house.key("regulator", "registry", "lin"),
            "second": house.key("regulator", "registry", "zhao"),
            "auditor": house.key("auditor", None),
            "huizhong": house.key("platform", HUIZHONG),
            "rival": house.key("platform", RIVAL),
        }
        house.tell("registry", opening())
        yield house


def _administer(dsn: str, block: str, **names: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        identifiers = {key: sql.Identifier(value) for key, value in names.items()}
        connection.execute(sql.SQL(QUERIES[block]).format(**identifiers))
