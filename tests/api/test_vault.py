"""The vault: who may look, that it is said before, who may erase and when, and that nothing is left."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ledger import receipt
from ledger.checkpoint import opened
from ledger.kernel import clock
from ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from ledger.notes import parse_key
from ledger.people import certificate
from ledger.people.traces import forms
from ledger.recorded import entry, stamp
from ledger.signing import of_log
from ledger.store import reading, tree, vault
from ledger.store.sealer import seal
from ops.postgres import binaries
from tests.api.house import HUIZHONG, LINES, RIVAL, House, assert_problem, event, lines

NAME, NUMBER = "欧阳测试甲", "110101199003078888"
REASON = "a complaint, file 2026-17"
OLD = "2011-03-02T10:15:00+08:00"


def person(party: str, source: str = HUIZHONG, *, name: str = NAME, number: str = NUMBER) -> dict[str, Any]:
    data = {"party": party, "kind": "person", "name": name, "identity": {"scheme": "cn-id", "number": number}}
    return event("party.registered", data, source, name=f"reg-{party}", time=OLD)


class Somebody:
    """A person of a test's own on both platforms."""

    def __init__(self, house: House) -> None:
        self.tag = uuid4().hex[:8]
        self.name, self.number = f"司马{self.tag}", f"1101011990{self.tag}"
        self.party, self.other = f"huizhong:{self.tag}", f"rival:{self.tag}"
        house.tell("huizhong", [person(self.tag, name=self.name, number=self.number)])
        house.tell("rival", [person(self.tag, RIVAL, name=self.name, number=self.number)])
        self.person = house.services.vault.person("cn-id", self.number)


@pytest.fixture
def somebody(house: House) -> Somebody:
    return Somebody(house)


@pytest.fixture
def lawful(house: House) -> Iterator[None]:
    """An operator who has looked up the law: five years in China."""
    house.services.vault.retention_years["CN"] = 5  # type: ignore[index]
    yield
    house.services.vault.retention_years.pop("CN")


def ask(house: House, who: str | None, path: str, **body: Any) -> Any:
    with house.client(who) as client:
        return client.post(f"/v1/vault/{path}", json=body)


def looks(house: House) -> list[Any]:
    with psycopg.connect(house.dsn) as connection:
        rows = connection.execute("SELECT body FROM events WHERE type = 'vault.opened' ORDER BY position").fetchall()
    return [json.loads(body)["data"] for (body,) in rows]


def test_a_look_is_recorded_and_shows_who_it_is(house: House, somebody: Somebody) -> None:
    before = len(looks(house))
    answer = ask(house, "registry", "lookups", party=somebody.party, reason=REASON)
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    assert (item["name"], item["identity"]) == (somebody.name, {"scheme": "cn-id", "number": somebody.number})
    assert item["person"] == somebody.person
    assert answer.headers["cache-control"] == "no-store"
    said = looks(house)[before:]
    assert [(each["party"], each["reason"], each["purpose"]) for each in said] == [(somebody.party, REASON, "lookup")]
    assert somebody.number not in str(said)


def test_a_number_leads_to_all_parties_and_is_never_written_down(
    house: House, somebody: Somebody, capfd: pytest.CaptureFixture[str]
) -> None:
    before = len(looks(house))
    answer = ask(house, "registry", "lookups", identity={"scheme": "cn-id", "number": somebody.number}, reason=REASON)
    assert {each["party"] for each in answer.json()["items"]} == {somebody.party, somebody.other}
    nobody = ask(house, "registry", "lookups", identity={"scheme": "cn-id", "number": "9" * 18}, reason=REASON)
    assert nobody.json()["items"] == []
    said = looks(house)[before:]
    assert len(said) == 3
    assert said[-1]["person"] == nobody.json()["person"]
    with psycopg.connect(house.dsn) as connection:
        everything = connection.execute("SELECT string_agg(body, '') FROM events").fetchone()
    assert everything is not None
    out = capfd.readouterr()
    for secret in (somebody.number, somebody.name, "9" * 18):
        assert secret.encode() not in everything[0]
        assert secret not in out.out + out.err


@pytest.mark.parametrize(("who", "status", "code"), [
    ("huizhong", 403, "forbidden"), ("auditor", 403, "forbidden"), (None, 401, "unauthenticated"),
])  # fmt: skip
def test_walls(house: House, somebody: Somebody, who: str | None, status: int, code: str) -> None:
    before = len(looks(house))
    assert_problem(ask(house, who, "lookups", party=somebody.party, reason=REASON), status, code)
    assert_problem(ask(house, who, "erasures", party=somebody.party, reason=REASON), status, code)
    assert_problem(house.get(who, "/v1/vault/export", person=somebody.person, reason=REASON), status, code)
    assert_problem(house.get(who, f"/v1/vault/erasures/{somebody.party}"), status, code)
    assert len(looks(house)) == before


