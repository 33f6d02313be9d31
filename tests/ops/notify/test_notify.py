"""Notifications end to end: a log, real receivers, everything that can go wrong on the way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest

from api.office import NewSubscription
from ops.doors import Doors
from ops.notify.deliver import Sender, deliver
from ops.notify.desk import _subscribe
from ops.notify.form import Patience
from ops.notify.gather import SQL, fix, gather
from ops.notify.loop import Notifier, once
from ops.notify.send import Undelivered, check_address, post, secret_of
from risk.inhibitions import Inhibition
from tests.ops.notify.receivers import Hook, mail_server
from tests.projections.book import Book
from tests.projections.test_alerts import RULE, action, finding
from tests.projections.test_mutes import ending, muting

MASTER = b"w" * 32


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class World(NamedTuple):
    """A log with its views, a receiver, a clock."""

    book: Book
    hook: Hook
    clock: Clock
    sender: Sender
    writer: psycopg.Connection[Any]
    reader: psycopg.Connection[Any]

    def tell(self, *events: dict[str, Any]) -> None:
        assert {each.status for each in self.book.submit(events)} == {"accepted"}
        self.book.follow()

    def subscribe(self, **fields: Any) -> UUID:
        new = {
            "name": "office", "channel": "webhook", "target": self.hook.url, "min_severity": "info", "rule": None,
            "platform": None, "language": "en", "group_seconds": 30, **fields,
        }  # fmt: skip
        return _subscribe(self.writer, NewSubscription(**new), "lin")

    def round(self, seconds: float = 0.0) -> int:
        self.clock.move(seconds)
        return once(self.writer, self.reader, self.sender)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.hook.got]

    def rows(self) -> list[tuple[Any, ...]]:
        return self.writer.execute(
            "SELECT status, attempts, cardinality(findings) FROM deliveries ORDER BY id"
        ).fetchall()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    book, hook, clock = Book(database_url), Hook(), Clock()
    doors = Doors(frozenset({f"127.0.0.1:{hook.port}"}), base_url="https://ledger.example")
    sender = Sender(doors, MASTER, clock, lambda: 1.0, Patience(tries=3))
    book.follow()
    with (
        psycopg.connect(database_url, autocommit=True) as writer,
        psycopg.connect(database_url, autocommit=True) as reader,
    ):
        gather(writer, reader, clock())
        yield World(book, hook, clock, sender, writer, reader)
    hook.close()
    book.close()


def test_many_findings_of_a_run_are_one_signed_message(world: World) -> None:
    name = world.subscribe()
    world.tell(*(finding(f"v{n}", [n + 1], "high" if n == 7 else "low", n) for n in range(120)))
    assert world.round() == 0, "it gathers"
    world.tell(finding("later", [500]))
    assert world.round(10) == 0
    assert world.round(25) == 1
    ((headers, body),) = world.hook.got
    told = json.loads(body)
    assert (told["count"], told["by_severity"]) == (121, {"high": 1, "low": 119, "medium": 1})
    assert [each["severity"] for each in told["findings"]][:3] == ["high", "medium", "low"]
    assert (len(told["findings"]), told["not_listed"]) == (50, 71)
    assert told["findings"][0]["url"].startswith("https://ledger.example/console/alerts/I01")
    key = base64.b64decode(secret_of(MASTER, name).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert world.round(1_000) == 0, "once"


def test_what_was_found_before_subscribing_is_not_told(world: World) -> None:
    world.tell(finding("a", [1]))
    world.subscribe()
    world.tell(finding("b", [2]))
    world.round()
    world.round(31)
    assert [each["count"] for each in world.bodies()] == [1]


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({}, 3),
        ({"min_severity": "high"}, 1),
        ({"rule": RULE}, 3),
        ({"rule": "P02-custody-gap"}, 0),
        ({"platform": "huizhong"}, 3),
        ({"platform": "rival"}, 0),
    ],
)
def test_a_subscription_is_told_what_it_asked_for(world: World, fields: dict[str, Any], count: int) -> None:
    world.subscribe(**fields, group_seconds=0)
    world.tell(finding("a", [1]), finding("b", [2], "critical"), finding("c", [3], "low"))
    world.round()
    assert sum(each["count"] for each in world.bodies()) == count


def test_muted_findings_are_never_told_not_even_afterwards(world: World) -> None:
    world.subscribe(group_seconds=0)
    world.tell(muting("M-1", rule=RULE), finding("a", [1]), finding("b", [2]))
    world.round()
    world.tell(ending("M-1"))
    world.round(100)
    world.book.forget()
    world.book.follow()
    world.round(100)
    assert world.hook.got == []
    world.tell(finding("a", [3]))
    world.round(1)
    assert [each["findings"][0]["new"] for each in world.bodies()] == [False]


def test_a_confirmed_matter_quiets_its_consequences_and_not_itself(world: World) -> None:
    rows = [Inhibition("P02-custody-gap", frozenset({RULE}), 30)]
    world.subscribe(group_seconds=0)
    grave = finding("x", [1], rule="P02-custody-gap")
    world.tell(grave)
    alert = world.writer.execute("SELECT id FROM view_alerts.alerts").fetchone()
    assert alert is not None
    confirm = action("closed", "x", outcome="confirmed")
    confirm["data"]["alert"] = alert[0]
    world.tell(
        confirm, finding("a", [2]), finding("b", [3], platform="rival"), finding("x", [9], rule="P02-custody-gap")
    )
    gather(world.writer, world.reader, world.clock(), rows)
    world.round()
    (told,) = world.bodies()
    assert told["by_rule"] == {RULE: 1, "P02-custody-gap": 2}
    assert {each["platform"] for each in told["findings"] if each["rule"] == RULE} == {"rival"}
    count = world.writer.execute("SELECT count(*) FROM view_alerts.alerts").fetchone()
    assert count == (4,), "the record has all of them"


def test_a_failing_receiver_is_tried_again_later_with_the_same_bytes(world: World) -> None:
    world.hook.answers = [500, 302, 200]
    world.subscribe(group_seconds=0)
    world.tell(finding("a", [1]))
    assert world.round() == 1
    assert world.round(9) == 0
    assert world.round(2) == 1, "after ten seconds"
    assert world.round(18) == 0
    assert world.round(3) == 1, "after twenty more"
    assert len({(headers["webhook-id"], body) for headers, body in world.hook.got}) == 1
    assert len(world.hook.got) == 3, "a redirect is not followed"
    assert world.rows() == [("sent", 3, 1)]


def test_what_can_not_be_delivered_waits_with_the_dead_and_comes_back(world: World) -> None:
    world.hook.answers = [503]
    world.subscribe(group_seconds=0)
    world.tell(finding("a", [1]))
    for _ in range(5):
        world.round(4_000)
    assert world.rows() == [("dead", 3, 1)]
    (dead,) = world.writer.execute(SQL["dead"], {"at": None, "id": None, "limit": 9}).fetchall()
    assert dead[7] == "it answered 503"
    world.hook.answers = [204]
    assert world.writer.execute(SQL["retry"], {"id": dead[0], "now": world.clock()}).fetchone() == (dead[0],)
    assert world.round() == 1
    assert world.rows() == [("sent", 1, 1)]
    assert len({body for _, body in world.hook.got}) == 1


def test_gone_is_final(world: World) -> None:
    world.hook.answers = [410]
    world.subscribe(group_seconds=0)
    world.tell(finding("a", [1]))
    assert world.round() == 1
    assert world.rows() == [("dead", 1, 1)]


def test_a_receiver_that_is_down_holds_up_nobody(world: World) -> None:
    world.subscribe(group_seconds=0)
    down = Hook()
    down.close()
    away = world.sender._replace(doors=Doors(frozenset({"127.0.0.1"})))
    world.subscribe(group_seconds=0, name="down", target=down.url)
    world.tell(finding("a", [1]))
    assert once(world.writer, world.reader, away) == 2
    assert sorted(world.rows()) == [("ready", 1, 1), ("sent", 1, 1)]


def test_who_ended_a_subscription_is_told_nothing_more(world: World) -> None:
    name = world.subscribe()
    world.tell(finding("a", [1]))
    world.round()
    world.writer.execute(SQL["unsubscribe"], {"id": name, "now": world.clock()})
    world.tell(finding("b", [2]))
    world.round(31)
    assert (world.hook.got, world.rows()) == ([], [])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://example.org/x", "not https"),
        ("ftp://example.org/x", "https://host"),
        ("https://user:pw@example.org/", "without a user"),
        ("https:///x", "https://host"),
        ("https://[::1", "no address"),
    ],
)
def test_addresses_that_are_never_used(url: str, says: str) -> None:
    with pytest.raises(Undelivered, match=says) as raised:
        check_address(url, Doors())
    assert raised.value.final


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "localhost",
        "100.64.0.1", "[fd00::1]", "224.0.0.1", "[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]",
        "[::127.0.0.1]", "[fec0::1]", "[::ffff:0:127.0.0.1]", "[2001:0:7f00:1::]", "0x7f000001", "127.1",
    ],
)  # fmt: skip
def test_no_message_reaches_a_private_address(host: str) -> None:
    with pytest.raises(Undelivered, match="not public"):
        post(Doors(), f"https://{host}/hook", secret_of(MASTER, uuid4()), "x", 1, "{}")


def test_mail_in_two_languages_and_what_a_relay_may_say(world: World) -> None:
    with mail_server() as (box, url):
        sender = world.sender._replace(doors=Doors(smtp_url=url, smtp_from="monitor@city.example"))
        for language in ("zh", "en"):
            world.subscribe(
                channel="email", target=f"{language}@city.example", name=language, language=language, group_seconds=0
            )
        world.tell(finding("a", [1], "critical"))
        assert once(world.writer, world.reader, sender) == 2
        mails = {str(each["To"]): each for each in box.got}
        zh, en = mails["zh@city.example"], mails["en@city.example"]
        assert (zh["Subject"], en["Subject"]) == (
            "监测预警：1 项发现，最高级别：紧急", "Monitor: 1 findings, the worst is critical"
        )  # fmt: skip
        assert "共用a" in zh.get_content()
        assert "share a" in en.get_content()
        assert zh["Message-ID"] != en["Message-ID"]
        box.refuse = "550 no such user"
        world.tell(finding("b", [2]))
        once(world.writer, world.reader, sender)
        assert [row[0] for row in world.rows()] == ["sent", "sent", "dead", "dead"]
        box.refuse = "450 try later"
        world.tell(finding("c", [3]))
        once(world.writer, world.reader, sender)
        assert [row[0] for row in world.rows()][4:] == ["ready", "ready"]
    assert deliver(world.writer, sender) == 0
    world.clock.move(60)
    assert deliver(world.writer, sender) == 2, "the relay is down now"
    assert [row[:2] for row in world.rows()][4:] == [("ready", 2), ("ready", 2)]


def test_two_who_gather_and_send_at_once_tell_each_thing_once(world: World) -> None:
    sender = world.sender._replace(now=lambda: datetime.now(UTC), doors=Doors(frozenset({"127.0.0.1"})))
    world.subscribe(group_seconds=0)
    notifiers = [Notifier(world.book.dsn, sender).start() for _ in range(3)]
    try:
        for n in range(12):
            world.tell(finding(f"v{n}", [n + 1]))
        deadline = time.monotonic() + 20
        while sum(each["count"] for each in world.bodies()) < 12 and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        for each in notifiers:
            each.stop()
    told = [one["position"] for each in world.bodies() for one in each["findings"]]
    assert sorted(told) == sorted({*told})
    assert len(told) == 12


def test_killed_while_sending_it_is_sent_again_with_the_same_id(world: World) -> None:
    """A worker that is killed with the request under way: its lease ends, and another one sends the same bytes."""
    world.subscribe(group_seconds=0)
    world.tell(finding("a", [1]))
    gather(world.writer, world.reader, world.clock())
    fix(world.writer, world.reader, world.clock(), None)
    world.hook.answers = [30.0, 200]
    script = f"""
        import psycopg
        from ops.doors import Doors
        from ops.notify.deliver import Sender, deliver
        from datetime import UTC, datetime
        sender = Sender(Doors(frozenset({{"127.0.0.1"}})), b"w" * 32, lambda: datetime.now(UTC), lambda: 0.0)
        deliver(psycopg.connect({world.book.dsn!r}, autocommit=True), sender)
    """
    root = Path(__file__).resolve().parents[3]
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=root, env={**os.environ})
    deadline = time.monotonic() + 60
    while not world.hook.got and time.monotonic() < deadline:
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert len(world.hook.got) == 1
    assert deliver(world.writer, world.sender._replace(now=lambda: datetime.now(UTC))) == 0, "the lease holds"
    late = world.sender._replace(now=lambda: datetime.now(UTC) + timedelta(seconds=61))
    assert deliver(world.writer, late) == 1
    first, second = world.hook.got
    assert (first[0]["webhook-id"], first[1]) == (second[0]["webhook-id"], second[1])
    assert world.rows() == [("sent", 2, 1)]
