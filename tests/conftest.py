"""What all tests share: a PostgreSQL, a migrated database for each test, real data where it is there, seeds printed."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.kernel import named_sql
from ops import logs
from ops.migrate import migrate
from ops.postgres import Server, start
from ops.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SEED = pytest.StashKey[int]()
QUERIES = named_sql.load(Path(__file__).with_name("conftest.sql"))

hypothesis.settings.register_profile("dev", max_examples=50, deadline=None, print_blob=True)
hypothesis.settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the run's seed. Hypothesis takes it too in CI; elsewhere it keeps its memory of what failed before."""
    logs.configure()  # as `crowdledger` does before any command: stdout is for what was asked for
    given = getattr(config, "workerinput", {}).get("seed") or config.getoption("hypothesis_seed", None)
    config.stash[SEED] = int(given) if given else random.SystemRandom().randrange(2**32)
    if os.environ.get("CI") and not given:
        config.option.hypothesis_seed = str(config.stash[SEED])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Workers of one run choose by one seed: the one that stands at the head of its output."""
    node.workerinput["seed"] = node.config.stash[SEED]


def pytest_report_header(config: pytest.Config) -> str:
    """The seed, so that a failing run can be repeated."""
    return f"seed: {config.stash[SEED]} (repeat with --hypothesis-seed={config.stash[SEED]})"


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """The run's seed, for tests that choose at random; it stands at the head of the run's output."""
    return pytestconfig.stash[SEED]


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """A server for the session: that of CROWDLEDGER_DATABASE_URL, else an embedded one that forgets in a crash."""
    external = os.environ.get("CROWDLEDGER_DATABASE_URL")
    # A short path: a unix socket's path has room for about a hundred bytes.
    with tempfile.TemporaryDirectory(prefix="cl-", ignore_cleanup_errors=True) as folder:
        settings = Settings(data_dir=Path(folder), database_url=external)
        server = start(settings, fsync=False, parameters={"max_connections": "200"})
        try:
            yield server.dsn
        finally:
            server.stop()


@pytest.fixture(scope="session")
def template_database(postgres_dsn: str) -> Iterator[str]:
    """The name of a migrated database that nobody connects to: the others are copies of it."""
    name = f"cl_template_{uuid4().hex[:12]}"
    _administer(postgres_dsn, "create_empty", name=name)
    migrate(make_conninfo(postgres_dsn, dbname=name))
    yield name
    _administer(postgres_dsn, "drop", name=name)


@pytest.fixture
def database_url(postgres_dsn: str, template_database: str) -> Iterator[str]:
    """The DSN of a fresh, migrated database of this test's own."""
    name = f"cl_test_{uuid4().hex[:12]}"
    _administer(postgres_dsn, "create_from", name=name, template=template_database)
    url = make_conninfo(postgres_dsn, dbname=name)
    # Nothing is left to apply; but the grants on a database itself are not copied with it.
    migrate(url)
    yield url
    _administer(postgres_dsn, "drop", name=name)


@pytest.fixture(scope="module")
def module_database(postgres_dsn: str, template_database: str) -> Iterator[str]:
    """The DSN of a migrated database for a module's tests together."""
    name = f"cl_module_{uuid4().hex[:12]}"
    _administer(postgres_dsn, "create_from", name=name, template=template_database)
    dsn = make_conninfo(postgres_dsn, dbname=name)
    migrate(dsn)  # a copy has the template's tables, but not its grants on the database itself
    yield dsn
    _administer(postgres_dsn, "drop", name=name)


@pytest.fixture
def empty_database_url(postgres_dsn: str) -> Iterator[str]:
    """The DSN of a fresh database without a single table."""
    name = f"cl_empty_{uuid4().hex[:12]}"
    _administer(postgres_dsn, "create_empty", name=name)
    yield make_conninfo(postgres_dsn, dbname=name)
    _administer(postgres_dsn, "drop", name=name)


@pytest.fixture
def durable_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Server]]:
    """Make embedded servers with a data folder each and fsync on, for tests that kill them."""
    with ExitStack() as stack:

        def make() -> Server:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cl-", ignore_cleanup_errors=True))
            server = start(Settings(data_dir=Path(folder)), fsync=True)
            stack.callback(server.stop)
            migrate(server.dsn)
            return server

        yield make


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Find a file of the real data; the test skips where it is not on this machine."""
    folder = Path(os.environ.get("CROWDLEDGER_SHARED_DATA") or ROOT.parent / "shared" / "data")

    def find(path: str) -> Path:
        for candidate in (folder / path, folder / f"{path}.gz"):
            if candidate.exists():
                return candidate
        pytest.skip(f"no {path} in {folder}: put the data there, or set CROWDLEDGER_SHARED_DATA to its folder")

    return find


def _administer(dsn: str, block: str, **names: str) -> None:
    """Run one statement about databases."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        identifiers = {key: sql.Identifier(value) for key, value in names.items()}
        connection.execute(sql.SQL(QUERIES[block]).format(**identifiers))