@pytest.mark.parametrize("body", [
    {"party": "huizhong:x"}, {"party": "huizhong:x", "reason": ""}, {"party": "huizhong:x", "reason": "   "},
    {"reason": REASON}, {"party": "huizhong:x", "person": "0" * 64, "reason": REASON},
    {"person": "x", "reason": REASON}, {"party": "huizhong:x", "reason": REASON, "more": 1},
])  # fmt: skip
def test_a_look_needs_a_reason_and_one_subject(house: House, body: dict[str, Any]) -> None:
    assert_problem(ask(house, "registry", "lookups", **body), 422, "invalid_parameter")


def test_a_look_can_not_be_claimed_through_the_front_door(house: House, somebody: Somebody) -> None:
    for kind in ("vault.opened", "party.erasure_requested", "party.erased"):
        data = {"party": somebody.party, "by": "somebody else", "reason": "x"}
        claimed = event(kind, data | ({"purpose": "lookup"} if kind == "vault.opened" else {}), "registry")
        assert_problem(house.post("registry", claimed), 409, "source_not_yours")


def test_nobody_and_nonsense(house: House) -> None:
    assert_problem(ask(house, "registry", "lookups", party="huizhong:nobody", reason=REASON), 404, "not_found")
    assert_problem(ask(house, "registry", "lookups", party="huizhong", reason=REASON), 422, "invalid_parameter")
    assert_problem(ask(house, "registry", "erasures", person="0" * 64, reason=REASON), 404, "not_found")
    assert_problem(house.get("registry", "/v1/vault/erasures/huizhong:nobody"), 404, "not_found")


def test_who_is_kept_by_law_is_not_erased(house: House, somebody: Somebody) -> None:
    assert_problem(ask(house, "registry", "erasures", party=somebody.party, reason=REASON), 409, "no_retention_period")


def test_the_first_lawful_day_is_named(house: House, lawful: None) -> None:
    recent = uuid4().hex[:8]
    data = {"party": recent, "kind": "person", "name": "诸葛测试"}
    house.tell("huizhong", [event("party.registered", data, name=recent, time="2025-02-28T10:00:00+08:00")])
    refused = ask(house, "registry", "erasures", party=f"huizhong:{recent}", reason=REASON)
    assert assert_problem(refused, 409, "kept_by_law")["first_day"] == "2030-03-01"


def test_who_has_money_there_is_not_erased(house: House, lawful: None, somebody: Somebody) -> None:
    data = {"deposit": f"D-{somebody.tag}", "investor": somebody.tag, "amount": 100, "currency": "CNY"}
    house.tell("huizhong", [event("deposit.received", data)])
    refused = ask(house, "registry", "erasures", person=somebody.person, reason=REASON)
    assert assert_problem(refused, 409, "still_open")["open"] == ["money that waits on the platform"]


def test_erasing_takes_two_and_leaves_nothing(house: House, lawful: None, somebody: Somebody) -> None:
    spoiled = [
        {**person(somebody.tag, name=somebody.name, number=somebody.number), "id": "s1", "time": "yesterday"},
        {
            **person("again", name=somebody.name, number=somebody.number),
            "id": "s2",
            "data": {"full_name": somebody.name},
        },
        {**person(somebody.tag, name=somebody.name, number=somebody.number), "id": "s3"},  # the party is there already
    ]
    body = lines(spoiled) + f'{{"broken": "{somebody.name}'.encode() + b"\n" + somebody.name.encode("gb18030") + b"\n"
    house.post("huizhong", body, LINES)
    innocent = {**person("innocent", name="百里某", number="7" * 18), "id": "s9", "time": "yesterday"}
    house.post("huizhong", innocent)
    mine = [each for each in _refusals(house, "huizhong") if each["id"] in {"s1", "s2", "s3", None}]
    assert len(mine) == 5
    assert not any(each.get("withheld") for each in mine)
    assert not any(somebody.number in str(each) or somebody.name in str(each) for each in _refusals(house, "registry"))
    needles = stored(house, somebody)
    assert len(needles) == 4
    assert found_in(files_of(house.dsn), needles), "the search finds what is there"

    first = ask(house, "registry", "erasures", person=somebody.person, reason=REASON)
    assert (first.status_code, first.json()["status"]) == (202, "requested")
    assert_problem(
        ask(house, "registry", "erasures", person=somebody.person, reason=REASON), 409, "second_person_needed"
    )
    done = ask(house, "second", "erasures", person=somebody.person, reason=REASON)
    assert (done.status_code, done.json()["status"], done.json()["swept"]) == (201, "erased", True), done.text
    assert set(done.json()["parties"]) == {somebody.party, somebody.other}

    assert_problem(ask(house, "registry", "lookups", party=somebody.party, reason=REASON), 410, "erased")
    assert_problem(ask(house, "second", "erasures", party=somebody.party, reason=REASON), 409, "already_erased")
    found = ask(house, "registry", "lookups", identity={"scheme": "cn-id", "number": somebody.number}, reason=REASON)
    assert {each["name"] for each in found.json()["items"]} == {None}
    assert all(each["erased"] for each in found.json()["items"])
    left = _refusals(house, "huizhong")
    assert all(each.get("withheld") and "body" not in each for each in left if each["id"] in {"s1", "s2", "s3", None})
    assert "7" * 18 in next(each["body"] for each in left if each["id"] == "s9")
    # The same data again under the same id: the party's id stays taken.
    again = {**person(somebody.tag, name=somebody.name, number=somebody.number), "id": "new"}
    assert_problem(house.post("huizhong", again), 409, "entity_exists")
    assert not found_in(files_of(house.dsn), needles)
    everything = dumped(house.dsn)
    for needle in (*needles, *(form for text in (somebody.name, somebody.number) for form in forms(text))):
        assert needle not in everything
        assert needle.hex().encode() not in everything
    assert somebody.person.encode() in everything, "the pseudonym stays, and the search finds what is there"


