"""Migrations: applied once, in order, frozen, and refused by name where they do not fit the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.migrate import APP_ROLE, MigrationError, load, migrate

HEADER = "SET LOCAL lock_timeout = '5s';\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "0001_one", "CREATE TABLE one (n int);")
    write(tmp_path, "0002_two", "CREATE TABLE two (n int);")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.sql").write_text(HEADER + text, encoding="utf-8")


def test_applies_in_order_and_only_once(empty_database_url: str, folder: Path) -> None:
    assert migrate(empty_database_url, folder) == ["0001_one", "0002_two"]
    assert migrate(empty_database_url, folder) == []
    write(folder, "0003_three", "ALTER TABLE one ADD COLUMN m int;")
    assert migrate(empty_database_url, folder) == ["0003_three"]


def test_many_at_once_apply_each_once(empty_database_url: str, folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: migrate(empty_database_url, folder), range(4)))
    assert sorted(applied) == [[], [], [], ["0001_one", "0002_two"]]


def test_line_endings_do_not_change_the_hash(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder)
    one = folder / "0001_one.sql"
    one.write_bytes(one.read_bytes().replace(b"\n", b"\r\n"))
    assert migrate(empty_database_url, folder) == []


def test_refuses_an_edited_migration(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder)
    write(folder, "0001_one", "CREATE TABLE one (n bigint);")
    with pytest.raises(MigrationError, match="0001_one was changed after it was applied"):
        migrate(empty_database_url, folder)


def test_refuses_a_database_newer_than_the_program(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder)
    (folder / "0002_two.sql").unlink()
    with pytest.raises(MigrationError, match="newer than this program: it has 0002_two"):
        migrate(empty_database_url, folder)


def test_refuses_a_history_with_a_gap(empty_database_url: str, folder: Path) -> None:
    write(folder, "0003_three", "CREATE TABLE three (n int);")
    migrate(empty_database_url, folder)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("DELETE FROM schema_migrations WHERE number = 2")
    with pytest.raises(MigrationError, match="history has a gap: number 0003"):
        migrate(empty_database_url, folder)


def test_a_failing_migration_leaves_nothing_and_names_itself(empty_database_url: str, folder: Path) -> None:
    write(folder, "0003_bad", "CREATE TABLE three (n int); CREATE TABLE one (n int);")
    with pytest.raises(MigrationError, match="0003_bad failed and was rolled back"):
        migrate(empty_database_url, folder)
    with psycopg.connect(empty_database_url) as connection:
        row = connection.execute("SELECT to_regclass('two') IS NOT NULL, to_regclass('three') IS NULL").fetchone()
    assert row == (True, True)


def test_gives_up_on_a_lock_and_changes_nothing(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder)
    (folder / "0003_wait.sql").write_text("SET LOCAL lock_timeout = '50ms';\nALTER TABLE one ADD COLUMN m int;")
    with psycopg.connect(empty_database_url) as holder:
        holder.execute("LOCK TABLE one")
        with pytest.raises(MigrationError, match="0003_wait did not get its lock in time"):
            migrate(empty_database_url, folder)
    assert migrate(empty_database_url, folder) == ["0003_wait"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("0004_far", HEADER, "0004 comes where 0003 is missing"),
        ("0002_again", HEADER, "0002 stands twice"),
        ("3_short", HEADER, "not named like"),
        ("0003_Capital", HEADER, "not named like"),
        ("0003_three", "CREATE TABLE three (n int);", "waits for locks without end"),
    ],
)
def test_refuses_files_that_do_not_line_up(folder: Path, name: str, text: str, message: str) -> None:
    (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    with pytest.raises(MigrationError, match=message):
        load(folder)


def test_our_own_migrations_line_up() -> None:
    assert [migration.number for migration in load()][:1] == [1]


def test_the_pool_role_may_read_and_append_but_not_change(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"SET ROLE {APP_ROLE}")
        connection.execute("SELECT * FROM events").fetchall()
        for statement in ("UPDATE events SET type = 'x'", "DELETE FROM events", "TRUNCATE events"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        connection.execute("CREATE SCHEMA view_example")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM schema_migrations")


def test_a_user_without_createrole_is_warned_and_served(
    empty_database_url: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An external server may give us a plain user: append-only then rests on the trigger alone."""
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE cl_plain")
        connection.execute("GRANT cl_plain TO CURRENT_USER")  # who made a role is not yet one of its members
        connection.execute("GRANT CREATE ON SCHEMA public TO cl_plain")
    try:
        plain = make_conninfo(empty_database_url, options="-c role=cl_plain")
        assert migrate(plain, folder) == ["0001_one", "0002_two"]
        assert "role_not_available" in "".join(capsys.readouterr())
    finally:
        with psycopg.connect(empty_database_url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY cl_plain")
            connection.execute("DROP ROLE cl_plain")
