"""What was done at the door is kept, read newest first, and never changed."""

from __future__ import annotations

import psycopg
import pytest

from api.door_log import Note
from ops import access_store
from tests.api.house import House


def test_notes_are_read_newest_first_and_by_name(house: House) -> None:
    with psycopg.connect(house.dsn) as connection:
        access_store.create_user(
            connection, role="regulator", name="noted", password="x" * 12, source="registry", person=None
        )
        ((user,),) = connection.execute("SELECT id::text FROM users WHERE name = 'noted'").fetchall()
    for number in range(5):
        house.services.note(Note("looked", user_id=user, role="regulator", about={"party": f"huizhong:U-{number}"}))
        house.services.note(Note("link_made", key_name="machine", role="platform"))
    found = house.services.reads.door_log(None, 3, None).value
    assert [each.who for each in found] == ["machine", "noted", "machine"]
    own = house.services.reads.door_log(None, 3, "noted").value
    assert [each.about["party"] for each in own] == ["huizhong:U-4", "huizhong:U-3", "huizhong:U-2"]
    rest = house.services.reads.door_log(own[-1].number, 3, "noted").value
    assert [each.about["party"] for each in rest] == ["huizhong:U-1", "huizhong:U-0"]
    assert [each.what for each in house.services.reads.door_log(None, 1, "machine").value] == ["link_made"]
    assert house.services.reads.door_log(None, 3, "nobody").value == []


@pytest.mark.parametrize("act", ["UPDATE door_log SET what = 'x'", "DELETE FROM door_log", "TRUNCATE door_log"])
def test_nobody_edits_it(house: House, act: str) -> None:
    house.services.note(Note("looked"))
    with psycopg.connect(house.dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(act.encode())