def test_a_receipt_holds_before_and_after_an_erasure(house: House, lawful: None, somebody: Somebody) -> None:
    """As a platform or an auditor keeps it; the log never held what was erased."""
    signers = of_log("crowdledger/test", house.settings.checkpoint_seed(), house.settings.checkpoint_ml_dsa_seed())
    path = f"/v1/receipts/{HUIZHONG}/reg-{somebody.tag}"
    with psycopg.connect(house.dsn) as connection:
        for each in signers:
            tree.keep_key(connection, each.key, clock.now())
        seal(connection, signers)
        before = house.get("registry", path)
        assert before.status_code == 200, before.text
        for who in ("registry", "second"):
            assert ask(house, who, "erasures", person=somebody.person, reason=REASON).status_code in {201, 202}
        seal(connection, signers)
    after = house.get("registry", path)
    keys = [each.key for each in signers]
    for kept in (before, after):
        verdict = receipt.examine(kept.json(), keys)
        assert verdict.ok, verdict.steps
        assert verdict.trusted
        assert somebody.name not in kept.text
    assert before.json()["entry"] == after.json()["entry"]


def files_of(dsn: str) -> list[Path]:
    """The tables' files of one database, on the disk."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return [path for path in (Path(row[0]) / "base" / str(row[1])).iterdir() if path.is_file()]


def found_in(files: Iterable[Path], needles: Iterable[bytes]) -> list[str]:
    contents = [(path.name, path.read_bytes()) for path in files]
    return [name for name, content in contents if any(needle in content for needle in needles)]


def dumped(dsn: str) -> bytes:
    """The whole database as SQL."""
    command = [binaries.find().program("pg_dump"), "--inserts", f"--dbname={dsn}"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def stored(house: House, somebody: Somebody) -> list[bytes]:
    with psycopg.connect(house.dsn) as connection:
        rows = connection.execute("SELECT wrapped_key, sealed FROM vault WHERE person = %s", (somebody.person,))
        return [value for row in rows for value in row]


def _refusals(house: House, who: str) -> list[Any]:
    items: list[Any] = []
    cursor = None
    while True:
        page = house.get(who, "/v1/refusals", **({"cursor": cursor} if cursor else {})).json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def test_the_certificate_names_the_place_in_the_log(house: House, lawful: None, somebody: Somebody) -> None:
    for who in ("registry", "second"):
        ask(house, who, "erasures", party=somebody.party, reason=REASON)
    signers = of_log("crowdledger/test", house.settings.checkpoint_seed(), house.settings.checkpoint_ml_dsa_seed())
    with psycopg.connect(house.dsn) as connection:
        for each in signers:
            tree.keep_key(connection, each.key, house.services.now())
        seal(connection, signers)
    given = house.get("registry", f"/v1/vault/erasures/{somebody.party}").json()
    key = parse_key(given["key"])
    assert key == signers[0].key
    certificate.verify(given, signers[0].key[2])
    with pytest.raises(ValueError, match="altered"):
        certificate.verify({**given, "position": given["position"] + 1}, signers[0].key[2])
    head = opened(given["checkpoint"], [each.key for each in signers])
    with psycopg.connect(house.dsn) as connection:
        row = connection.execute(
            "SELECT body, postings, recorded_at, type FROM events WHERE position = %s", (given["position"],)
        ).fetchone()
        path = tree.inclusion(connection, given["position"] - 1, head.size)
    assert row is not None
    assert row[3] == "party.erased"
    leaf = leaf_hash(entry(row[0], given["position"], row[1], stamp(row[2])))
    assert verify_inclusion(leaf, given["position"] - 1, head.size, path, head.root)
    assert somebody.name not in json.dumps(given, ensure_ascii=False)


def test_a_party_that_came_between_asking_and_confirming(house: House, lawful: None, somebody: Somebody) -> None:
    ask(house, "registry", "erasures", person=somebody.person, reason=REASON)
    house.tell("huizhong", [person(f"{somebody.tag}-2", name=somebody.name, number=somebody.number)])
    assert ask(house, "second", "erasures", person=somebody.person, reason=REASON).json()["status"] == "requested"
    done = ask(house, "registry", "erasures", person=somebody.person, reason=REASON)
    assert (done.status_code, len(done.json()["parties"])) == (201, 3)


def test_old_receipts_hold_after_an_erasure(house: House, lawful: None, somebody: Somebody) -> None:
    signers = of_log("crowdledger/test", house.settings.checkpoint_seed(), house.settings.checkpoint_ml_dsa_seed())
    with psycopg.connect(house.dsn) as connection:
        for each in signers:
            tree.keep_key(connection, each.key, house.services.now())
        seal(connection, signers)
        position = reading.head(connection).position
        head = tree.latest(connection)
        assert head is not None
        proven = [(tree.leaf(connection, at), at, tree.inclusion(connection, at, head.size)) for at in range(position)]
    for who in ("registry", "second"):
        ask(house, who, "erasures", person=somebody.person, reason=REASON)
    with psycopg.connect(house.dsn) as connection:
        seal(connection, signers)
        later = tree.latest(connection)
        assert later is not None
        again = tree.consistency(connection, head.size, later.size)
        entries = tree.entries(connection, 0, position)
    assert verify_consistency(head.size, later.size, head.root, later.root, again)
    for leaf, index, path in proven:
        assert leaf == leaf_hash(entries[index])
        assert verify_inclusion(leaf, index, head.size, path, head.root)


def test_everything_about_a_person(house: House, somebody: Somebody) -> None:
    ask(house, "registry", "lookups", party=somebody.party, reason="an earlier look")
    data = {"deposit": f"D-{somebody.tag}", "investor": somebody.tag, "amount": 700, "currency": "CNY"}
    house.tell("huizhong", [event("deposit.received", data)])
    held = house.get("registry", "/v1/vault/export", person=somebody.person, reason=REASON).json()
    own = next(each for each in held["parties"] if each["party"] == somebody.party)
    assert own["name"] == somebody.name
    assert [each["type"] for each in own["events"]] == ["party.registered", "deposit.received"]
    assert {line["amount"] for line in own["events"][1]["postings"]} == {700, -700}
    assert [each["reason"] for each in own["looked_at"]] == ["an earlier look", REASON]


def test_looks_beside_an_erasure_show_all_or_nothing(house: House, lawful: None) -> None:
    others = [Somebody(house) for _ in range(3)]
    gone = Somebody(house)
    seen: list[Any] = []
    halt = threading.Event()

    def look() -> None:
        while not halt.is_set():
            for each in (*others, gone):
                answer = ask(house, "registry", "lookups", party=each.party, reason=REASON)
                seen.append((each, answer.status_code, answer.json()))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for who in ("registry", "second"):
        ask(house, who, "erasures", person=gone.person, reason=REASON)
    for _ in range(5):
        house.services.vault.sweep()
    halt.set()
    for thread in threads:
        thread.join()
    for each, status, body in seen:
        if each is gone:
            assert status == 410 or body["items"][0]["name"] == each.name or body["items"][0]["erased"], body
        else:
            assert (status, body["items"][0]["name"]) == (200, each.name), body


def test_a_sweep_counts_no_refusal_twice(house: House) -> None:
    house.post("huizhong", b"no event at all")
    with psycopg.connect(house.dsn) as connection:
        before = connection.execute("SELECT * FROM refusal_totals ORDER BY source, code").fetchall()
        connection.execute(vault.SQL["sweep_refusals"])
        assert connection.execute("SELECT * FROM refusal_totals ORDER BY source, code").fetchall() == before
    house.post("huizhong", b"nor this")
    with psycopg.connect(house.dsn) as connection:
        after = connection.execute("SELECT sum(refused) FROM refusal_totals").fetchone()
    assert after == (sum(row[2] for row in before) + 1,), "what comes in afterwards is counted again"
