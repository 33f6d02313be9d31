"""What can not work is refused with its name, its reason and the way out."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.postgres import PostgresError, cluster, connect, database, identity, start
from ops.settings import Settings
from tests.ops.servers import home, is_down


def test_a_socket_folder_of_another_user_is_refused(settings: Settings) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    folder = home(settings).socket_folder()
    folder.mkdir(parents=True)
    os.chown(folder, 65534, 65534)
    with pytest.raises(PostgresError, match="not a folder of this user"):
        start(settings)


def test_root_that_finds_no_way_is_told_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(identity, "_candidates", lambda: iter(()))
    with pytest.raises(PostgresError, match=r"does not run as root.*ordinary user.*CROWDLEDGER_DATABASE_URL"):
        identity.choose("/nowhere/postgres")


def test_a_cluster_of_another_version_is_named(settings: Settings) -> None:
    cluster_folder = home(settings).cluster
    cluster_folder.mkdir(parents=True)
    (cluster_folder / "PG_VERSION").write_text("13\n")
    with pytest.raises(PostgresError, match="made by PostgreSQL 13"):
        start(settings)


def test_a_folder_that_is_no_cluster_is_not_touched(settings: Settings) -> None:
    (home(settings).cluster / "mine").mkdir(parents=True)
    with pytest.raises(PostgresError, match="is no PostgreSQL cluster"):
        start(settings)
    assert (home(settings).cluster / "mine").exists()


def test_a_server_that_can_not_start_shows_its_log(initialised: Settings) -> None:
    with pytest.raises(PostgresError, match=r"did not start(?s:.*)no_such_parameter"):
        start(initialised, parameters={"no_such_parameter": "1"})
    assert is_down(initialised)


def test_parameters_can_be_tuned_but_not_durability(initialised: Settings) -> None:
    tuned = Settings(data_dir=initialised.data_dir, postgres_parameters={"work_mem": "33MB"})
    with database(tuned) as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("33MB",)
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        with pytest.raises(PostgresError, match=f"may not set {name}"):
            cluster.parameters({name: "off"}, Path("/run"), fsync=True)


def test_an_external_server_is_used_as_it_is(postgres_dsn: str, settings: Settings) -> None:
    outside = Settings(data_dir=settings.data_dir, database_url=postgres_dsn)
    server = start(outside)
    assert (server.dsn, server.owner, server.postmaster) == (postgres_dsn, False, None)
    server.stop()
    assert connect.answers(postgres_dsn)


def test_an_external_server_that_does_not_answer_is_named_without_its_password(settings: Settings) -> None:
    outside = Settings(data_dir=settings.data_dir, database_url="postgresql://me:hush@127.0.0.1:1/ledger")
    with pytest.raises(PostgresError, match=r"127\.0\.0\.1:1/ledger can't be used") as caught:
        start(outside)
    assert "hush" not in str(caught.value)


def test_an_external_server_that_is_too_old_is_refused(
    postgres_dsn: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "VERSION_MIN", 99)
    with pytest.raises(PostgresError, match="99 or newer is needed"):
        start(Settings(data_dir=settings.data_dir, database_url=postgres_dsn))


def test_an_external_database_that_is_not_utf8_is_refused(postgres_dsn: str, settings: Settings) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE cl_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
        )
    try:
        outside = Settings(data_dir=settings.data_dir, database_url=make_conninfo(postgres_dsn, dbname="cl_ascii"))
        with pytest.raises(PostgresError, match="encoded in SQL_ASCII"):
            start(outside)
    finally:
        with psycopg.connect(postgres_dsn, autocommit=True) as connection:
            connection.execute("DROP DATABASE cl_ascii")
