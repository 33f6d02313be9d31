"""The embedded PostgreSQL lives as long as it is used, and keeps what was committed."""

from __future__ import annotations

import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from ops.postgres import binaries, connect, database, identity, orphans, start
from ops.postgres.home import SOCKET_FOLDER_BYTES_MAX
from ops.settings import Settings
from tests.ops.servers import home, insert, is_down, kept, wait_until


def test_keeps_what_was_committed_over_a_restart(settings: Settings) -> None:
    with database(settings) as dsn:
        insert(dsn, 1)
    assert is_down(settings)
    with database(settings) as dsn:
        assert kept(dsn) == [1]


def test_is_durable_private_and_checks_its_pages(settings: Settings) -> None:
    with database(settings) as dsn, psycopg.connect(dsn) as connection:
        for name, value in {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}.items():
            assert connection.execute(f"SHOW {name}").fetchone() == (value,)
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        run = home(settings).socket_folder()
        assert stat.S_IMODE(run.stat().st_mode) == 0o700
        assert stat.S_IMODE(home(settings).cluster.stat().st_mode) == 0o700


def test_two_starts_at_once_give_one_owner_and_one_that_adopts(initialised: Settings) -> None:
    with ThreadPoolExecutor(2) as pool:
        servers = list(pool.map(lambda _: start(initialised), range(2)))
    assert sorted(server.owner for server in servers) == [False, True]
    assert servers[0].dsn == servers[1].dsn
    for server in servers:
        server.stop()
    wait_until(lambda: is_down(initialised))


def test_the_server_outlives_its_owner_while_somebody_uses_it(initialised: Settings) -> None:
    owner, guest = start(initialised), start(initialised)
    insert(guest.dsn, 1)
    owner.stop()
    time.sleep(0.3)
    assert kept(guest.dsn) == [1]
    guest.stop()
    wait_until(lambda: is_down(initialised))


def test_stop_twice_is_once(initialised: Settings) -> None:
    server = start(initialised)
    server.stop()
    server.stop()
    assert is_down(initialised)


def test_a_path_too_long_for_a_socket_gets_a_short_one(initialised: Settings) -> None:
    long = Settings(data_dir=initialised.data_dir / ("x" * 60) / ("y" * 60))
    # Where the server runs as another user it has to be able to pass.
    initialised.data_dir.chmod(0o711)
    with database(long) as dsn:
        assert connect.answers(dsn)
        folder = home(long).socket_folder()
        assert len(os.fsencode(folder)) <= SOCKET_FOLDER_BYTES_MAX
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with database(long) as second:
            assert second == dsn
    assert not folder.exists()


def test_root_without_namespaces_becomes_an_unprivileged_user(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    others = [one for one in identity._candidates() if one.uid is not None]
    usable = next((one for one in others if identity._works(one, binaries.find().program("postgres"))), None)
    if usable is None:
        pytest.skip("no unprivileged user reaches the programs")
    monkeypatch.setattr(identity, "choose", lambda _program: usable)
    with database(settings) as dsn:
        insert(dsn, 1)
        assert home(settings).cluster.stat().st_uid == usable.uid
    monkeypatch.undo()
    with database(settings) as dsn:
        assert kept(dsn) == [1]


def test_the_note_names_the_processes(initialised: Settings) -> None:
    with database(initialised):
        note = json.loads(home(initialised).note.read_text())
        assert note["owner"] == os.getpid()
        assert orphans.is_server(note["postmaster"], home(initialised))
